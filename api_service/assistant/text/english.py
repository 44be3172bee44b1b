"""Whether a word is English, by a list of 160,000 words that occur in print (pyspellchecker's)."""

from functools import cache


@cache
def english_words() -> frozenset[str]:
    """All words of the list, lower case. The first call reads it, in 0.4 s: `warm_up` at the start."""
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language="en", distance=1).word_frequency.dictionary)


def is_english(word: str) -> bool:
    """Whether the list holds the word, or what is left of it without an ending of a possessive."""
    words = english_words()
    return word in words or word.removesuffix("'s") in words


def warm_up() -> None:
    """Read the list now; blocking, for a thread at the start of a process."""
    english_words()
