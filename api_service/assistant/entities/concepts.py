"""Words of names as concepts: "fridge", "refrigerator" and "icebox" are one, "heatpump" is "heat pump"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from api_service.assistant.entities.appliances import groups
from api_service.assistant.text.spelling import MIN_LENGTH, allowed_edits
from api_service.assistant.text.tokens import tokenize, words_text

LONGEST_PHRASE = 4
_MIN_JOINED = 3
_ORDINALS = {
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth"
}  # fmt: skip
_MIN_SLIPPED = 6


@dataclass(frozen=True, slots=True)
class Concept:
    """The words `[first, last)` as one concept; `is_plural` where they were written in the plural."""

    key: str
    first: int
    last: int
    is_plural: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Concepts that stand side by side."""

    concepts: tuple[Concept, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What they are called in the index."""
        return tuple(concept.key for concept in self.concepts)

    def first(self, count: int) -> "Run":
        """The first so many of them."""
        return Run(self.concepts[:count])


@cache
def lexicon() -> Mapping[str, str]:
    """Names of appliances and rooms, spaced and joined, with their concept: the first name of a group."""
    found: dict[str, str] = {}
    for group in groups():
        names = [words_text(tokenize(name)) for name in group]  # "3d printer" is read as "3 d printer"
        for name in names:
            found.setdefault(name, names[0])
            if " " in name and min(map(len, name.split())) >= _MIN_JOINED:
                found.setdefault(name.replace(" ", ""), names[0])
    return found


@cache
def _appliance_words() -> tuple[str, ...]:
    return tuple(sorted({word for name in lexicon() for word in name.split() if len(word) >= MIN_LENGTH}))


@lru_cache(maxsize=4096)
def nearest_appliance(word: str) -> tuple[str, int] | None:
    """A word of an appliance's name that a longer word is a slip of, with the number of slips."""
    if len(word) < _MIN_SLIPPED:
        return None
    limit = allowed_edits(len(word))
    best = process.extractOne(word, _appliance_words(), scorer=OSA.distance, score_cutoff=limit)
    return (str(best[0]), int(best[1])) if best and best[0][0] == word[0] else None


@cache
def _phrase_starts() -> frozenset[str]:
    """First words of names of several words, and first parts of those that are written as one."""
    spaced = {name.split()[0] for name in lexicon() if " " in name}
    parts = {name[:end] for name in lexicon() if " " not in name for end in range(_MIN_JOINED, len(name) - 2)}
    return frozenset(spaced | parts)


def concepts_of(words: Sequence[str]) -> list[Concept]:
    """The words as concepts, the longest phrases first from the left; an unknown word is its own concept."""
    found: list[Concept] = []
    at = 0
    while at < len(words):
        concept = concept_at(words, at)
        found.append(concept)
        at = concept.last
    return found


def concept_at(words: Sequence[str], at: int) -> Concept:
    """The longest concept that begins at a word."""
    longest = min(LONGEST_PHRASE, len(words) - at) if words[at] in _phrase_starts() else 1
    for length in range(longest, 1, -1):
        phrase = words[at : at + length]
        for singular in (" ".join(phrase), singular_of(" ".join(phrase))):
            key = lexicon().get(singular) or _joined(phrase, singular)
            if key is not None:
                return Concept(key, at, at + length, singular != " ".join(phrase))
    word = str(int(words[at])) if words[at].isdecimal() else _ORDINALS.get(words[at], words[at])
    singular = singular_of(word)
    key = lexicon().get(word) or lexicon().get(singular)
    is_plural = singular != word and word not in lexicon()
    return Concept(key or singular, at, at + 1, is_plural)


def _joined(phrase: Sequence[str], singular: str) -> str | None:
    """ "dish washer" for "dishwasher"."""
    if min(map(len, phrase)) < _MIN_JOINED:
        return None
    return lexicon().get(singular.replace(" ", ""))


@lru_cache(maxsize=8192)
def singular_of(word: str) -> str:
    """A word without the ending of an English plural."""
    if len(word) < 4 or word.endswith("ss") or not word.endswith("s"):
        return word
    for ending, singular in (("ies", "y"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("sses", "ss")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + singular
    return word.removesuffix("s")
