"""The compiled kernels against torch's attention in double precision, row by row."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from inference_worker.t5.cpu.ragged_attention import (
    BLOCK,
    LEAST,
    _exp,
    cross_attention,
    self_attention,
    store_prompt,
    use_threads,
)

LAYERS, SLOTS, HEADS, WIDTH = 2, 3, 2, 8
LENGTHS = [1, BLOCK, 2 * BLOCK + 5]
LONGEST = 3 * BLOCK


def caches(kind: np.dtype[np.generic] | type) -> tuple[np.ndarray, np.ndarray]:
    """Keys and values of all layers, full of what earlier prompts may have left."""
    keys = np.full((LAYERS, SLOTS, HEADS, LONGEST // BLOCK, WIDTH, BLOCK), 99, kind)
    return keys, np.full((LAYERS, SLOTS, HEADS, LONGEST, WIDTH), 99, kind)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def exact(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """q (heads, width), k and v (tokens, heads, width): (heads, width)."""
    scores = torch.einsum("hw,thw->ht", q.double(), k.double())
    if bias is not None:
        scores = scores + bias.double()
    return torch.einsum("ht,thw->hw", scores.softmax(-1), v.double()).float()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_each_row_attends_to_its_own_prompt_alone(kind: torch.dtype, threads: int) -> None:
    keys, values = caches(np.float32 if kind == torch.float32 else np.uint16)
    prompts = [noise(n, LAYERS, 2, HEADS, WIDTH, seed=n).to(kind) for n in LENGTHS]
    use_threads(threads)
    for slot, kv in enumerate(prompts):
        bits = kv if kind == torch.float32 else kv.view(torch.uint16)
        store_prompt(bits.numpy(), keys, values, slot)
    q = noise(SLOTS, HEADS, WIDTH)
    for layer in range(LAYERS):
        out = np.zeros((SLOTS, HEADS, WIDTH), np.float32)
        cross_attention(q.numpy(), keys[layer], values[layer], np.array(LENGTHS), out)
        for slot, kv in enumerate(prompts):
            expected = exact(q[slot], kv[:, layer, 0], kv[:, layer, 1])
            torch.testing.assert_close(torch.from_numpy(out[slot]), expected, rtol=1e-5, atol=1e-5)


def test_answers_attend_to_everything_up_to_their_own_position() -> None:
    steps = BLOCK + 3
    keys, values = caches(np.float32)
    bias = noise(LONGEST, HEADS, LONGEST, seed=5)
    late = [0, 2, 7]  # rows that joined so many steps later than the first
    told = noise(SLOTS, steps, 3, HEADS, WIDTH, seed=6)
    for step in range(steps):
        rows = [row for row in range(SLOTS) if step >= late[row]]
        positions = np.array([step - late[row] for row in rows])
        qkv = torch.stack([told[row, step - late[row]] for row in rows])
        out = np.zeros((len(rows), HEADS, WIDTH), np.float32)
        self_attention(qkv.numpy(), keys[0], values[0], bias.numpy(), positions, out)
        for row in rows:
            here = step - late[row]
            so_far = told[row, : here + 1]
            expected = exact(so_far[-1, 0], so_far[:, 1], so_far[:, 2], bias[here, :, : here + 1])
            torch.testing.assert_close(torch.from_numpy(out[row]), expected, rtol=1e-5, atol=1e-5)


def test_scores_far_apart_give_the_largest_ones_value() -> None:
    keys, values = caches(np.float32)
    kv = torch.zeros(3, LAYERS, 2, HEADS, WIDTH)
    kv[:, :, 0, :, 0] = torch.tensor([-500.0, 500.0, 400.0])[:, None, None]
    kv[:, :, 1] = torch.tensor([1.0, 2.0, 3.0])[:, None, None, None]
    store_prompt(kv.numpy(), keys, values, 0)
    out = np.zeros((1, HEADS, WIDTH), np.float32)
    cross_attention(np.ones((1, HEADS, WIDTH), np.float32), keys[0], values[0], np.array([3]), out)
    np.testing.assert_allclose(out, 2.0, rtol=1e-6)


def test_exp_is_within_rounding_down_to_the_smallest_float() -> None:
    x = np.linspace(-87, 0, 5001, dtype=np.float32)
    np.testing.assert_allclose([_exp(value) for value in x], np.exp(x.astype(np.float64)), rtol=6e-6)
    near = x[x > -10]
    np.testing.assert_allclose([_exp(value) for value in near], np.exp(near.astype(np.float64)), rtol=1e-6)
    assert _exp(np.float32(-1e30)) == _exp(LEAST)


def test_it_agrees_with_torchs_own_attention() -> None:
    keys, values = caches(np.float32)
    kv = noise(LONGEST, LAYERS, 2, HEADS, WIDTH, seed=8)
    store_prompt(kv.numpy(), keys, values, 1)
    q = noise(2, HEADS, WIDTH, seed=9)
    out = np.zeros((2, HEADS, WIDTH), np.float32)
    cross_attention(q.numpy(), keys[1], values[1], np.array([1, LONGEST]), out)
    k, v = kv[:, 1].permute(1, 2, 0, 3)
    expected = functional.scaled_dot_product_attention(q[1][:, None], k, v, scale=1.0)[:, 0]
    torch.testing.assert_close(torch.from_numpy(out[1]), expected, rtol=1e-5, atol=1e-5)
