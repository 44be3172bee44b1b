"""KV cache for a CPU: each row is read exactly as far as it goes, without padding."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference_worker.t5.cpu.ragged_attention import (
    BLOCK,
    cross_attention,
    self_attention,
    store_prompt,
    use_threads,
)
from inference_worker.t5.kv_cache import CacheSizes, StepShape
from inference_worker.t5.weights import T5Weights

Array = NDArray[np.generic]

# Cross-attention that reads fewer numbers than this is faster on one thread than on several.
SINGLE_THREAD_READS = 30_000


class RaggedKvCache:
    """`KvCache` in memory that is reserved at full size and touched as far as it is used.

    Keys and values as `ragged_attention` reads them, with layers before slots: those of self-attention in
    float32, those of cross-attention in the type of `weights.encoder_bias`, float32 or bfloat16 (as uint16).
    """

    def __init__(self, weights: T5Weights, sizes: CacheSizes) -> None:
        layers, self.heads, self.d_kv = len(weights.decoder), weights.heads, weights.d_kv
        lead = (layers, sizes.slots, self.heads)
        self._kind = weights.encoder_bias.dtype
        cross_type = np.uint16 if self._kind == torch.bfloat16 else np.float32
        self.cross_k: Array = np.zeros((*lead, _blocks(sizes.source), self.d_kv, BLOCK), cross_type)
        self.cross_v: Array = np.zeros((*lead, sizes.source, self.d_kv), cross_type)
        self.self_k: Array = np.zeros((*lead, _blocks(sizes.target), self.d_kv, BLOCK), np.float32)
        self.self_v: Array = np.zeros((*lead, sizes.target, self.d_kv), np.float32)
        self.bias: Array = weights.decoder_bias.numpy()
        self.start_token_id = weights.start_token_id
        self.tokens = torch.full((sizes.slots,), weights.start_token_id, dtype=torch.int64)
        self.prompt_tokens = np.zeros(sizes.slots, np.int64)
        self.positions = np.zeros(sizes.slots, np.int64)

    def occupy(self, slot: int, cross_kv: Tensor) -> None:
        """See `KvCache`."""
        layers, longest = len(self.cross_k), self.cross_v.shape[-2]
        if len(cross_kv) > longest:  # the kernels would write on past the end
            raise ValueError(f"a slot holds {longest} tokens of a prompt, not {len(cross_kv)}")
        kv = cross_kv.to(self._kind).view(len(cross_kv), layers, 2, self.heads, self.d_kv)
        bits = kv.view(torch.uint16) if self._kind == torch.bfloat16 else kv
        store_prompt(bits.numpy(), self.cross_k, self.cross_v, slot)
        self.tokens[slot] = self.start_token_id
        self.prompt_tokens[slot] = len(cross_kv)
        self.positions[slot] = 0

    def move(self, source: int, target: int, *, source_tokens: int, steps: int) -> None:
        """See `KvCache`."""
        for keys, values, used in (
            (self.cross_k, self.cross_v, source_tokens),
            (self.self_k, self.self_v, steps),
        ):
            blocks = _blocks(used)
            keys[:, target, :, :blocks] = keys[:, source, :, :blocks]
            values[:, target, :, :used] = values[:, source, :, :used]
        self.tokens[target] = self.tokens[source]
        self.prompt_tokens[target] = self.prompt_tokens[source]
        self.positions[target] = self.positions[source]

    def free(self, slot: int) -> None:
        """See `KvCache`; nothing to do: a step covers the occupied rows only."""

    def batch(self, shape: StepShape) -> "RaggedBatch":
        """See `KvCache`."""
        return RaggedBatch(self, shape.rows)


class RaggedBatch:
    """`Batch` over `RaggedKvCache`."""

    def __init__(self, cache: RaggedKvCache, rows: int) -> None:
        self._cache = cache
        self._rows = rows
        self.tokens = cache.tokens[:rows]
        reads = int(cache.prompt_tokens[:rows].sum()) * cache.heads * cache.d_kv
        use_threads(torch.get_num_threads() if reads > SINGLE_THREAD_READS else 1)

    def self_attention(self, layer: int, qkv: Tensor) -> Tensor:
        """See `Batch`."""
        cache = self._cache
        parts = qkv.float().view(self._rows, 3, cache.heads, cache.d_kv)
        out = torch.empty_like(parts[:, 0])
        self_attention(
            parts.numpy(),
            cache.self_k[layer],
            cache.self_v[layer],
            cache.bias,
            cache.positions,
            out.numpy(),
        )
        return out.flatten(1)

    def cross_attention(self, layer: int, q: Tensor) -> Tensor:
        """See `Batch`."""
        cache = self._cache
        parts = q.float().view(self._rows, cache.heads, cache.d_kv)
        out = torch.empty_like(parts)
        cross_attention(
            parts.numpy(), cache.cross_k[layer], cache.cross_v[layer], cache.prompt_tokens, out.numpy()
        )
        return out.flatten(1)

    def advance(self, token_ids: Tensor) -> None:
        """See `Batch`."""
        self.tokens.copy_(token_ids)
        self._cache.positions[: self._rows] += 1


def _blocks(tokens: int) -> int:
    return -(-tokens // BLOCK)
