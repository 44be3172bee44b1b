"""Attention kernels of a decode step on a CPU: one query per row over exactly the keys of that row.

torch's batched products want rows of equal length and copy or convert what is not laid out for them; here
each row reads its own keys and values once, in place. Compiled
by numba at first use; indices are not checked. Arrays: `q` and `out` (rows, heads, d_kv) float32; keys
(slots, heads, blocks, d_kv, BLOCK) and values (slots, heads, tokens, d_kv) in float32, or in bfloat16 as the
16 bits of uint16. Keys lie in blocks of tokens, the tokens innermost: the scores of a block are computed side
by side, and all that a row reads of a head lies in one piece. T5 does not scale its scores.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.extending import intrinsic, overload

Function = TypeVar("Function", bound=Callable[..., Any])

BLOCK = 32
LOG2_E = np.float32(1.4426950408889634)
LN_2 = np.float32(0.6931471805599453)
LEAST = np.float32(-87.0)  # exp of less is no normal float32
TAYLOR = tuple(np.float32(1.0 / divisor) for divisor in (720, 120, 24, 6, 2, 1, 1))


def compiled(function: Function) -> Function:
    """Compile for every core, without Python's lock; kept on disk where numba finds a place to write."""
    options = {"parallel": True, "nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        return cast("Function", njit(cache=True, **options)(function))
    except RuntimeError:  # no writable folder for the cache: compiled at each start
        return cast("Function", njit(**options)(function))


@intrinsic  # type: ignore[untyped-decorator]
def _bits_to_float(_: Any, _bits: Any) -> Any:
    """32 bits read as a float32."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.uint32), generate


def _widened(value: Any) -> Any:
    """A cached number as float32; bfloat16 is the upper half of a float32."""


@overload(_widened, strict=False)  # type: ignore[untyped-decorator]
def _widened_in_kernel(value: Any) -> Any:
    if isinstance(value, types.Float):
        return lambda value: value
    return lambda value: _bits_to_float(np.uint32(value) << np.uint32(16))


@njit(fastmath=True)  # type: ignore[untyped-decorator]
def _exp(x: Any) -> Any:
    """exp of x <= 0: 2^n by the exponent's bits, the rest, at most ln(2) / 2, by Taylor (error 1.2e-7).

    A call of the C library would keep the loop around it from being vectorised.
    """
    x = max(x, LEAST)
    n = np.floor(x * LOG2_E + np.float32(0.5))
    r = x - n * LN_2
    y = TAYLOR[0]
    for term in TAYLOR[1:]:
        y = y * r + term
    return y * _bits_to_float(np.uint32(np.int32(n) + np.int32(127)) << np.uint32(23))


@njit(fastmath=True)  # type: ignore[untyped-decorator]
def _add_products(scores: Any, q: Any, k: Any) -> None:
    """Add the product of `q` (d_kv,) with each key to `scores` (tokens,)."""
    tokens = len(scores)
    block_scores = np.empty(BLOCK, np.float32)
    for first in range(0, tokens, BLOCK):
        block_scores[:] = 0
        for i in range(len(q)):
            for j in range(BLOCK):
                block_scores[j] += q[i] * _widened(k[first // BLOCK, i, j])
        for j in range(min(BLOCK, tokens - first)):
            scores[first + j] += block_scores[j]


@njit(fastmath=True)  # type: ignore[untyped-decorator]
def _attend(scores: Any, q: Any, k: Any, v: Any, out: Any) -> None:
    """Add q k to `scores` (tokens,) and write the mean of the values, weighted by their softmax, to `out`."""
    _add_products(scores, q, k)
    largest = scores.max()
    total = np.float32(0)
    for j in range(len(scores)):
        scores[j] = _exp(scores[j] - largest)
        total += scores[j]
    mean = np.zeros(len(q), np.float32)
    for j in range(len(scores)):
        weight = scores[j]
        for i in range(len(q)):
            mean[i] += weight * _widened(v[j, i])
    for i in range(len(q)):
        out[i] = mean[i] / total


@compiled
def cross_attention(q: Any, k: Any, v: Any, tokens: Any, out: Any) -> None:
    """Attention of row r over the first `tokens[r]` keys and values of slot r."""
    rows, heads, _ = q.shape
    for work in prange(rows * heads):
        r, h = work // heads, work % heads
        scores = np.zeros(tokens[r], np.float32)
        _attend(scores, q[r, h], k[r, h], v[r, h], out[r, h])


@compiled
def self_attention(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    qkv: Any, k: Any, v: Any, bias: Any, positions: Any, out: Any
) -> None:
    """Store each row's new key and value at its position and attend over everything up to it.

    `qkv` (rows, 3, heads, d_kv) float32; `bias` (positions, heads, positions) by query and key position.
    """
    rows, _, heads, width = qkv.shape
    for work in prange(rows * heads):
        r, h = work // heads, work % heads
        here = positions[r]
        for i in range(width):
            k[r, h, here // BLOCK, i, here % BLOCK] = qkv[r, 1, h, i]
            v[r, h, here, i] = qkv[r, 2, h, i]
        scores = bias[here, h, : here + 1].copy()
        _attend(scores, qkv[r, 0, h], k[r, h], v[r, h], out[r, h])


@compiled
def store_prompt(kv: Any, k: Any, v: Any, slot: int) -> None:
    """Write a prompt's cross-attention keys and values into a slot of every layer.

    `kv` (tokens, layers, 2, heads, d_kv) in the caches' format; `k` and `v` with layers before slots.
    """
    tokens, layers, _, heads, width = kv.shape
    for work in prange(layers * heads):
        layer, h = work // heads, work % heads
        for first in range(0, tokens, BLOCK):
            inside = min(BLOCK, tokens - first)
            for i in range(width):
                for j in range(inside):
                    k[layer, slot, h, first // BLOCK, i, j] = kv[first + j, layer, 0, h, i]
            for j in range(first, first + inside):
                for i in range(width):
                    v[layer, slot, h, j, i] = kv[j, layer, 1, h, i]


def use_threads(count: int) -> None:
    """Set how many threads the kernels use that the calling thread launches."""
    numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))
