"""The training loop: AdamW with a warm-up and a cosine, batches of like lengths."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

IGNORED = -100

Encoded = tuple[Sequence[int], Sequence[int]]
"""Token ids of a prompt and of what is to be answered."""


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
    batches: Iterator[Sequence[Encoded]],
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
    started, losses = time.monotonic(), []
    for step in range(1, schedule.steps + 1):
        spent = time.monotonic() - started
        progress = max(step / schedule.steps, spent / schedule.seconds)
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * _rate(step, progress, schedule.warmup)
        losses.append(_step(model, next(batches), optimizer))
        is_last = step == schedule.steps or progress >= 1
        if step % every == 0 or is_last:
            scored = watch(model) if watch else None
            curve.append(Point(step, sum(losses) / len(losses), time.monotonic() - started, scored))
            losses.clear()
            shown = "" if scored is None else f"  exact {scored:.1%}"
            print(f"step {step:5d}  loss {curve[-1].loss:.4f}  {spent:6.0f} s{shown}", flush=True)
        if is_last:
            break
    return curve


def _rate(step: int, progress: float, warmup: int) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    return min(1.0, step / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def _step(model: Any, batch: Sequence[Encoded], optimizer: torch.optim.Optimizer) -> float:
    model.train()
    inputs, mask = padded([source for source, _ in batch], 0)
    labels, _ = padded([goal for _, goal in batch], IGNORED)
    loss = model(input_ids=inputs, attention_mask=mask, labels=labels).loss
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def padded(rows: Sequence[Sequence[int]], filler: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one matrix `(batch, tokens)` with its mask."""
    longest = max(map(len, rows))
    matrix = torch.full((len(rows), longest), filler)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for place, row in enumerate(rows):
        matrix[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return matrix, mask


def batched(pairs: Iterator[Encoded], size: int, pool: int = 16) -> Iterator[list[Encoded]]:
    """Endless batches of like lengths from an endless stream, sorted within `pool` batches."""
    rng = random.Random(0)
    while True:
        taken = sorted((next(pairs) for _ in range(pool * size)), key=lambda pair: len(pair[0]))
        chunks = [taken[start : start + size] for start in range(0, len(taken), size)]
        rng.shuffle(chunks)
        yield from chunks
