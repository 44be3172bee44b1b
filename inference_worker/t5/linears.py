"""Linear layers y = x W^T in each number format: the fast kernel and a plain fallback.

All convert their input themselves. bf16 returns bf16, the others float32; the residual
stream and the norms stay float32 whatever the weights are stored in. Sizes are (rows, in_features) ->
(rows, out_features).
"""

import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]

INT8_MAX = 127.0
NARROW_MAX = 63.0
TINY = 1e-30
MIN_SPEEDUP = 1.15


class PlainLinear:
    """`functional.linear` in the weight's own format: fp32 on the CPU, bf16 on a GPU."""

    def __init__(self, weight: Tensor, dtype: torch.dtype) -> None:
        self.weight = weight.to(dtype).contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        """The product."""
        return functional.linear(x.to(self.weight.dtype), self.weight)


class Bf16Linear:
    """bf16 weights and inputs on the CPU, weights reordered once into the blocks that oneDNN reads."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16().contiguous())

    def __call__(self, x: Tensor) -> Tensor:
        """The product; accumulated in fp32, rounded once to bf16."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x.bfloat16(), self._weight, None, "none", [], "")
        return y


class Bf16Fallback:
    """What `Bf16Linear` computes, by `functional.linear`."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = weight.bfloat16().contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        """The product."""
        return functional.linear(x.bfloat16(), self._weight)


class Int8Linear:
    """int8 weights with a scale per output channel, activations quantised per row as they come.

    One row is quantised by the kernel itself, on its own range. Several are first scaled to a largest
    magnitude of 1 each and then share one grid, so that no row's precision depends on its neighbours.
    """

    weight_max = INT8_MAX

    def __init__(self, weight: Tensor) -> None:
        values, scales = quantize_rows(weight, self.weight_max)
        zero_points = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():
            # torch announces that quantised tensors will go; the day they do, the fallback answers.
            warnings.simplefilter("ignore", UserWarning)
            quantized = torch._make_per_channel_quantized_tensor(values, scales, zero_points, 0)
        self._weight = torch.ops.quantized.linear_prepack(quantized, None)
        self._dynamic = torch.ops.quantized.linear_dynamic
        self._static = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32

    def __call__(self, x: Tensor) -> Tensor:
        """The product; accumulated in int32."""
        x = x.float()
        if x.shape[0] == 1:
            single: Tensor = self._dynamic(x, self._weight)
            return single
        largest = x.abs().amax(-1, keepdim=True).clamp_min_(TINY)
        y: Tensor = self._static(x / largest, 1.0 / INT8_MAX, 128, self._weight)
        return y.mul_(largest)


class Int8NarrowLinear(Int8Linear):
    """`Int8Linear` with weights of 7 bits, for a CPU with AVX2 but without VNNI.

    Its kernel adds two products of 8 bits in 16, which saturates: 2 * 255 * 127 > 2^15 > 2 * 255 * 63.
    """

    weight_max = NARROW_MAX


class Int8Fallback:
    """What `Int8Linear` computes up to the grid of a single row, by `functional.linear` on rounded values."""

    def __init__(self, weight: Tensor) -> None:
        values, scales = quantize_rows(weight)
        self._weight = values.float() * scales[:, None]

    def __call__(self, x: Tensor) -> Tensor:
        """The product."""
        x = x.float()
        step = x.abs().amax(-1, keepdim=True).clamp_min(TINY) / INT8_MAX
        return functional.linear((x / step).round() * step, self._weight)


def quantize_rows(weight: Tensor, largest: float = INT8_MAX) -> tuple[Tensor, Tensor]:
    """Symmetric int8 values (out, in) of at most `largest` and scales (out,) of a weight (out, in)."""
    weight = weight.float()
    scales = weight.abs().amax(-1).clamp_min(TINY) / largest
    return (weight / scales[:, None]).round().to(torch.int8), scales


def _works(fast: Callable[[Tensor], Linear], plain: Callable[[Tensor], Linear]) -> bool:
    """Whether a kernel exists here and agrees with its fallback where one that saturates would not.

    The tolerance is half a step of the grid of a single row, 512 times; saturation is off by a hundred.
    """
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(48, 512, generator=generator).sign()
    x = weight[:2] * torch.tensor([[1.0], [3.0]])
    try:
        return all(
            torch.allclose(fast(weight)(rows), plain(weight)(rows), rtol=0.02, atol=2.5)
            for rows in (x, x[:1])
        )
    except (RuntimeError, AttributeError, NotImplementedError):
        return False


def linear_factory(name: str) -> Callable[[Tensor], Linear]:
    """The maker of CPU products in fp32, bf16 or int8: the first kernel that works, else the fallback."""
    if name == "fp32":
        return lambda weight: PlainLinear(weight, torch.float32)
    if name == "bf16":
        return Bf16Linear if _works(Bf16Linear, Bf16Fallback) else Bf16Fallback
    if name == "int8":
        kernels = (kernel for kernel in (Int8Linear, Int8NarrowLinear) if _works(kernel, Int8Fallback))
        return next(kernels, Int8Fallback)
    raise ValueError(f"unknown number format {name!r}")


def is_emulated(name: str) -> bool:
    """Whether this machine has no kernel for a format: its fallback is exact, and slower than fp32."""
    return linear_factory(name) in {Bf16Fallback, Int8Fallback}


def format_title(name: str) -> str:
    """A format with what is particular to it on this machine, for logs."""
    if is_emulated(name):
        return f"{name} emulated"
    return "int8 of 7 bits" if linear_factory(name) is Int8NarrowLinear else name


def fastest(names: list[str], weights: list[Tensor], rows: int, repeats: int = 20) -> str:
    """The format in which products of these weights with `rows` rows are quickest on this machine.

    `names` goes from the most to the least precise; a later one is taken only if `MIN_SPEEDUP` times faster,
    and never where it is emulated.
    """
    names = [name for name in names if not is_emulated(name)]
    x = {weight.shape[1]: torch.randn(rows, weight.shape[1]) for weight in weights}
    best: dict[str, float] = {}
    for name in names:
        make = linear_factory(name)
        linears = [(make(weight), x[weight.shape[1]]) for weight in weights]
        times = []
        for _ in range(repeats):
            started = time.perf_counter()
            for linear, rows_in in linears:
                linear(rows_in)
            times.append(time.perf_counter() - started)
        best[name] = min(times)
    chosen = names[0]
    for name in names[1:]:
        if best[name] * MIN_SPEEDUP < best[chosen]:
            chosen = name
    return chosen
