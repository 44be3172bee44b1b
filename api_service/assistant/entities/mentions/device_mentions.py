"""Which devices a question speaks of, in whatever way it writes their names; and names that nobody has."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api_service.assistant.entities.appliances import group_of, is_appliance, part_names, resembles_appliance
from api_service.assistant.entities.mentions.name_index import (
    MAX_NAME_WORDS,
    MODES,
    Match,
    index_of,
    is_common_word,
)
from api_service.assistant.text.vocabulary import DETERMINERS, KNOWN
from api_service.assistant.text.words import DEVICE, NOW, WINDOW, Line, Word, fold, folded, split
from api_service.assistant.types import DeviceRef

_NUMBERED = re.compile(
    r"(?:device|cluster|meter|channel|circuit|appliance|sensor|plug)s? (?:number |no |nr |id |# )?(\d+)"
    r"(?: (?:and|or|vs|versus|than) (?:(?:device|cluster|meter|channel|circuit) )?(\d+))?"
)
_SPACELESS = re.compile(r"[⺀-鿿가-힯豈-﫿＀-￯฀-๿]")
_UNSURE_MODIFIER = 0.85


@dataclass(frozen=True)
class Naming:
    """A stretch `[start, end)` of the text that names a device; several `devices` mean: one of these."""

    start: int
    end: int
    devices: tuple[DeviceRef, ...]
    certainty: float = 1.0

    @property
    def ambiguous(self) -> bool:
        """Whether it could be any of several devices."""
        return len(self.devices) > 1


@dataclass(frozen=True)
class Entities:
    """What was found: the line with each naming masked as `DEVICE`, the namings in order, unknown names."""

    line: Line
    namings: tuple[Naming, ...]
    unknown_devices: tuple[str, ...] = ()


def find_devices(text: str, catalog: Sequence[DeviceRef]) -> Entities:
    """The devices named in `text`. Loose: case, accents, plurals, parts, synonyms, slips, `device 3`."""
    line = Line(tuple(split(text)))
    namings: list[Naming] = []
    for naming in _written_out(text, catalog):
        checked = _checked_where_written(line, naming)
        if checked is not None:
            line, namings = _mask(line, namings, checked)
    for naming in _numbered(line, catalog):
        line, namings = _mask(line, namings, naming)
    unknown_devices = []
    for first, last, match in list(line.find(_NUMBERED))[::-1]:
        unknown_devices.append(match.group())
        line = line.masked(first, last, DEVICE)
    for naming in _loose(line, catalog):
        line, namings = _mask(line, namings, naming)
    namings.sort(key=lambda naming: naming.start)
    return Entities(line, tuple(namings), tuple(unknown_devices))


def _mask(line: Line, namings: list[Naming], naming: Naming) -> tuple[Line, list[Naming]]:
    """Replace the words that the naming covers; words that only touch it lose the covered part."""
    kept: list[Word] = []
    placed = False
    for word in line.words:
        if word.end <= naming.start or (word.start >= naming.end and placed):
            kept.append(word)
        elif word.start >= naming.end:
            kept += [Word(DEVICE, naming.start, naming.end), word]
            placed = True
    if not placed:
        kept.append(Word(DEVICE, naming.start, naming.end))
    return Line(tuple(kept)), [*namings, naming]


def _written_out(text: str, catalog: Sequence[DeviceRef]) -> list[Naming]:
    """Names that stand in the text letter by letter, the longest first."""
    flat, origins = folded(text)
    taken: list[Naming] = []
    for key, devices in index_of(tuple(catalog)).written.items():
        name = devices[0].name
        at = flat.find(key)
        while at >= 0:
            start, end = origins[at], origins[at + len(key) - 1] + 1
            overlaps = any(start < other.end and other.start < end for other in taken)
            if not overlaps and _stands_alone(flat, at, key) and _is_meant(text, start, end, name):
                taken.append(Naming(start, end, devices))
            at = flat.find(key, at + 1)
    return taken


def _stands_alone(flat: str, at: int, key: str) -> bool:
    """Whether no letter or digit of the same script touches it; scripts without spaces need no gap."""
    if _SPACELESS.search(key):
        return True
    before, after = flat[at - 1 : at], flat[at + len(key) : at + len(key) + 1]
    alone_before = not before.isalnum() or bool(_SPACELESS.match(before))
    return alone_before and (not after.isalnum() or bool(_SPACELESS.match(after)))


def _is_meant(text: str, start: int, end: int, name: str) -> bool:
    """A name made of question words ("Total", "Heating") counts only where it is written like a name."""
    words = [word.text for word in split(name)]
    if not words or not is_common_word(words):
        return True
    before = text[:start].rstrip()
    if before.endswith(('"', "“", "'", "«")):
        return True
    last = fold(before).split()[-1:] or [""]
    if last[0] in ("device", "appliance", "called", "named", "cluster"):
        return True
    if words[0] in MODES:
        return last[0] in DETERMINERS
    return bool(before) and text[start:end] == name and name[0].isupper() and not text.isupper()


def _numbered(line: Line, catalog: Sequence[DeviceRef]) -> list[Naming]:
    """`device 3`, `cluster 3 and 4`."""
    by_cluster = {str(device.cluster): device for device in catalog}
    found = []
    for first, last, match in line.find(_NUMBERED):
        numbers = [number for number in match.groups() if number]
        if not all(number in by_cluster for number in numbers):
            continue
        places = [index for index in range(first, last) if line.words[index].text in numbers]
        start = line.words[first].start
        for index, number in zip(places, numbers, strict=False):
            found.append(Naming(start, line.words[index].end, (by_cluster[number],)))
            start = line.words[min(index + 2, last - 1)].start
    return found


def _loose(line: Line, catalog: Sequence[DeviceRef]) -> list[Naming]:
    """Names with slips, in parts or by synonyms; where they overlap, the one that explains most letters."""
    index = index_of(tuple(catalog))
    matches: list[tuple[Match, int, int]] = []
    for first in range(len(line.words)):
        for last in range(first + 1, min(first + MAX_NAME_WORDS, len(line.words)) + 1):
            if line.words[last - 1].text == DEVICE:
                break
            match = index.match(line.words[first:last])
            if match is not None:
                matches.append((match, first, last))
    matches.sort(key=lambda found: (-found[0].score, found[1]))
    taken: set[int] = set()
    found: list[Naming] = []
    for match, first, last in matches:
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            naming = Naming(*line.span(first, last), match.devices, match.certainty)
            checked = _checked(line, naming, (first, last), whole=match.whole)
            found += [checked] if checked else []
    return found


def _checked_where_written(line: Line, naming: Naming) -> Naming | None:
    inside = [i for i, w in enumerate(line.words) if naming.start <= w.start and w.end <= naming.end + 2]
    if not inside or line.words[inside[0]].start != naming.start:
        return naming  # within a word, as scripts without spaces have it
    return _checked(line, naming, (inside[0], inside[-1] + 1), whole=True)


def _checked(line: Line, naming: Naming, places: tuple[int, int], *, whole: bool) -> Naming | None:
    """The naming, unless its neighbours make another thing of it ("hair dryer", "oven light").

    A word of its own before a device's whole name ("the kitchen fridge") becomes part of the naming.
    """
    first, last = places
    after = line.words[last].text if last < len(line.words) else ""
    before = line.words[first - 1].text if first else ""
    if after in part_names():
        return None
    if before and is_appliance(f"{before} {line.words[last - 1].text}"):
        compound = group_of(f"{before} {line.words[last - 1].text}")
        return naming if compound == group_of(line.words[last - 1].text) else None
    is_modifier = before not in KNOWN or (before in MODES and not whole)
    if not before or not is_modifier or before == DEVICE or before.isdecimal():
        return naming
    if whole and not _is_modifier(line, first - 1):
        return naming
    if whole:
        certainty = naming.certainty * _UNSURE_MODIFIER
        return replace(naming, start=line.words[first - 1].start, certainty=certainty)
    return None


def _is_modifier(line: Line, index: int) -> bool:
    """Whether the word belongs to the name that follows it: "the kitchen fridge", "kitchen fridge"."""
    if is_appliance(line.words[index].text):
        return True
    return index > 0 and line.words[index - 1].text in DETERMINERS


_SLOT_BEFORE = DETERMINERS | frozenset(
    """is are was were does did do has have of by and or for than from versus vs which what compare
    with""".split()  # noqa: SIM905
)
_QUANTITIES = frozenset(
    {"power", "energy", "consumption", "usage", "kwh", "watts", "thd", "pf", "electricity", "status", "state"}
)
_SLOT_AFTER = _QUANTITIES | frozenset(
    """use uses used using consume consumes consumed consuming draw draws drew drawing pull pulls pulled
    pulling now on off running yesterday today need needs needed peak average eat eats ate share percentage
    versus vs and or than <when> <now> take takes took burn burns burned run runs ran active""".split()  # noqa: SIM905
)


def find_unknown_devices(line: Line, *, cautious: bool) -> tuple[tuple[int, int], ...]:
    """Stretches of words `[first, last)` in the place of a device's name that name none.

    `cautious` takes only the clearest ones.
    """
    found = []
    first = 0
    while first < len(line.words):
        last = first
        while last < len(line.words) and _is_strange(line, last):
            last += 1
        if last > first and _in_slot(line, first, last, cautious=cautious):
            found.append((first, last))
        first = max(last, first + 1)
    return tuple(found)


def _is_strange(line: Line, index: int) -> bool:
    text = line.words[index].text
    if text.startswith("<") or not text[0].isalpha():
        return False
    after = line.words[index + 1].text if index + 1 < len(line.words) else ""
    before = line.words[index - 1].text if index else ""
    if is_appliance(f"{text} {after}") or is_appliance(f"{before} {text}"):
        return True
    if text in MODES:
        return before in DETERMINERS and after not in KNOWN - _SLOT_AFTER
    return text not in KNOWN and not (text.endswith("ly") and not is_appliance(text))


def _in_slot(line: Line, first: int, last: int, *, cautious: bool) -> bool:
    before = line.words[first - 1].text if first else ""
    after = line.words[last].text if last < len(line.words) else ""
    phrase = " ".join(word.text for word in line.words[first:last])
    if resembles_appliance(phrase) or before in DETERMINERS or line.words[last - 1].possessive:
        return True
    if before in _QUANTITIES and after in ("", WINDOW, NOW):
        return True
    if cautious:
        return before in ("and", "or", "than", "vs", "versus") and after in ("", DEVICE)
    return before in _SLOT_BEFORE or after in _SLOT_AFTER
