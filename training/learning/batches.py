"""Batches of like lengths; their loss: over all words for `say`, over the grammar's choices for `read`."""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import torch

from training.learning.choices import Choices, Step
from training.learning.loop import Loss

IGNORED = -100

Said = tuple[Sequence[int], Sequence[int]]
"""Token ids of a prompt and of what is to be answered."""
Read = tuple[Sequence[int], Sequence[Step]]
"""Token ids of a prompt and the steps of its query."""
Pair = TypeVar("Pair", Said, Read)


def losses(
    read: Sequence[Read], said: Sequence[Said], choices: Choices, say_share: float, size: int
) -> Iterator[Loss]:
    """Endless losses of batches of `size` pairs, each of one task."""
    table, rng = choices.table(), random.Random(len(read))
    readings, sayings = batched(read, size), batched(said, size)
    while True:
        if rng.random() < say_share:
            yield partial(say_loss, batch=next(sayings))
        else:
            yield partial(read_loss, batch=next(readings), tokens=choices.tokens, table=table)


def say_loss(model: Any, batch: Sequence[Said]) -> torch.Tensor:
    """Cross-entropy over the whole vocabulary."""
    inputs, mask = padded([source for source, _ in batch], 0)
    labels, _ = padded([goal for _, goal in batch], IGNORED)
    loss: torch.Tensor = model(input_ids=inputs, attention_mask=mask, labels=labels).loss
    return loss


def read_loss(model: Any, batch: Sequence[Read], tokens: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Cross-entropy at each step over the tokens that the grammar allows there.

    `tokens` are the ids of the columns, `table` is 0 where a column is allowed and minus infinity elsewhere,
    (rows, columns): see `Choices`.
    """
    inputs, mask = padded([source for source, _ in batch], 0)
    ids, is_step = padded([[token for token, _, _ in steps] for _, steps in batch], 0)
    columns, _ = padded([[column for _, column, _ in steps] for _, steps in batch], 0)
    rows, _ = padded([[row for _, _, row in steps] for _, steps in batch], 0)
    before = torch.zeros_like(ids)
    before[:, 1:] = ids[:, :-1]
    encoded = model.encoder(input_ids=inputs, attention_mask=mask)[0]
    hidden = model.decoder(input_ids=before, encoder_hidden_states=encoded, encoder_attention_mask=mask)[0]
    kept = is_step.bool()
    logits = hidden[kept] @ model.lm_head.weight[tokens].T + table[rows[kept]]
    return torch.nn.functional.cross_entropy(logits, columns[kept])


def padded(rows: Sequence[Sequence[int]], filler: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one matrix `(batch, tokens)` with its mask."""
    longest = max(map(len, rows))
    matrix = torch.full((len(rows), longest), filler)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for place, row in enumerate(rows):
        matrix[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return matrix, mask


def batched(pairs: Sequence[Pair], size: int, pool: int = 16) -> Iterator[list[Pair]]:
    """Endless batches of like lengths, drawn at random and sorted within `pool` batches."""
    rng = random.Random(0)
    while True:
        taken = sorted((rng.choice(pairs) for _ in range(pool * size)), key=lambda pair: len(pair[0]))
        chunks = [taken[start : start + size] for start in range(0, len(taken), size)]
        rng.shuffle(chunks)
        yield from chunks
