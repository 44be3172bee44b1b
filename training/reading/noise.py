"""Noise: fillers and politeness, dropped words, slips of the finger that survive the mask's speller."""

import random
from dataclasses import replace
from functools import lru_cache

from api_service.assistant.text.spelling import mended
from training.reading.phrases import load
from training.reading.reading import Reading, Word

LEAST_LETTERS = 4


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...], frozenset[str]]:
    rows = load("noise.toml")
    before = tuple(tuple(text.split()) for text in rows["before"])
    after = tuple(tuple(text.split()) for text in rows["after"])
    return before, after, frozenset(rows["droppable"])


def noisy(reading: Reading, rng: random.Random) -> Reading:
    """The pair as a hasty, a polite or a talkative person would type it."""
    before, after, droppable = _vocabulary()
    words: list[Word] = list(reading.words)
    if rng.random() < 0.25:
        words = [word for word in words if word not in droppable or rng.random() < 0.4] or words
    if rng.random() < 0.2:
        words = [_slip(word, rng) if isinstance(word, str) and rng.random() < 0.2 else word for word in words]
    if rng.random() < 0.22:
        words = [*rng.choice(before), *words]
    if rng.random() < 0.18:
        words = [*words, *rng.choice(after)]
    return replace(reading, words=tuple(words))


def _slip(word: str, rng: random.Random) -> str:
    """The word with two letters swapped, one dropped, doubled or replaced, as the mask hands it on."""
    if len(word) < LEAST_LETTERS or not word.isalpha():
        return word
    at = rng.randrange(1, len(word) - 1)
    typed = rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + rng.choice("aeiourstn") + word[at + 1 :],
        )
    )
    return mended(typed)


def as_masked(reading: Reading) -> Reading:
    """The words as the mask's speller writes them."""
    return replace(reading, words=tuple(mended(w) if isinstance(w, str) else w for w in reading.words))
