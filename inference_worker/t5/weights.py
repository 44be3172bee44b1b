"""Weights of a T5 checkpoint, fused into the few large matrices that the runner multiplies by.

Formulas follow Raffel et al. 2020 (arXiv:1910.10683) and its v1.1 (gated GELU, untied head): RMS norms
without bias, attention without scaling, one relative-position bias shared by all layers of a stack.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from inference_worker.t5.linears import Linear

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu_new": lambda x: functional.gelu(x, approximate="tanh"),
    "gelu": functional.gelu,
    "silu": functional.silu,
}


class UnsupportedModel(ValueError):
    """The checkpoint is not a T5 that this engine can run; the message says why."""


@dataclass(frozen=True)
class Formats:
    """Number formats of linear layers, and the types of everything else.

    `feed_forward` makes those layers of the encoder, `encoder` its others, `decoder` all of the decoder's.
    `activations` is the type of activations and of the self-attention cache. `attention` is the type of the
    embedding, the encoder's self-attention and the cross-attention cache, which every step reads in full.
    """

    encoder: Callable[[Tensor], Linear]
    feed_forward: Callable[[Tensor], Linear]
    decoder: Callable[[Tensor], Linear]
    activations: torch.dtype
    attention: torch.dtype
    device: torch.device

    @property
    def is_cpu(self) -> bool:
        """Whether products run on the CPU."""
        return self.device.type == "cpu"


@dataclass(frozen=True)
class EncoderLayer:
    """Norms are folded into `qkv` (3 * inner, d_model) and `wi` (2 * d_ff or d_ff, d_model)."""

    qkv: Linear
    o: Linear
    wi: Linear
    wo: Linear


@dataclass(frozen=True)
class DecoderLayer(EncoderLayer):
    """As in the encoder, and cross-attention; its keys and values are made by `T5Weights.cross_kv`."""

    cross_q: Linear
    cross_o: Linear


@dataclass(frozen=True)
class T5Weights:
    """All tensors that the runner needs of a model.

    `embedding` (vocab, d_model). `cross_kv`: (layers * 2 * inner, d_model), keys before values in each layer.
    `encoder_bias` (heads, 2 * max_source - 1) by distance key - query + max_source - 1. `decoder_bias`
    (max_target, heads, max_target) by query position and key position, -inf where the key lies ahead.
    `norm_floor` is sqrt(d_model * norm_epsilon), see `forward.rms_norm`.
    """

    embedding: Tensor
    encoder: list[EncoderLayer]
    decoder: list[DecoderLayer]
    cross_kv: Linear
    head: Linear
    encoder_bias: Tensor
    decoder_bias: Tensor
    activation: Callable[[Tensor], Tensor]
    gated: bool
    heads: int
    d_kv: int
    norm_epsilon: float
    norm_floor: Tensor
    start_token_id: int


def check_supported(config: Any) -> None:
    """Raise `UnsupportedModel` unless the configuration describes a T5 with a known activation."""
    if getattr(config, "model_type", None) != "t5":
        raise UnsupportedModel(f"model type {getattr(config, 'model_type', None)!r} is not t5")
    if config.dense_act_fn not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise UnsupportedModel(f"activation {config.dense_act_fn!r} is not one of {known}")


def scales_decoder_outputs(config: Any) -> bool:
    """Whether the head's input is scaled by d_model^-0.5: T5 v1.0 (tied head) does, v1.1 and FLAN do not.

    transformers 5 keeps the answer under its own name, 4 took the tie itself for it.
    """
    return bool(getattr(config, "scale_decoder_outputs", config.tie_word_embeddings))


def position_buckets(distances: Tensor, *, both_ways: bool, buckets: int, max_distance: int) -> Tensor:
    """Bucket of each distance key - query (T5, section 2.1): exact when near, logarithmic when far."""
    if both_ways:
        buckets //= 2
        offset = (distances > 0).long() * buckets
        distances = distances.abs()
    else:
        offset = torch.zeros_like(distances)
        distances = (-distances).clamp_min(0)
    exact = buckets // 2
    ratio = torch.log(distances.clamp_min(1).float() / exact) / math.log(max_distance / exact)
    far = (exact + (ratio * (buckets - exact)).long()).clamp_max(buckets - 1)
    return offset + torch.where(distances < exact, distances, far)


def _bias_by_distance(stack: Any, config: Any, distances: Tensor, *, both_ways: bool) -> Tensor:
    """Relative-position bias, shape (heads, *distances.shape)."""
    table = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    buckets = position_buckets(
        distances,
        both_ways=both_ways,
        buckets=config.relative_attention_num_buckets,
        max_distance=config.relative_attention_max_distance,
    )
    bias: Tensor = table.float().cpu()[buckets]
    return bias.movedim(-1, 0)


def _encoder_bias(model: Any, max_source: int) -> Tensor:
    distances = torch.arange(-(max_source - 1), max_source)
    return _bias_by_distance(model.encoder, model.config, distances, both_ways=True)


def _decoder_bias(model: Any, max_target: int) -> Tensor:
    positions = torch.arange(max_target)
    distances = positions[None, :] - positions[:, None]
    bias = _bias_by_distance(model.decoder, model.config, distances, both_ways=False)
    return bias.masked_fill(distances > 0, -torch.inf).transpose(0, 1)


class _Fuser:
    """Stacks the matrices that share an input and folds the preceding norm into their columns."""

    def __init__(self, config: Any, formats: Formats) -> None:
        self._gated = bool(config.is_gated_act)
        self._gain = config.d_model**0.5 if formats.is_cpu else 1.0
        self._formats = formats

    def fold(self, norm: Any, *linears: Any) -> Tensor:
        """Rows of all linears, columns scaled by the norm's weight (and what `rms_norm` leaves to it)."""
        stacked = torch.cat([linear.weight.detach().float() for linear in linears])
        folded: Tensor = stacked * (norm.weight.detach().float() * self._gain)
        return folded

    def encoder_layer(self, block: Any) -> EncoderLayer:
        """Layers of an encoder block: self-attention, feed-forward."""
        formats = self._formats
        return EncoderLayer(**self._shared_parts(block, formats.encoder, formats.feed_forward))

    def decoder_layer(self, block: Any) -> DecoderLayer:
        """Layers of a decoder block: self-attention, cross-attention, feed-forward."""
        make = self._formats.decoder
        cross = block.layer[1]
        return DecoderLayer(
            **self._shared_parts(block, make, make),
            cross_q=make(self.fold(cross.layer_norm, cross.EncDecAttention.q)),
            cross_o=make(cross.EncDecAttention.o.weight.detach().float()),
        )

    def _shared_parts(
        self, block: Any, make: Callable[[Tensor], Linear], make_dense: Callable[[Tensor], Linear]
    ) -> dict[str, Linear]:
        attention, dense = block.layer[0].SelfAttention, block.layer[-1].DenseReluDense
        inputs = (dense.wi_0, dense.wi_1) if self._gated else (dense.wi,)
        return {
            "qkv": make(self.fold(block.layer[0].layer_norm, attention.q, attention.k, attention.v)),
            "o": make(attention.o.weight.detach().float()),
            "wi": make_dense(self.fold(block.layer[-1].layer_norm, *inputs)),
            "wo": make_dense(dense.wo.weight.detach().float()),
        }


