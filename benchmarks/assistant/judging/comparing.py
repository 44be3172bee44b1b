"""Reads which of two devices an answer puts above the other, and which value it gives to each."""

import re
from dataclasses import dataclass

from benchmarks.assistant.gold.expected_answers import Expectation
from benchmarks.assistant.judging.answer_parser import Spoken, mentions, read_answer

_MORE = "more|most|higher|highest|greater|greatest|bigger|biggest|larger|largest|above|hungrier|heavier"
_LESS = "less|least|fewer|fewest|lower|lowest|smaller|smallest|below"
_COMPARING = re.compile(
    rf"\b(?:(?P<thrifty>(?:more|most)\s+(?:economical|efficient|frugal|thrifty))|(?P<more>{_MORE})|"
    rf"(?P<less>{_LESS}))\b",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|no|never)\b|n[’']t\b", re.IGNORECASE)
_OPENING = re.compile(r"\s*(yes|no)\b", re.IGNORECASE)
_APART_BEFORE = re.compile(r"(?:\b(?:difference|gap)\W*(?:of|is|was)?|\bby)\s*$", re.IGNORECASE)
_APART_AFTER = re.compile(rf"\s*(?:{_MORE}|{_LESS}|difference|apart)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Relation:
    """`higher` is said to be above `lower`."""

    higher: str
    lower: str


def read_relation(text: str, pair: tuple[str, str]) -> Relation | None:
    """The first comparison that the text makes of the two, whoever is named first; None where it makes none.

    "X … more … than Y" is read by the name after "than"; without one, the comparison word belongs to the
    last of the two that was named before it, else to the first one after it.
    """
    places = [place for place in mentions(text, pair) if place[2] in pair]
    blank = _without_names(text, places)
    word = _COMPARING.search(blank)
    if word is None or not places:
        return None
    subject = _subject(blank, word, places, pair)
    other = pair[1] if subject == pair[0] else pair[0]
    opening = _OPENING.match(blank)
    before = max(
        (end for _, end, _ in places if end <= word.start()), default=opening.end() if opening else 0
    )
    upward = (word["more"] is not None) != bool(_NOT.search(blank, before, word.start()))
    return Relation(subject, other) if upward else Relation(other, subject)


def _subject(
    text: str, word: re.Match[str], places: list[tuple[int, int, str]], pair: tuple[str, str]
) -> str:
    stop = text.find(". ", word.end())
    than = _THAN.search(text, word.end(), stop if stop > 0 else len(text))
    if than:
        after = [name for start, _, name in places if start >= than.end()]
        if after:
            return pair[1] if after[0] == pair[0] else pair[0]
    before = [name for _, end, name in places if end <= word.start()]
    return before[-1] if before else places[0][2]


def _without_names(text: str, places: list[tuple[int, int, str]]) -> str:
    for start, end, _ in places:
        text = text[:start] + "_" * (end - start) + text[end:]
    return text


def comparison_faults(text: str, question: str, expectation: Expectation) -> list[str]:
    """What is wrong with a comparison of the expectation's two devices, whose `values` are known.

    A stated relation must be true and quoted values must be those of the devices; without a relation both
    values must be there. A yes or no must fit a question that can be read as a relation itself.
    """
    pair = (expectation.devices[0], expectation.devices[1])
    measured = dict(zip(expectation.devices, (claim.value for claim in expectation.values), strict=True))
    true = Relation(*sorted(pair, key=lambda name: measured[name], reverse=True))
    quoted = _quoted(text, pair)
    said = read_relation(text, pair)
    if said is None and len(quoted) < 2:
        return ["makes no comparison"]
    faults = [f"{true.higher} is above {true.lower}"] if said not in (None, true) else []
    faults += _value_faults(text, quoted, expectation)
    return faults + _opening_faults(text, question, pair, true)


def _quoted(text: str, pair: tuple[str, str]) -> list[Spoken]:
    """Energies and powers of the text that are not said to be differences."""
    return [
        number
        for number in read_answer(text, pair).numbers
        if number.unit in ("W", "Wh")
        and not _APART_BEFORE.search(text[: number.at])
        and not _APART_AFTER.match(text, number.at + len(number.text))
    ]


def _value_faults(text: str, quoted: list[Spoken], expectation: Expectation) -> list[str]:
    """Values belong to the devices in the order of their mention, or each to the device just before it."""
    numbers = [number for number in quoted if number.unit == expectation.values[0].unit]
    if not quoted:
        return []
    wanted = dict(zip(expectation.devices, (claim.value for claim in expectation.values), strict=True))
    if len(numbers) == 1 and len(quoted) == 1:
        fits = any(numbers[0].informs(value) for value in wanted.values())
        return [] if fits else [f"{numbers[0].text} is neither's value"]
    places = [place for place in mentions(text, expectation.devices) if place[2] in wanted]
    order = list(dict.fromkeys(name for _, _, name in places))
    by_order = dict(zip(order, numbers, strict=False))
    by_neighbour: dict[str, Spoken] = {}
    for number in numbers:
        before = [name for start, _, name in places if start < number.at]
        if before:
            by_neighbour.setdefault(before[-1], number)
    for given in (by_order, by_neighbour):
        if set(given) == set(wanted) and all(given[name].informs(wanted[name]) for name in wanted):
            return []
    return [f"lacks {value:.6g} {expectation.values[0].unit} of {name}" for name, value in wanted.items()]


def _opening_faults(text: str, question: str, pair: tuple[str, str], true: Relation) -> list[str]:
    opening = _OPENING.match(text)
    asked = read_relation(question, pair) if _THAN.search(question) else None
    both = all(any(place[2] == name for place in mentions(question, pair)) for name in pair)
    if opening and asked and both and (asked == true) != (opening[1].lower() == "yes"):
        return [f"says {opening[1].lower()} to what is {'true' if asked == true else 'not true'}"]
    return []
