"""Models of FLAN-T5's real shapes with random weights: speed does not depend on what the weights say."""

from typing import Any

import torch
from transformers import T5Config, T5ForConditionalGeneration

SHAPES = {
    "small": {"d_model": 512, "d_ff": 1024, "num_layers": 8, "num_heads": 6},
    "base": {"d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12},
    "large": {"d_model": 1024, "d_ff": 2816, "num_layers": 24, "num_heads": 16},
    "xl": {"d_model": 2048, "d_ff": 5120, "num_layers": 24, "num_heads": 32},
}
VOCABULARY = 32128


def random_model(shape: str) -> Any:
    """A T5 v1.1 in fp32 on the CPU whose greedy answers never end by themselves."""
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=VOCABULARY,
        d_kv=64,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        **SHAPES[shape],
    )
    model = T5ForConditionalGeneration(config).eval()
    head = torch.randn(VOCABULARY, config.d_model) * config.d_model**-0.5
    model.lm_head.weight = torch.nn.Parameter(head, requires_grad=False)
    model.generation_config.eos_token_id = None
    return model


def decoder_parameters(model: Any) -> int:
    """Weights that a decode step has to read: decoder and head, not the keys and values of prompts."""
    total = int(model.lm_head.weight.numel())
    for block in model.decoder.block:
        total += sum(weights.numel() for weights in block.parameters())
        cross = block.layer[1].EncDecAttention
        total -= cross.k.weight.numel() + cross.v.weight.numel()
    return total
