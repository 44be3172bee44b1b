"""Several questions in one, as whole ones: "energy and cost of the oven", "highest and lowest voltage"; pure.

Each part is read on its own. A part that needs the one before it ("… and the power it has now") is read as a
follow-up of it.
"""

import re
from dataclasses import dataclass
from functools import cache

from api_service.assistant.entities.entity import Entity
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.query import SlotKind
from api_service.assistant.understanding.reading.vocabulary import pattern_of
from api_service.assistant.understanding.two_questions import two_questions

MOST_PARTS = 3
_JOINT = r"(?:\s*,\s*(?:and\s+)?(?:the\s+)?|\s*(?:&|/)\s*|\s+(?:and|plus|as well as)\s+(?:the\s+|its\s+)?)"
_MORE, _LESS = "most", "least"
_NAMES = (SlotKind.DEVICE, SlotKind.GROUP)


@dataclass(frozen=True)
class Parts:
    """The questions in their order; `is_chained`: each goes on from the one before it."""

    texts: tuple[str, ...]
    is_chained: bool = False


def parts_of_question(masked: MaskedQuestion) -> Parts | None:
    """The questions of a text, None for one question. No name is taken apart."""
    found = _by_state(masked) or _parts(masked.text)
    if found is None or not 1 < len(found.texts) <= MOST_PARTS:
        return None
    plain = [" ".join(text.split()) for text in found.texts]
    names = [" ".join(entity.text.split()) for entity in masked.entities if entity.kind in _NAMES]
    stands = any if found.is_chained else all
    is_whole = all(stands(name in text for text in plain) for name in names)
    return found if is_whole else None


def _parts(text: str) -> Parts | None:
    line = " ".join(text.replace("\u2019", "'").split())
    if pattern_of("pairs", "of_one_question").search(line.casefold()):
        return _chained(text)
    found = _range(line) or _listed(line, "statistics") or _listed(line, "quantities") or _both_ends(line)
    return Parts(found) if found else _chained(text) or _with_its_quantity(line)


def _by_state(masked: MaskedQuestion) -> Parts | None:
    """One question for each of two states of one device: "the THD when it's heating versus in standby"."""
    states = [entity for entity in masked.entities if entity.kind is SlotKind.STATE]
    devices = [entity for entity in masked.entities if entity.kind is SlotKind.DEVICE]
    if len(states) != 2 or len(devices) != 1:
        return None
    first, second = states
    between = masked.text[first.end : second.start].casefold()
    if not pattern_of("pairs", "state_joints").fullmatch(" ".join(between.split())):
        return None
    return Parts(tuple(_with_state(masked.text, first, second, state.text) for state in states))


def _with_state(text: str, first: Entity, second: Entity, state: str) -> str:
    return f"{text[: first.start]}{state}{text[second.end :]}"


def _chained(text: str) -> Parts | None:
    two = two_questions(text)
    return Parts(two, is_chained=True) if two else None


def _range(line: str) -> tuple[str, ...] | None:
    """The lowest and the highest value for "voltage range"."""
    match = _range_pattern().search(line)
    if match is None:
        return None
    noun = match["before"] or match["after"]
    ends = (f"lowest {noun}", f"highest {noun}")
    return tuple(f"{line[: match.start()]}{end}{line[match.end() :]}" for end in ends)


@cache
def _range_pattern() -> re.Pattern[str]:
    noun = pattern_of("pairs", "with_a_range").pattern
    return re.compile(rf"(?P<before>{noun}) range\b|\brange of (?:the )?(?P<after>{noun})", re.I)


def _listed(line: str, entry: str) -> tuple[str, ...] | None:
    """One question for each of two or three words of an entry that stand in a list."""
    match = _list_pattern(entry).search(line)
    if match is None:
        return None
    words = [found[0] for found in _word_pattern(entry).finditer(match[0])]
    if len({word.casefold() for word in words}) < len(words):
        return None
    before, after = line[: match.start()], line[match.end() :]
    return tuple(f"{before}{word}{after}" for word in words)


@cache
def _word_pattern(entry: str) -> re.Pattern[str]:
    pattern = pattern_of("pairs", entry).pattern
    words = sorted(pattern.removeprefix(r"\b(?:").removesuffix(r")\b").split("|"), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.I)


@cache
def _list_pattern(entry: str) -> re.Pattern[str]:
    word = _word_pattern(entry).pattern
    bare = r"|(?<=min) (?=max)|(?<=max) (?=min)"
    return re.compile(rf"{word}(?:(?:{_JOINT}{bare}){word})+", re.I)


def _both_ends(line: str) -> tuple[str, ...] | None:
    """ "which used most last week and which least"."""
    asked = r"(?:(?:which|who|what|when)\s+)?(?:one\s+)?(?:the\s+)?"
    match = re.search(rf"(?:\s*,)?\s+and\s+{asked}(?P<end>{_MORE}|{_LESS})\W*$", line, re.I)
    if match is None:
        return None
    first, end = line[: match.start()], match["end"].casefold()
    other = _LESS if end == _MORE else _MORE
    if len(re.findall(rf"\b{other}\b", first, re.I)) != 1:
        return None
    return f"{first}?", f"{re.sub(rf'{chr(92)}b{other}{chr(92)}b', end, first, flags=re.I)}?"


def _with_its_quantity(line: str) -> Parts | None:
    """ "fridge energy yesterday and the power it has now"."""
    match = _its_pattern().search(line)
    if match is None or not _word_pattern("quantities").search(line[: match.start()]):
        return None
    return Parts((line[: match.start()], line[match.start("second") :]), is_chained=True)


@cache
def _its_pattern() -> re.Pattern[str]:
    noun = _word_pattern("quantities").pattern
    its = rf"(?:its|their) (?:\w+ )?{noun}\b|the {noun} (?:it|they) (?:has|have|draws?|uses?|used|costs?)\b"
    return re.compile(rf"(?:\s*,)?\s+and\s+(?:also\s+)?(?P<second>(?:{its}).*)$", re.I)
