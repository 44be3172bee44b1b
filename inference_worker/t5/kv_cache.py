"""KV caches of the decoder: the interface, and one in tensors of fixed shapes for CUDA graphs.

It runs on a CPU as well, which the tests use; the CPU's own is `cpu.ragged_kv_cache`. A slot is a row of the
cache and holds one request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from inference_worker.t5.weights import T5Weights

SOURCE_BUCKET = 64


@dataclass(frozen=True)
class CacheSizes:
    """How much is allocated: rows, tokens of a prompt, decoder positions."""

    slots: int
    source: int
    target: int


@dataclass(frozen=True)
class StepShape:
    """What a step covers: the first `rows` slots, `source` prompt tokens and `target` decoder positions."""

    rows: int
    source: int
    target: int


class Batch(Protocol):
    """The rows of one decode step, with their caches. Every product's rows are its rows, in slot order."""

    tokens: Tensor
    """The last token of each row, (rows,)."""

    def self_attention(self, layer: int, qkv: Tensor) -> Tensor:
        """Self-attention; appends the keys and values of `qkv` (rows, 3 * inner). Returns (rows, inner)."""
        ...

    def cross_attention(self, layer: int, q: Tensor) -> Tensor:
        """Cross-attention of `q` (rows, inner) over each row's prompt; returns (rows, inner)."""
        ...

    def advance(self, token_ids: Tensor) -> None:
        """End the step with each row's next token, (rows,)."""
        ...


class KvCache(Protocol):
    """Keys, values and position of every slot; the occupied slots are the first ones."""

    def occupy(self, slot: int, cross_kv: Tensor) -> None:
        """Start a row; `cross_kv` holds its prompt's keys and values, (tokens, layers * 2 * heads * d_kv)."""
        ...

    def move(self, source: int, target: int, *, source_tokens: int, steps: int) -> None:
        """Copy a row, a prompt of `source_tokens` and `steps` decoded positions, into another slot."""
        ...

    def free(self, slot: int) -> None:
        """Mark a slot as unoccupied."""
        ...

    def batch(self, shape: StepShape) -> Batch:
        """The rows of the next step."""
        ...


class StaticKvCache:
    """`KvCache` in tensors of one size each.

    `tokens`, `positions` and `active` (1 where occupied): (slots,). `source_mask`: (slots, 1, 1, source), 0
    for the prompt's tokens and -inf behind them. `self_kv`: (layers, slots, target, 2, heads, d_kv).
    `cross_kv`: (layers, 2, slots, heads, source, d_kv). Only the mask holds infinities, and it leaves at
    least one token visible: an unoccupied slot can be computed with the others and its result ignored.
    """

    def __init__(self, weights: T5Weights, sizes: CacheSizes) -> None:
        device, dtype = weights.decoder_bias.device, weights.decoder_bias.dtype
        layers, heads, d_kv = len(weights.decoder), weights.heads, weights.d_kv
        self.sizes = sizes
        self.start_token_id = weights.start_token_id
        self.decoder_bias = weights.decoder_bias
        self.tokens = torch.full((sizes.slots,), weights.start_token_id, dtype=torch.int64, device=device)
        self.positions = torch.zeros(sizes.slots, dtype=torch.int64, device=device)
        self.active = torch.zeros(sizes.slots, dtype=torch.int64, device=device)
        self.rows = torch.arange(sizes.slots, device=device)
        self.self_kv = torch.zeros(
            layers, sizes.slots, sizes.target, 2, heads, d_kv, dtype=dtype, device=device
        )
        self.source_mask = torch.full(
            (sizes.slots, 1, 1, sizes.source), -torch.inf, dtype=weights.encoder_bias.dtype, device=device
        )
        self.source_mask[..., 0] = 0.0
        self.cross_kv = self.source_mask.new_zeros(layers, 2, sizes.slots, heads, sizes.source, d_kv)

    def occupy(self, slot: int, cross_kv: Tensor) -> None:
        """See `KvCache`."""
        layers, _, _, heads, _, d_kv = self.cross_kv.shape
        length = cross_kv.shape[0]
        by_layer = cross_kv.view(length, layers, 2, heads, d_kv).permute(1, 2, 3, 0, 4)
        self.cross_kv[:, :, slot, :, :length].copy_(by_layer)
        self.source_mask[slot, ..., :length] = 0.0
        self.source_mask[slot, ..., length:] = -torch.inf
        self.tokens[slot] = self.start_token_id
        self.positions[slot] = 0
        self.active[slot] = 1

    def move(self, source: int, target: int, *, source_tokens: int, steps: int) -> None:
        """See `KvCache`."""
        self.cross_kv[:, :, target, :, :source_tokens] = self.cross_kv[:, :, source, :, :source_tokens]
        self.self_kv[:, target, :steps] = self.self_kv[:, source, :steps]
        for state in (self.tokens, self.positions, self.active, self.source_mask):
            state[target] = state[source]

    def free(self, slot: int) -> None:
        """See `KvCache`; its position no longer advances."""
        self.active[slot] = 0
        self.positions[slot] = 0

    def batch(self, shape: StepShape) -> "StaticBatch":
        """See `KvCache`."""
        return StaticBatch(self, shape)

    def snapshot(self) -> Callable[[], None]:
        """Remember tokens and positions; what is returned puts them back (the caches need no undoing)."""
        tokens, positions = self.tokens.clone(), self.positions.clone()

        def restore() -> None:
            self.tokens.copy_(tokens)
            self.positions.copy_(positions)

        return restore


class StaticBatch:
    """`Batch` over `StaticKvCache`: every row is computed over the whole shape, masked beyond its length."""

    def __init__(self, cache: StaticKvCache, shape: StepShape) -> None:
        self._cache = cache
        self._shape = shape
        self.tokens = cache.tokens[: shape.rows]
        self._positions = cache.positions[: shape.rows]
        self._index = (cache.rows[: shape.rows], self._positions)
        self._bias = cache.decoder_bias[:, :, : shape.target][self._positions].unsqueeze(2)
        self._mask = cache.source_mask[: shape.rows, ..., : shape.source]

    def self_attention(self, layer: int, qkv: Tensor) -> Tensor:
        """See `Batch`."""
        kv = self._cache.self_kv[layer]
        parts = qkv.to(kv.dtype).view(self._shape.rows, 3, *kv.shape[3:])
        kv.index_put_(self._index, parts[:, 1:])
        k, v = kv[: self._shape.rows, : self._shape.target].permute(2, 0, 3, 1, 4)
        return _attend(parts[:, 0].unsqueeze(2), k, v, self._bias)

    def cross_attention(self, layer: int, q: Tensor) -> Tensor:
        """See `Batch`."""
        k, v = self._cache.cross_kv[layer, :, : self._shape.rows, :, : self._shape.source]
        return _attend(q.to(k.dtype).view(self._shape.rows, k.shape[1], 1, k.shape[3]), k, v, self._mask)

    def advance(self, token_ids: Tensor) -> None:
        """See `Batch`."""
        self.tokens.copy_(token_ids)
        self._positions.add_(self._cache.active[: self._shape.rows])


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """q (rows, heads, 1, d_kv), k and v (rows, heads, keys, d_kv), a mask to add; returns (rows, inner)."""
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0).flatten(1)


def round_up(value: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-value // step) * step
