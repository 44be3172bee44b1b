"""The model: a small T5 v1.1, its embeddings begun from word vectors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import T5Config, T5ForConditionalGeneration

from training.learning.tokenizer import SPACE
from training.learning.word_vectors import DIMENSIONS, vectors_of


@dataclass(frozen=True)
class Shape:
    """The sizes of the model."""

    d_model: int = 192
    d_kv: int = 32
    d_ff: int = 448
    heads: int = 6
    encoder_layers: int = 3
    decoder_layers: int = 2
    dropout: float = 0.05


def new_model(shape: Shape, vocab_size: int, seed: int) -> T5ForConditionalGeneration:
    """A fresh T5 v1.1: gated-GELU, and a head of its own, drawn small.

    T5's default standard deviation of 1 for the head starts at a loss near 95. transformers 5 ties every T5
    head to the embeddings when it makes a model, so the head is replaced here.
    """
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=64 * math.ceil(vocab_size / 64),
        d_model=shape.d_model,
        d_kv=shape.d_kv,
        d_ff=shape.d_ff,
        num_heads=shape.heads,
        num_layers=shape.encoder_layers,
        num_decoder_layers=shape.decoder_layers,
        dropout_rate=shape.dropout,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = T5ForConditionalGeneration(config)
    head = torch.randn_like(model.lm_head.weight) * shape.d_model**-0.5
    model.lm_head.weight = nn.Parameter(head)
    _lighten(model)
    return model


def continued_model(folder: Path) -> T5ForConditionalGeneration:
    """A checkpoint of this recipe, to be trained further; its embeddings are a plain table by now."""
    model: T5ForConditionalGeneration = T5ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32
    )
    _lighten(model)
    return model


def _lighten(model: nn.Module) -> None:
    """Make a step cheaper on a CPU: the same GELU in one kernel, dropout on the residual stream alone."""
    for module in model.modules():
        if hasattr(module, "act"):
            module.act = nn.GELU(approximate="tanh")
        if hasattr(module, "wi_0"):
            module.dropout = nn.Identity()
        if hasattr(module, "relative_attention_bias") or hasattr(module, "has_relative_attention_bias"):
            setattr(module, "dropout", 0.0)  # noqa: B010


class WordEmbedding(nn.Module):
    """Embedding = word vector times a learnt map + a vector of its own.

    The map is shared, so that a word that no sentence has held moves with its neighbours. A part of the own
    vectors is left out at random in training (`own_dropout`), so that the map learns to do without them.
    Folded into a plain table by `table`.
    """

    vectors: torch.Tensor
    has_vector: torch.Tensor

    def __init__(self, pieces: Sequence[str], rows: int, d_model: int, own_dropout: float = 0.15) -> None:
        super().__init__()
        words = [piece.removeprefix(SPACE) if piece.startswith(SPACE) else "" for piece in pieces]
        vectors, known = vectors_of(words)
        fixed = torch.zeros(rows, DIMENSIONS)
        fixed[: len(pieces)] = torch.from_numpy(vectors)
        self.register_buffer("vectors", fixed)
        has_vector = torch.zeros(rows, 1)
        has_vector[: len(pieces), 0] = torch.from_numpy(known).float()
        self.register_buffer("has_vector", has_vector)
        self.map = nn.Parameter(torch.randn(DIMENSIONS, d_model) * DIMENSIONS**-0.5)
        self.own = nn.Parameter(torch.randn(rows, d_model) * (1 - has_vector))
        self.own_dropout = own_dropout

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Embeddings `(batch, tokens, d_model)`."""
        own = nn.functional.embedding(ids, self.own)
        if self.training and self.own_dropout:
            droppable = nn.functional.embedding(ids, self.has_vector)
            dropped = (torch.rand_like(droppable) < self.own_dropout).float() * droppable
            own = own * (1 - dropped)
        return nn.functional.embedding(ids, self.vectors) @ self.map + own

    def table(self) -> torch.Tensor:
        """The plain embeddings `(rows, d_model)`."""
        return (self.vectors @ self.map + self.own).detach()


def use_embedding(model: Any, embedding: nn.Module) -> None:
    """Put `embedding` in the place of the model's own for encoder and decoder."""
    model.shared = embedding
    model.encoder.embed_tokens = embedding
    model.decoder.embed_tokens = embedding


def fold_embedding(model: Any) -> None:
    """Put a plain table in the place of a `WordEmbedding`; what the model computes stays the same."""
    if isinstance(model.shared, WordEmbedding):
        table = model.shared.table()
        use_embedding(model, nn.Embedding.from_pretrained(table, freeze=False, padding_idx=None))
