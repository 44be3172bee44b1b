from collections.abc import Callable

import pytest
import torch

from inference_worker.t5 import linears
from inference_worker.t5.linears import (
    Bf16Fallback,
    Bf16Linear,
    Int8Fallback,
    Int8Linear,
    Int8NarrowLinear,
    Linear,
    PlainLinear,
    _works,
    fastest,
    format_title,
    is_emulated,
    linear_factory,
    quantize_rows,
)

ROWS = [1, 2, 7, 40]


def weight_and_input(rows: int, out: int = 48, width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(rows)
    weight = torch.randn(out, width, generator=generator)
    # rows of very different sizes: what one costs another would show
    x = torch.randn(rows, width, generator=generator) * 10.0 ** torch.arange(rows).remainder(5)[:, None]
    return weight, x


@pytest.mark.parametrize("rows", ROWS)
def test_plain_is_the_matrix_product(rows: int) -> None:
    weight, x = weight_and_input(rows)
    torch.testing.assert_close(PlainLinear(weight, torch.float32)(x), x @ weight.T)


# The kernel of 8-bit weights saturates at 16 bits on a CPU without VNNI; that of 7-bit weights cannot.
KERNELS = [
    pytest.param(
        kernel,
        marks=pytest.mark.skipif(not _works(kernel, Int8Fallback), reason="no exact kernel on this CPU"),
    )
    for kernel in (Int8Linear, Int8NarrowLinear)
]
HAS_BF16_KERNEL = linear_factory("bf16") is Bf16Linear


@pytest.mark.skipif(not HAS_BF16_KERNEL, reason="this CPU has no kernel for bf16 (AVX-512 or AVX-NE-CONVERT)")
@pytest.mark.parametrize("rows", ROWS)
def test_bf16_packed_agrees_with_its_fallback(rows: int) -> None:
    weight, x = weight_and_input(rows)
    torch.testing.assert_close(
        Bf16Linear(weight)(x), Bf16Fallback(weight)(x), rtol=2**-7, atol=float(x.abs().max()) * 1e-2
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("rows", ROWS)
def test_int8_of_each_row_is_within_its_own_quantisation_of_the_product(
    kernel: type[Int8Linear], rows: int
) -> None:
    weight, x = weight_and_input(rows)
    exact = x @ weight.T
    # Each of 64 inputs and weights is off by up to half a step of the largest; errors add as a walk.
    steps = 1 / 254 + 0.5 / kernel.weight_max
    bound = 3 * 64**0.5 * x.abs().amax(-1, keepdim=True) * weight.abs().amax(-1) * steps
    assert bool(((kernel(weight)(x) - exact).abs() <= bound).all())


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("rows", ROWS[1:])
def test_int8_agrees_with_its_fallback(kernel: type[Int8Linear], rows: int) -> None:
    weight, x = weight_and_input(rows)
    values, scales = quantize_rows(weight, kernel.weight_max)
    grid = x.abs().amax(-1, keepdim=True) / 127
    fast, plain = kernel(weight)(x), (x / grid).round() * grid @ (values * scales[:, None]).T
    if kernel is Int8Linear:
        torch.testing.assert_close(Int8Fallback(weight)(x), plain)
    # Both compute the same integers; a value half way between two may round either way.
    step = x.abs().amax(-1, keepdim=True) / 127 * weight.abs().amax()
    assert bool(((fast - plain).abs() <= 1.01 * step).all())


def test_seven_bit_weights_cannot_saturate() -> None:
    values, _ = quantize_rows(torch.randn(4, 512) * 100, Int8NarrowLinear.weight_max)
    assert int(values.abs().max()) * 255 * 2 < 2**15


def test_factory_takes_seven_bits_where_eight_saturate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linears, "_works", lambda kernel, _: kernel is Int8NarrowLinear)
    assert linear_factory("int8") is Int8NarrowLinear
    assert (format_title("int8"), format_title("bf16")) == ("int8 of 7 bits", "bf16 emulated")
    assert [name for name in ("fp32", "bf16", "int8") if is_emulated(name)] == ["bf16"]


def test_fastest_never_takes_what_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linears, "_works", lambda *_: False)
    monkeypatch.setattr(linears, "MIN_SPEEDUP", 0.0)  # anything later in the list would win
    assert fastest(["fp32", "bf16", "int8"], [torch.zeros(2, 2)], rows=1) == "fp32"


def test_int8_row_does_not_depend_on_its_neighbours() -> None:
    weight, x = weight_and_input(8)
    linear = Int8Linear(weight)
    torch.testing.assert_close(linear(x)[2:4], linear(x[2:4]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("make", [Int8Linear, Int8NarrowLinear, Int8Fallback])
def test_int8_of_zeros_is_zero(rows: int, make: type) -> None:
    weight, _ = weight_and_input(1)
    assert not make(weight)(torch.zeros(rows, 64)).any()


def test_quantize_rows_scales_each_row_to_127() -> None:
    values, scales = quantize_rows(torch.tensor([[1.0, -2.0], [0.0, 0.0], [254.0, 127.0]]))
    assert values.tolist() == [[64, -127], [0, 0], [127, 64]]
    assert scales[0] == pytest.approx(2 / 127)
    assert scales[2] == pytest.approx(2.0)


def test_factory_without_the_fast_kernel_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def __init__(self, weight: torch.Tensor) -> None:
            raise RuntimeError("no such operator on this machine")

    monkeypatch.setattr(linears, "Int8Linear", Missing)
    monkeypatch.setattr(linears, "Int8NarrowLinear", Missing)
    monkeypatch.setattr(linears, "Bf16Linear", Missing)
    weight, _ = weight_and_input(1)
    assert isinstance(linear_factory("int8")(weight), Int8Fallback)
    assert isinstance(linear_factory("bf16")(weight), Bf16Fallback)


def test_factory_with_a_kernel_that_saturates_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class Saturating(Int8Fallback):
        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            return super().__call__(x).clamp(-100, 100)

    monkeypatch.setattr(linears, "Int8Linear", Saturating)
    monkeypatch.setattr(linears, "Int8NarrowLinear", Saturating)
    assert linear_factory("int8") is Int8Fallback


def test_factory_of_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="fp16"):
        linear_factory("fp16")


@pytest.mark.parametrize(
    ("times_s", "chosen"),
    [
        ({"fp32": 4.0, "bf16": 3.0, "int8": 2.0}, "int8"),
        ({"fp32": 4.0, "bf16": 2.0, "int8": 1.9}, "bf16"),  # 1.05 times quicker is not worth the precision
        ({"fp32": 1.0, "bf16": 3.0, "int8": 2.0}, "fp32"),
    ],
)
def test_fastest_gives_up_precision_only_where_it_pays(
    times_s: dict[str, float], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    def factory(name: str) -> Callable[[torch.Tensor], Linear]:
        def product(x: torch.Tensor) -> torch.Tensor:
            clock[0] += times_s[name]
            return x

        return lambda weight: product

    monkeypatch.setattr(linears, "linear_factory", factory)
    monkeypatch.setattr(linears.time, "perf_counter", lambda: clock[0])
    assert fastest(["fp32", "bf16", "int8"], [torch.zeros(2, 2)], rows=1) == chosen
