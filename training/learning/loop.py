"""The training loop: AdamW with a warm-up and a cosine."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

Loss = Callable[[Any], torch.Tensor]
"""The loss of a model on one batch."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast is learnt. Training ends after `steps` or `seconds`, whichever comes first."""

    seed: int = 20240310
    steps: int = 12_000
    seconds: float = 3600.0
    batch: int = 64
    learning_rate: float = 1.5e-3
    warmup: int = 200
    threads: int = 1

    def as_dict(self) -> dict[str, Any]:
        """For the model card."""
        return asdict(self)


@dataclass(frozen=True)
class Point:
    """One point of the learning curve."""

    step: int
    loss: float
    seconds: float
    exact: float | None = None


def train(
    model: Any,
    losses: Iterator[Loss],
    schedule: Schedule,
    watch: Callable[[Any], float] | None = None,
    every: int = 500,
) -> list[Point]:
    """Train in place; returns the learning curve. `watch` scores the model every so many steps."""
    torch.set_num_threads(schedule.threads)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=schedule.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    curve: list[Point] = []
    started, found = time.monotonic(), []
    for step in range(1, schedule.steps + 1):
        spent = time.monotonic() - started
        progress = max(step / schedule.steps, spent / schedule.seconds)
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * _rate(step, progress, schedule.warmup)
        found.append(_step(model, next(losses), optimizer))
        is_last = step == schedule.steps or progress >= 1
        if step % every == 0 or is_last:
            scored = watch(model) if watch else None
            curve.append(Point(step, sum(found) / len(found), time.monotonic() - started, scored))
            found.clear()
            shown = "" if scored is None else f"  exact {scored:.1%}"
            print(f"step {step:5d}  loss {curve[-1].loss:.4f}  {spent:6.0f} s{shown}", flush=True)
        if is_last:
            break
    return curve


def _rate(step: int, progress: float, warmup: int) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    return min(1.0, step / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def _step(model: Any, loss_of: Loss, optimizer: torch.optim.Optimizer) -> float:
    model.train()
    loss = loss_of(model)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())
