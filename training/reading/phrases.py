"""Finding and replacing phrases in the words of a question."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
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


@cache
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


SLOT, EDGE = "<>", "."
"""How `after` and `before` of a row name a slot, and the start or end of the sentence."""


@dataclass(frozen=True)
class Same:
    """A row of paraphrases.toml: phrases that are looked for (`say`) and put in (`say` and `also`)."""

    say: Phrases
    also: Phrases
    query: tuple[frozenset[str], ...]
    without: frozenset[str]
    after: frozenset[str]
    not_after: frozenset[str]
    before: frozenset[str]
    not_before: frozenset[str]
    unless: frozenset[str]

    def fits(self, tokens: frozenset[str]) -> bool:
        """Whether the row holds for a query with these words."""
        return all(tokens & choices for choices in self.query) and not self.without & tokens

    def places(self, words: Sequence[Word]) -> list[Found]:
        """Where a phrase stands between neighbours that let it be exchanged."""
        if not self.unless.isdisjoint(words):
            return []
        return [
            found
            for found in occurrences(words, self.say)
            if _lets(_neighbour(words, found.start - 1), self.after, self.not_after)
            and _lets(_neighbour(words, found.end), self.before, self.not_before)
        ]


def _neighbour(words: Sequence[Word], at: int) -> str:
    if not 0 <= at < len(words):
        return EDGE
    word = words[at]
    return word if isinstance(word, str) else SLOT


def _lets(neighbour: str, only: frozenset[str], never: frozenset[str]) -> bool:
    return neighbour not in never and (not only or neighbour in only)


def row_of_same(row: Mapping[str, Any]) -> Same:
    """A row as it is written in paraphrases.toml."""

    def words(name: str) -> frozenset[str]:
        return frozenset(row.get(name, "").split())

    return Same(
        phrases(row["say"]),
        phrases(row.get("also", ())),
        tuple(frozenset(choices.split("|")) for choices in row.get("query", "").split()),
        words("without"),
        words("after") | ({EDGE} if row.get("start") else frozenset()),
        words("not_after"),
        words("before"),
        words("not_before"),
        words("unless"),
    )


@lru_cache(maxsize=1)
def rows_of_same() -> tuple[Same, ...]:
    """All rows of paraphrases.toml."""
    return tuple(row_of_same(row) for row in load("paraphrases.toml")["same"])


@lru_cache(maxsize=65536)
def _rows_for(target: str) -> tuple[Same, ...]:
    tokens = frozenset(target.split())
    return tuple(same for same in rows_of_same() if same.fits(tokens))


def paraphrased(reading: Reading, rng: random.Random, chance: float = 0.5) -> Reading:
    """The question in other words of the same meaning; each phrase that is known changes with `chance`."""
    words = reading.words
    for same in _rows_for(reading.target):
        if rng.random() < chance:
            found = same.places(words)
            if len(found) == 1:
                words = replaced(words, found[0], rng.choice((*same.say, *same.also)))
    return replace(reading, words=words)
