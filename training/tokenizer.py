"""The bundled model's own small vocabulary, in the form that `AutoTokenizer` loads."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

SENTINELS = 100
PAD, EOS, UNK = "<pad>", "</s>", "<unk>"
ALPHABET = [chr(code) for code in range(33, 127)] + list("\u201c\u201d\u2019äöüßáéíóúñ°")


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A BPE vocabulary of `vocab_size` pieces in all: pad 0, end 1, unknown 2, sentinels last as in T5."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNK))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Punctuation(behavior="isolated"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - SENTINELS,
        special_tokens=[PAD, EOS, UNK],
        initial_alphabet=ALPHABET,
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # lstrip: the space before a sentinel belongs to it, so that it costs no piece of its own
    tokenizer.add_special_tokens(
        [AddedToken(f"<extra_id_{n}>", lstrip=True, normalized=False) for n in reversed(range(SENTINELS))]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {EOS}", special_tokens=[(EOS, tokenizer.token_to_id(EOS))]
    )
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write `tokenizer.json` and its configuration."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 512,
        "pad_token": PAD,
        "eos_token": EOS,
        "unk_token": UNK,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
