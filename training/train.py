"""The model and its training: T5 v1.1 from scratch, a few minutes on a CPU."""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import T5Config, T5ForConditionalGeneration

IGNORED = -100


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out."""

    seed: int = 20240310
    examples: int = 70_000
    vocab_size: int = 1600
    d_model: int = 128
    d_kv: int = 32
    d_ff: int = 256
    heads: int = 4
    encoder_layers: int = 2
    decoder_layers: int = 2
    dropout: float = 0.05
    steps: int = 3000
    batch: int = 48
    learning_rate: float = 2e-3
    warmup: int = 150
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
    passing: float | None = None


Encoded = tuple[list[int], list[int]]


def new_model(recipe: Recipe, vocab_size: int) -> T5ForConditionalGeneration:
    """A fresh T5 v1.1: gated-GELU, and a head of its own, drawn small.

    T5's default standard deviation of 1 for the head starts at a loss near 95. transformers 5 ties every T5
    head to the embeddings when it makes a model, so the head is replaced here.
    """
    torch.manual_seed(recipe.seed)
    config = T5Config(
        vocab_size=64 * math.ceil(vocab_size / 64),
        d_model=recipe.d_model,
        d_kv=recipe.d_kv,
        d_ff=recipe.d_ff,
        num_heads=recipe.heads,
        num_layers=recipe.encoder_layers,
        num_decoder_layers=recipe.decoder_layers,
        dropout_rate=recipe.dropout,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = T5ForConditionalGeneration(config)
    head = torch.randn_like(model.lm_head.weight) * recipe.d_model**-0.5
    model.lm_head.weight = torch.nn.Parameter(head)
    return model


def train(
    model: T5ForConditionalGeneration,
    data: Sequence[Encoded],
    recipe: Recipe,
    watch: Callable[[int, T5ForConditionalGeneration], float] | None = None,
) -> list[Point]:
    """Train in place; returns the learning curve. `watch` scores the model now and then."""
    torch.set_num_threads(recipe.threads)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe))
    batches = _batches(data, recipe)
    curve: list[Point] = []
    started, losses = time.monotonic(), []
    for step in range(1, recipe.steps + 1):
        model.train()
        losses.append(_step(model, next(batches), optimizer))
        schedule.step()
        if step % 100 == 0 or step == recipe.steps:
            scored = watch(step, model) if watch and (step % 500 == 0 or step == recipe.steps) else None
            point = Point(step, sum(losses) / len(losses), time.monotonic() - started, scored)
            curve.append(point)
            losses.clear()
            shown = "" if scored is None else f"  passing {scored:.1%}"
            print(f"step {point.step:5d}  loss {point.loss:.4f}  {point.seconds:6.0f} s{shown}", flush=True)
    return curve


def _rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    progress = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


def _step(
    model: T5ForConditionalGeneration, batch: Sequence[Encoded], optimizer: torch.optim.Optimizer
) -> float:
    inputs, mask = padded([source for source, _ in batch], 0)
    labels, _ = padded([goal for _, goal in batch], IGNORED)
    with torch.autocast("cpu", dtype=torch.bfloat16):
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


def _batches(data: Sequence[Encoded], recipe: Recipe) -> Any:
    """Endless batches of like lengths, shuffled."""
    rng = random.Random(recipe.seed)
    while True:
        order = sorted(range(len(data)), key=lambda i: len(data[i][0]) + 8 * rng.random())
        chunks = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
        rng.shuffle(chunks)
        for chunk in chunks:
            yield [data[i] for i in chunk]
