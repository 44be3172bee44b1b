"""Which candidate reading the words of a question speak for: a linear model beside T5; no torch.

For each symbol of the query language it holds the log-odds that the symbol stands in the query, given the
words, word pairs and pieces of words of the prompt. T5 reads in order and may go wrong at one symbol; this
model sees no order and errs elsewhere, so that the two together choose better than either.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

RERANKER_FILE = "reranker.safetensors"
PREVIOUS_MARK = "; last:"
"""What stands before the previous query in a prompt, see `render_reading`."""
UNKNOWN_SYMBOL = -2.0
"""Log-odds of a symbol that training hardly ever saw."""
SHORT_FOLLOW_UP = 5
_TASK = "read:"
_PIECE = 4


@dataclass(frozen=True, eq=False)
class Reranker:
    """`weights` (buckets, symbols) in units of `scales` (symbols,); `bias` (symbols,); all log-odds.

    `weight` is what one unit of its score counts beside the log-probability of T5.
    """

    symbols: dict[str, int]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    weight: float

    def shares(self, prompt: str, candidates: Sequence[tuple[str, float]]) -> list[float]:
        """The probability of each candidate (linear form, log-probability by T5); they add up to 1."""
        scores = self.scores(prompt, [text for text, _ in candidates])
        return softmax(
            [logprob + self.weight * score for (_, logprob), score in zip(candidates, scores, strict=True)]
        )

    def scores(self, prompt: str, queries: Sequence[str]) -> list[float]:
        """The summed log-odds of the symbols of each query."""
        rows = self.weights[buckets(prompt, len(self.weights))].sum(0, dtype=np.int32)
        log_odds = rows * self.scales + self.bias
        return [
            sum(
                float(log_odds[self.symbols[symbol]]) if symbol in self.symbols else UNKNOWN_SYMBOL
                for symbol in symbols_of(query)
            )
            for query in queries
        ]


def load_reranker(folder: Path) -> Reranker | None:
    """The reranker of a checkpoint; None where it has none. Raises OSError, ValueError or KeyError."""
    path = folder / RERANKER_FILE
    if not path.is_file():
        return None
    with safe_open(path, framework="numpy") as file:
        written = file.metadata() or {}
        symbols: list[str] = json.loads(written["symbols"])
        return Reranker(
            {symbol: place for place, symbol in enumerate(symbols)},
            file.get_tensor("weights"),
            file.get_tensor("scales"),
            file.get_tensor("bias"),
            float(written["weight"]),
        )


def softmax(values: Sequence[float]) -> list[float]:
    """Log-weights as shares that add up to 1."""
    powers = np.exp(np.array(values) - max(values))
    return [float(share) for share in powers / powers.sum()]


def symbols_of(query: str) -> set[str]:
    """The symbols of a linear form, each once."""
    return set(query.split())


def buckets(prompt: str, count: int) -> list[int]:
    """The features of a prompt by number, below `count`; two of them may share one."""
    return sorted({zlib.crc32(feature.encode()) % count for feature in _features(prompt)})


def _features(prompt: str) -> Iterator[str]:
    question, _, previous = prompt.removeprefix(_TASK).partition(PREVIOUS_MARK)
    words = question.split()
    yield f"^{' '.join(words[:1])}"
    yield f"^{' '.join(words[:2])}"
    for place, word in enumerate(words):
        yield word
        yield from _pieces(word)
        if place + 1 < len(words):
            yield f"{word} {words[place + 1]}"
        if place + 2 < len(words):
            yield f"{word} {words[place + 1]} {words[place + 2]}"
            yield f"{word} * {words[place + 2]}"
    if previous:
        yield from _previous_features(previous.split(), is_short=len(words) < SHORT_FOLLOW_UP)


def _pieces(word: str) -> Iterator[str]:
    """Parts of a longer word, so that a typo or an ending leaves something known."""
    if len(word) > _PIECE and not word.startswith("<"):
        framed = f"<{word}>"
        for start in range(len(framed) - _PIECE + 1):
            yield f"~{framed[start : start + _PIECE]}"


def _previous_features(symbols: Sequence[str], *, is_short: bool) -> Iterator[str]:
    yield "|"
    for place, symbol in enumerate(symbols):
        yield f"|{symbol}"
        yield f"|{symbol} {is_short}"
        if place + 1 < len(symbols):
            yield f"|{symbol} {symbols[place + 1]}"