def fuse(model: Any, formats: Formats, *, max_source_tokens: int, max_target_tokens: int) -> T5Weights:
    """Copy a `T5ForConditionalGeneration` into fused form; the model itself is not needed afterwards.

    Raises `UnsupportedModel`.
    """
    config = model.config
    check_supported(config)
    fuser = _Fuser(config, formats)
    cross = [block.layer[1].EncDecAttention for block in model.decoder.block]
    cross_kv = fuser.fold(
        model.encoder.final_layer_norm, *(part for layer in cross for part in (layer.k, layer.v))
    )
    head = fuser.fold(model.decoder.final_layer_norm, model.lm_head)
    if scales_decoder_outputs(config):
        head *= config.d_model**-0.5

    return T5Weights(
        embedding=model.shared.weight.detach().to(formats.device, formats.attention, copy=True),
        encoder=[fuser.encoder_layer(block) for block in model.encoder.block],
        decoder=[fuser.decoder_layer(block) for block in model.decoder.block],
        cross_kv=formats.encoder(cross_kv),
        head=formats.decoder(head),
        encoder_bias=_encoder_bias(model, max_source_tokens).to(formats.device, formats.attention),
        decoder_bias=_decoder_bias(model, max_target_tokens).to(formats.device, formats.activations),
        activation=ACTIVATIONS[config.dense_act_fn],
        gated=bool(config.is_gated_act),
        heads=int(config.num_heads),
        d_kv=int(config.d_kv),
        norm_epsilon=float(config.layer_norm_epsilon),
        norm_floor=torch.tensor((config.d_model * config.layer_norm_epsilon) ** 0.5, device=formats.device),
        start_token_id=int(config.decoder_start_token_id or 0),
    )
