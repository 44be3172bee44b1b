"""Which number formats a model is served in: given by name, or chosen by timing products on this machine."""

from typing import Any

import torch
from torch import Tensor

from inference_worker.t5.linears import (
    Linear,
    PlainLinear,
    fastest,
    format_title,
    is_emulated,
    linear_factory,
)
from inference_worker.t5.weights import Formats

HEAD_SAMPLE = 8192
PROMPT_ROWS = 256


def select_formats(model: Any, device: torch.device, dtype: str) -> tuple[Formats, str]:
    """What `dtype` means on this device, and its name for the description."""
    if dtype not in ("auto", "fp32", "bf16", "int8"):
        raise ValueError(f"dtype is auto, fp32, bf16 or int8, not {dtype!r}")
    if device.type == "cpu":
        return _cpu_formats(model, device, dtype)
    if dtype == "int8":
        raise ValueError("int8 weights are for the CPU; use bf16 on a GPU")
    kind = torch.float32 if dtype == "fp32" else torch.bfloat16

    def make(weight: Tensor) -> Linear:
        return PlainLinear(weight.to(device), kind)

    return Formats(make, make, make, kind, kind, device), "fp32" if dtype == "fp32" else "bf16"


def _cpu_formats(model: Any, device: torch.device, dtype: str) -> tuple[Formats, str]:
    """Formats of decoder (few rows per product) and encoder (hundreds) are chosen apart.

    int8 is for the decoder's weights, which every step reads, and for the two thirds of the encoder's
    arithmetic that are its feed-forward part. The rest of the encoder in int8 as well would double the
    answers that change (docs/engine.md). Without a kernel for bf16, the encoder and all attention are fp32.
    """
    names = ["fp32", "bf16", "int8"]
    half = "fp32" if is_emulated("bf16") else "bf16"
    decoder, encoder = dtype, half if dtype == "int8" else dtype
    dense = dtype
    if dtype == "auto":
        part = model.decoder.block[0].layer[-1].DenseReluDense
        inner = [layer.weight.detach() for layer in part.children() if hasattr(layer, "weight")]
        head = model.lm_head.weight.detach()[:HEAD_SAMPLE]
        decoder = fastest(names, [*inner, head], rows=4)
        encoder = fastest(names[:2], inner, rows=PROMPT_ROWS)
        dense = fastest(names, inner, rows=PROMPT_ROWS) if decoder == "int8" else encoder
    is_full = decoder == "fp32" or (decoder == "int8" and half == "fp32")
    kind = torch.float32 if is_full else torch.bfloat16
    made = [linear_factory(name) for name in (encoder, dense, decoder)]
    formats = Formats(made[0], made[1], made[2], torch.float32, kind, device)
    decoder, encoder, dense = (format_title(name) for name in (decoder, encoder, dense))
    return formats, f"{decoder} (encoder {encoder if dense == encoder else f'{encoder} and {dense}'})"
