"""The rows that are being decoded, on a CPU: every row as long as it is, and not a token longer."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference_worker.t5.kv_cache import SlotSizes, StepShape
from inference_worker.t5.ragged_attention import (
    BLOCK,
    cross_attention,
    self_attention,
    store_prompt,
    use_threads,
)
from inference_worker.t5.weights import T5Weights

Array = NDArray[np.generic]

# Below this many numbers read in one go, waking a second core costs more than it saves.
WORTH_WAKING = 30_000


class RaggedSlots:
    """`KvCache` whose caches are reserved at full size and touched as far as they are used.

    Keys and values as `ragged_attention` reads them, with layers before slots: of answers in float32, of
    prompts in the type of `weights.encoder_bias`, float32 or bfloat16 (kept as uint16).
    """

    def __init__(self, weights: T5Weights, sizes: SlotSizes) -> None:
        layers, self.heads, self.d_kv = len(weights.decoder), weights.heads, weights.d_kv
        lead = (layers, sizes.slots, self.heads)
        self._kind = weights.encoder_bias.dtype
        prompts = np.uint16 if self._kind == torch.bfloat16 else np.float32
        self.prompt_k: Array = np.zeros((*lead, _blocks(sizes.source), self.d_kv, BLOCK), prompts)
        self.prompt_v: Array = np.zeros((*lead, sizes.source, self.d_kv), prompts)
        self.answer_k: Array = np.zeros((*lead, _blocks(sizes.target), self.d_kv, BLOCK), np.float32)
        self.answer_v: Array = np.zeros((*lead, sizes.target, self.d_kv), np.float32)
        self.bias: Array = weights.decoder_bias.numpy()
        self.start_token_id = weights.start_token_id
        self.tokens = torch.full((sizes.slots,), weights.start_token_id, dtype=torch.int64)
        self.prompt_tokens = np.zeros(sizes.slots, np.int64)
        self.positions = np.zeros(sizes.slots, np.int64)

    def occupy(self, slot: int, cross_kv: Tensor) -> None:
        """See `KvCache`."""
        layers, longest = len(self.prompt_k), self.prompt_v.shape[-2]
        if len(cross_kv) > longest:  # the kernels would write on past the end
            raise ValueError(f"a slot holds {longest} tokens of a prompt, not {len(cross_kv)}")
        kv = cross_kv.to(self._kind).view(len(cross_kv), layers, 2, self.heads, self.d_kv)
        bits = kv.view(torch.uint16) if self._kind == torch.bfloat16 else kv
        store_prompt(bits.numpy(), self.prompt_k, self.prompt_v, slot)
        self.tokens[slot] = self.start_token_id
        self.prompt_tokens[slot] = len(cross_kv)
        self.positions[slot] = 0

    def move(self, source: int, target: int, *, source_tokens: int, steps: int) -> None:
        """See `KvCache`."""
        for keys, values, used in (
            (self.prompt_k, self.prompt_v, source_tokens),
            (self.answer_k, self.answer_v, steps),
        ):
            blocks = _blocks(used)
            keys[:, target, :, :blocks] = keys[:, source, :, :blocks]
            values[:, target, :, :used] = values[:, source, :, :used]
        self.tokens[target] = self.tokens[source]
        self.prompt_tokens[target] = self.prompt_tokens[source]
        self.positions[target] = self.positions[source]

    def free(self, slot: int) -> None:
        """See `KvCache`; there is nothing to do: a step covers the occupied rows alone."""

    def batch(self, shape: StepShape) -> "RaggedBatch":
        """See `KvCache`."""
        return RaggedBatch(self, shape.rows)


class RaggedBatch:
    """`Batch` over `RaggedSlots`."""

    def __init__(self, slots: RaggedSlots, rows: int) -> None:
        self._slots = slots
        self._rows = rows
        self.tokens = slots.tokens[:rows]
        reads = int(slots.prompt_tokens[:rows].sum()) * slots.heads * slots.d_kv
        use_threads(torch.get_num_threads() if reads > WORTH_WAKING else 1)

    def self_attention(self, layer: int, qkv: Tensor) -> Tensor:
        """See `Batch`."""
        slots = self._slots
        parts = qkv.float().view(self._rows, 3, slots.heads, slots.d_kv)
        out = torch.empty_like(parts[:, 0])
        self_attention(
            parts.numpy(),
            slots.answer_k[layer],
            slots.answer_v[layer],
            slots.bias,
            slots.positions,
            out.numpy(),
        )
        return out.flatten(1)

    def cross_attention(self, layer: int, q: Tensor) -> Tensor:
        """See `Batch`."""
        slots = self._slots
        parts = q.float().view(self._rows, slots.heads, slots.d_kv)
        out = torch.empty_like(parts)
        cross_attention(
            parts.numpy(), slots.prompt_k[layer], slots.prompt_v[layer], slots.prompt_tokens, out.numpy()
        )
        return out.flatten(1)

    def advance(self, token_ids: Tensor) -> None:
        """See `Batch`."""
        self.tokens.copy_(token_ids)
        self._slots.positions[: self._rows] += 1


def _blocks(tokens: int) -> int:
    return -(-tokens // BLOCK)
