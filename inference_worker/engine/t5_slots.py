"""The rows that are being decoded: their last tokens, positions and attention caches, all preallocated."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from inference_worker.engine.t5_weights import T5Weights

MAX_KEPT_VIEWS = 256


@dataclass(frozen=True)
class SlotSizes:
    """How much is allocated at first: rows, tokens of a prompt, decoder positions."""

    slots: int
    source: int
    target: int


@dataclass(frozen=True)
class LayerViews:
    """What one decoder layer reads and writes in a step, cut to size.

    `write` (slots, target, 2, heads, d_kv); `self_k`, `self_v` (rows, heads, positions, d_kv); `cross_k`,
    `cross_v` (rows, heads, prompt tokens, d_kv).
    """

    write: Tensor
    self_k: Tensor
    self_v: Tensor
    cross_k: Tensor
    cross_v: Tensor


class Slots:
    """State of every slot on the device; the occupied ones are the first ones.

    `tokens`, `positions` and `active` (1 where occupied): (slots,). `source_mask`: (slots, 1, 1, source), 0
    for the prompt's tokens and -inf behind them. `self_kv`: (layers, slots, target, 2, heads, d_kv).
    `cross_kv`: (layers, 2, slots, heads, source, d_kv). Nothing in them is ever infinite or NaN but the mask,
    and a mask always leaves something visible; so an empty slot can be computed along, its result unread.
    """

    def __init__(self, weights: T5Weights, sizes: SlotSizes) -> None:
        device, dtype = weights.decoder_bias.device, weights.decoder_bias.dtype
        layers, heads, d_kv = len(weights.decoder), weights.heads, weights.d_kv
        self.sizes = sizes
        self.source = 0
        self._views: dict[tuple[int, int, int], list[LayerViews]] = {}
        self.start_token_id = weights.start_token_id
        self.tokens = torch.full((sizes.slots,), weights.start_token_id, dtype=torch.int64, device=device)
        self.positions = torch.zeros(sizes.slots, dtype=torch.int64, device=device)
        self.active = torch.zeros(sizes.slots, dtype=torch.int64, device=device)
        self.rows = torch.arange(sizes.slots, device=device)
        self.self_kv = torch.zeros(
            layers, sizes.slots, sizes.target, 2, heads, d_kv, dtype=dtype, device=device
        )
        self.source_mask = torch.zeros(sizes.slots, 1, 1, 0, dtype=weights.encoder_bias.dtype, device=device)
        self.cross_kv = self.source_mask.new_zeros(layers, 2, sizes.slots, heads, 0, d_kv)
        self.fit(sizes.source, occupied=0)

    def fit(self, source: int, *, occupied: int) -> None:
        """Lay the prompts' caches out anew for prompts of up to `source` tokens, keeping `occupied` rows.

        Batched products are quickest where the batch is dense: on a CPU the caches are therefore no longer
        than the longest prompt inside needs.
        """
        layers, _, slots, heads, had, d_kv = self.cross_kv.shape
        keep = min(source, had)
        cross_kv = self.cross_kv.new_zeros(layers, 2, slots, heads, source, d_kv)
        mask = self.source_mask.new_zeros(slots, 1, 1, source)
        cross_kv[:, :, :occupied, :, :keep] = self.cross_kv[:, :, :occupied, :, :keep]
        mask[:occupied, ..., :keep] = self.source_mask[:occupied, ..., :keep]
        mask[:occupied, ..., keep:] = -torch.inf
        self.cross_kv, self.source_mask, self.source = cross_kv, mask, source
        self._views.clear()

    def views(self, rows: int, source: int, target: int) -> list[LayerViews]:
        """Views per layer, kept: cutting them anew costs a small model a tenth of its step."""
        key = (rows, source, target)
        if key not in self._views:
            if len(self._views) >= MAX_KEPT_VIEWS:
                self._views.clear()
            self._views[key] = [self._cut(layer, *key) for layer in range(self.self_kv.shape[0])]
        return self._views[key]

    def _cut(self, layer: int, rows: int, source: int, target: int) -> LayerViews:
        self_k, self_v = self.self_kv[layer, :rows, :target].permute(2, 0, 3, 1, 4)
        cross_k, cross_v = self.cross_kv[layer, :, :rows, :, :source]
        return LayerViews(self.self_kv[layer], self_k, self_v, cross_k, cross_v)

    def occupy(self, slot: int, cross_kv: Tensor) -> None:
        """Begin a row from its prompt's keys and values, (tokens, layers * 2 * heads * d_kv)."""
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
        """Copy a row, a prompt of `source_tokens` and `steps` decoded positions, into another slot."""
        self.cross_kv[:, :, target, :, :source_tokens] = self.cross_kv[:, :, source, :, :source_tokens]
        self.self_kv[:, target, :steps] = self.self_kv[:, source, :steps]
        for state in (self.tokens, self.positions, self.active, self.source_mask):
            state[target] = state[source]

    def snapshot(self) -> Callable[[], None]:
        """Remember tokens and positions; what is returned puts them back (the caches need no undoing)."""
        tokens, positions = self.tokens.clone(), self.positions.clone()

        def restore() -> None:
            self.tokens.copy_(tokens)
            self.positions.copy_(positions)

        return restore

    def free(self, slot: int) -> None:
        """Let a slot rest: its position stands still until it is occupied again."""
        self.active[slot] = 0
        self.positions[slot] = 0
