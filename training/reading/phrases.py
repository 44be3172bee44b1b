"""Finding and replacing phrases in the words of a question."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from training.reading.reading import Reading, Word

FOLDER = Path(__file__).parent

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A phrase at the words `[start, end)`."""

    start: int
    end: int
    phrase: Phrase


def load(name: str) -> Mapping[str, Any]:
    """A vocabulary file of this folder."""
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


class Phrases(tuple[Phrase, ...]):
    """Phrases, indexed by their first words."""

    by_first: Mapping[str, Sequence[Phrase]]


def phrases(texts: Sequence[str]) -> Phrases:
    """Texts as tuples of words, the longest first."""
    found = Phrases(sorted((tuple(text.split()) for text in texts), key=len, reverse=True))
    by_first: dict[str, list[Phrase]] = {}
    for phrase in found:
        by_first.setdefault(phrase[0], []).append(phrase)
    found.by_first = by_first
    return found


def occurrences(words: Sequence[Word], choices: Phrases) -> list[Found]:
    """Where any of `choices` stands, the longest at each place; they do not overlap."""
    if choices.by_first.keys().isdisjoint(words):
        return []
    found, end = [], 0
    for at, word in enumerate(words):
        if at < end or word not in choices.by_first:
            continue
        for phrase in choices.by_first[str(word)]:
            if tuple(words[at : at + len(phrase)]) == phrase:
                end = at + len(phrase)
                found.append(Found(at, end, phrase))
                break
    return found


def replaced(words: Sequence[Word], found: Found, phrase: Sequence[Word]) -> tuple[Word, ...]:
    """The words with another phrase in that place."""
    return (*words[: found.start], *phrase, *words[found.end :])


@dataclass(frozen=True)
class Same:
    """A row of paraphrases.toml."""

    say: Phrases
    query: frozenset[str]
    without: frozenset[str]
    start: bool

    def fits(self, tokens: frozenset[str]) -> bool:
        """Whether the row holds for a query with these words."""
        return self.query <= tokens and not self.without & tokens


@lru_cache(maxsize=1)
def rows_of_same() -> tuple[Same, ...]:
    """All rows of paraphrases.toml."""
    return tuple(
        Same(
            phrases(row["say"]),
            frozenset(row.get("query", "").split()),
            frozenset(row.get("without", "").split()),
            bool(row.get("start", False)),
        )
        for row in load("paraphrases.toml")["same"]
    )


def paraphrased(reading: Reading, rng: random.Random, chance: float = 0.5) -> Reading:
    """The question in other words of the same meaning; each phrase that is known changes with `chance`."""
    tokens = frozenset(reading.target.split())
    words = reading.words
    for same in rows_of_same():
        if same.fits(tokens) and rng.random() < chance:
            found = [f for f in occurrences(words, same.say) if not same.start or f.start == 0]
            if len(found) == 1:
                words = replaced(words, found[0], rng.choice(same.say))
    return replace(reading, words=words)
