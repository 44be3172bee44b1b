"""Account for every word: which words and slots of a question its query does not hold; pure.

The vocabulary (coverage.toml) says which parts of a query account for a word. What is left over is what a
misreading would silently drop.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api_service.assistant.query.linear import print_request, slots_used
from api_service.assistant.query.query import Outcome, Per, Query, Request, SlotKind
from api_service.assistant.query.syntax import slot_of
from api_service.metering.measures import MEASURES

VOCABULARY_FILE = Path(__file__).with_name("coverage.toml")
UNKNOWN_WEIGHT = 0.5
"""Of a word that the vocabulary does not hold: it may narrow the question."""

_LONGEST_PHRASE = 5
_SUFFIXES = ("'s", "s'", "s", "es", "ed", "d", "ing", "ly", "er")


@dataclass(frozen=True, slots=True)
class Concept:
    """The parts of a query that account for a word, and how much it matters when none is there."""

    parts: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Leftover:
    """Words `[start, end)` of the question that no part of the query accounts for.

    `weight` from 0 to 1: 1 for a slot or a word that changes what is asked.
    """

    text: str
    start: int
    end: int
    weight: float


def leftovers(words: Sequence[str], request: Request) -> list[Leftover]:
    """What of the masked question `request` does not hold, in the order of the question.

    `words` are lower-case words without punctuation, slots written `<extra_id_N>`; the name of a slot's kind
    before it is passed over. What is declined or small talk leaves nothing over.
    """
    if isinstance(request, Outcome):
        return []
    parts, used = parts_of(request), {use.slot for use in slots_used(request)}
    places = [place for place in range(len(words)) if not _names_kind(words, place)]
    found, next_place = [], 0
    while next_place < len(places):
        count, concepts = _match([words[place] for place in places[next_place:][:_LONGEST_PHRASE]])
        start, end = places[next_place], places[next_place + count - 1] + 1
        slot = slot_of(words[start])
        weight = _weight(concepts, parts) if slot is None else float(slot not in used)
        if weight > 0:
            found.append(Leftover(" ".join(words[start:end]), start, end, weight))
        next_place += count
    return found


def parts_of(request: Request) -> frozenset[str]:
    """The words of the linear form, with the statistic and the grouping that it leaves out."""
    parts = {word for word in print_request(request).split() if slot_of(word) is None}
    if isinstance(request, Query):
        parts |= {request.statistic.value} | ({"device"} if request.grouping is Per.DEVICE else set())
    return frozenset(parts)


def _names_kind(words: Sequence[str], place: int) -> bool:
    is_kind = words[place] in tuple(SlotKind)
    return is_kind and place + 1 < len(words) and slot_of(words[place + 1]) is not None


def _weight(concepts: Sequence[Concept], parts: frozenset[str]) -> float:
    """0 where any meaning of the word is in the query, else the least that any meaning weighs."""
    if not concepts:
        return UNKNOWN_WEIGHT
    if any(concept.parts & parts for concept in concepts):
        return 0.0
    return min(concept.weight for concept in concepts)


def _match(words: Sequence[str]) -> tuple[int, Sequence[Concept]]:
    """How many words the longest known phrase has that begins `words`, and its meanings; else one word."""
    known = vocabulary()
    for count in range(len(words), 0, -1):
        before, last = words[: count - 1], words[count - 1]
        for form in _forms(last):
            phrase = " ".join([*before, form])
            if phrase in known:
                return count, known[phrase]
    return 1, ()


def _forms(word: str) -> list[str]:
    """The word, and what it may be inflected from: "guzzles" from "guzzle"."""
    stems = [word.removesuffix(suffix) for suffix in _SUFFIXES if word.endswith(suffix)]
    return [word, *(form for stem in stems if len(stem) > 2 for form in (stem, stem + "e"))]


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, tuple[Concept, ...]]:
    """Every word and phrase with its meanings, those of the registry's synonyms and units included."""
    known: dict[str, tuple[Concept, ...]] = {}
    with VOCABULARY_FILE.open("rb") as file:
        rows = tomllib.load(file)["concepts"]
    for row in rows:
        concept = Concept(frozenset(row["parts"].split()), float(row.get("weight", 1.0)))
        for phrase in row["words"]:
            known[phrase] = (*known.get(phrase, ()), concept)
    for measure in MEASURES.values():
        units = [spelling for scale in measure.scales for spelling in scale.spellings if spelling.isalpha()]
        concept = Concept(frozenset({measure.key}), 1.0)
        for phrase in {*measure.synonyms, *units}:
            known[phrase] = (*known.get(phrase, ()), concept)
    return known
