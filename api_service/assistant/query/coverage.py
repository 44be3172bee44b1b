"""Account for every word: which words and slots of a question its query does not hold; pure.

The vocabulary (coverage.toml) says which parts of a query account for a word. What is left over is what a
misreading would silently drop.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api_service.assistant.query.linear import print_request, slots_used
from api_service.assistant.query.query import Outcome, Per, Query, Request, SlotKind, WindowForm
from api_service.assistant.query.question_forms import fits_form
from api_service.assistant.query.syntax import slot_of
from api_service.metering.measures import MEASURES, Statistic

VOCABULARY_FILE = Path(__file__).with_name("coverage.toml")
UNKNOWN_WEIGHT, MODIFIER_WEIGHT, SUBJECT_WEIGHT = 0.3, 0.7, 0.8
"""Of a word that the vocabulary does not hold; more before a device, whose name it may narrow ("second"), and
where it stands as a name does, most as the subject ("did the telescope")."""

_DECISIVE = """
    above below between normal poor on off silent reporting but rest every ever most least usual share
    difference ratio more less group hour day week month hour_of_day weekday weekday_or_weekend
"""
DECISIVE_PARTS = frozenset(_DECISIVE.split())
"""Parts that some word must have asked for."""

BEFORE_A_SUBJECT = frozenset(("did", "does", "do", "has", "have", "had"))
DETERMINERS = frozenset(("the", "my", "our", "his", "her", "their"))
OF_EVENTS = frozenset(("since", "before", "after", "during", "while", "until", "till"))
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
    parts, uses = parts_of(request), {use.slot: use.kinds for use in slots_used(request)}
    has_no_device = not any(SlotKind.DEVICE in kinds for kinds in uses.values())
    found = []
    for phrase in _phrases(words):
        slot = slot_of(words[phrase.start])
        if slot is not None:
            weight = float(slot not in uses)
        elif phrase.concepts:
            weight = _weight(phrase.concepts, parts)
        else:
            following = slot_of(words[phrase.next]) if phrase.next < len(words) else None
            is_modifier = following is not None and SlotKind.DEVICE in uses.get(following, ())
            is_named = has_no_device and _follows_article(words, phrase.start) and "around" not in parts
            is_subject = is_named and phrase.start > 1 and words[phrase.start - 2] in BEFORE_A_SUBJECT
            weight = MODIFIER_WEIGHT if is_modifier or is_named else UNKNOWN_WEIGHT
            weight = SUBJECT_WEIGHT if is_subject else weight
        if weight > 0:
            found.append(
                Leftover(" ".join(words[phrase.start : phrase.end]), phrase.start, phrase.end, weight)
            )
    return found


def strange_words(words: Sequence[str]) -> list[str]:
    """The words that the vocabulary does not hold, slots left out."""
    unknown = (phrase for phrase in _phrases(words) if not phrase.concepts)
    return [words[phrase.start] for phrase in unknown if slot_of(words[phrase.start]) is None]


def evokes(words: Sequence[str], part: str) -> bool:
    """Whether some word asks for a part of a query, or for an outcome."""
    return any(part in concept.parts for phrase in _phrases(words) for concept in phrase.concepts)


def _follows_article(words: Sequence[str], place: int) -> bool:
    """Whether a word stands as a name would: "the sauna", not "during the storms"."""
    if place == 0 or words[place - 1] not in DETERMINERS:
        return False
    return place < 2 or words[place - 2] not in OF_EVENTS


def unfounded(words: Sequence[str], request: Request) -> list[str]:
    """Parts of a query that change its meaning and that no word of the question asks for.

    For a question by itself: what a follow-up inherits stands in no word of its own.
    """
    if not isinstance(request, Query):
        return []
    evoked = {part for phrase in _phrases(words) for concept in phrase.concepts for part in concept.parts}
    default = MEASURES[request.measure].default_statistic if request.measure in MEASURES else None
    parts = parts_of(request) & DECISIVE_PARTS
    if request.statistic not in (default, Statistic.LATEST):
        parts |= {request.statistic.value}
    form = set() if fits_form(words, request.ask) else {request.ask.value}
    return sorted((parts - evoked - _implied(request)) | form)


def _implied(request: Query) -> frozenset[str]:
    """Times of different length are compared by their daily mean, said or not."""
    hours = request.where.hours
    unequal = request.per is Per.WEEKDAY_OR_WEEKEND or (hours is not None and len(hours.slots) > 1)
    around = request.windows is not None and request.windows.form is WindowForm.AROUND
    return frozenset({"mean", "day", "weekday_or_weekend"}) if unequal or around else frozenset()


def parts_of(request: Request) -> frozenset[str]:
    """The words of the linear form, with the statistic and the grouping that it leaves out."""
    parts = {word for word in print_request(request).split() if slot_of(word) is None}
    if isinstance(request, Query):
        parts |= {request.statistic.value} | ({"device"} if request.grouping is Per.DEVICE else set())
    return frozenset(parts)


def _names_kind(words: Sequence[str], place: int) -> bool:
    is_kind = words[place] in tuple(SlotKind)
    return is_kind and place + 1 < len(words) and slot_of(words[place + 1]) is not None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words `[start, end)` that were looked up together, their meanings, and where the next phrase begins."""

    start: int
    end: int
    next: int
    concepts: Sequence[Concept]


def _phrases(words: Sequence[str]) -> Iterator[_Phrase]:
    """The words in order, in the longest phrases that are known; names of the kinds of slots are left out."""
    places = [place for place in range(len(words)) if not _names_kind(words, place)]
    index = 0
    while index < len(places):
        count, concepts = _match([words[place] for place in places[index:][:_LONGEST_PHRASE]])
        following = places[index + count] if index + count < len(places) else len(words)
        yield _Phrase(places[index], places[index + count - 1] + 1, following, concepts)
        index += count


def _weight(concepts: Sequence[Concept], parts: frozenset[str]) -> float:
    """0 where any meaning of the word is in the query, else the least that any meaning weighs."""
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
        units = [
            spelling for scale in measure.scales for spelling in scale.spellings if spelling[0].isalpha()
        ]
        concept = Concept(frozenset({measure.key}), 1.0)
        for phrase in {*measure.synonyms, *units}:
            known[phrase] = (*known.get(phrase, ()), concept)
    return known
