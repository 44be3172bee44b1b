"""The bundled model's own vocabulary: whole words where they matter, pieces of words for the rest.

In the form that `AutoTokenizer` loads: a Unigram model, as T5's own.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
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
SPACE = "\u2581"
PIECES = 800
"""Pieces of words, for what is no whole word of the vocabulary."""

_WORD_SCORE, _PIECE_SCORE, _LETTER_SCORE = -4.0, -9.0, -12.0
_SPLIT = Regex(rf"[^\w{SPACE}']")


def build_tokenizer(words: Sequence[str], texts: Iterable[str]) -> Tokenizer:
    """A tokenizer with each of `words` as one piece; the other pieces are learnt from the words of `texts`.

    Ids: pad 0, end 1, unknown 2, sentinels last, as in T5.
    """
    whole = [SPACE + word for word in dict.fromkeys(words)]
    letters = [SPACE, *ALPHABET, *(SPACE + letter for letter in ALPHABET)]
    pieces = [piece for piece in _pieces(texts) if piece not in {*whole, *letters}][:PIECES]
    scored: dict[str, float] = dict.fromkeys((PAD, EOS, UNK), 0.0)
    scored |= dict.fromkeys(letters, _LETTER_SCORE)
    scored |= dict.fromkeys(pieces, _PIECE_SCORE)
    scored |= dict.fromkeys(whole, _WORD_SCORE)
    tokenizer = Tokenizer(models.Unigram(list(scored.items()), unk_id=2))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    # lstrip: the space before a sentinel belongs to it, so that it costs no piece of its own
    tokenizer.add_special_tokens([PAD, EOS, UNK])
    tokenizer.add_special_tokens(
        [AddedToken(f"<extra_id_{n}>", lstrip=True, normalized=False) for n in reversed(range(SENTINELS))]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {EOS}", special_tokens=[(EOS, tokenizer.token_to_id(EOS))]
    )
    return tokenizer


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Split(_SPLIT, "isolated"),
        ]
    )


def _pieces(texts: Iterable[str]) -> list[str]:
    """Pieces by byte-pair merges over the words of `texts`, each word counted once: rare words matter too."""
    words = sorted({word for text in texts for word in text.split()})
    tokenizer = Tokenizer(models.BPE(unk_token=UNK))
    tokenizer.pre_tokenizer = _pre_tokenizer()
    trainer = trainers.BpeTrainer(vocab_size=3 * PIECES, show_progress=False, initial_alphabet=ALPHABET)
    tokenizer.train_from_iterator([" " + word for word in words], trainer)
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in by_id if len(piece.strip(SPACE)) > 1]


def frequent(texts: Iterable[str], least: int) -> list[str]:
    """Words (without sentinels) that occur `least` times or more, the most frequent first."""
    counts = Counter(word.strip(".,;:?!") for text in texts for word in text.split() if "<" not in word)
    return [word for word, count in counts.most_common() if count >= least and word]


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
