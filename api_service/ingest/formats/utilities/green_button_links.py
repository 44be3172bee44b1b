"""What a Green Button feed says of its readings: usage points, meter readings and types, by their links.

Entries link to one another by address: the block of readings lies under its meter reading, which lies under
its usage point and relates to a type of readings. Where a feed leaves links out, the order of its entries
counts, and a lone type.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from shared.errors import MalformedFile

# Units of measure, by their numbers in ESPI.
_UNITS = {"72": "Wh", "38": "W", "29": "V", "5": "A", "61": "VA", "63": "var", "73": "varh", "33": "Hz"}
_REVERSE = "19"
_ELECTRICITY = "0"
# Kinds of accumulation whose values are a meter's index: bulk quantity, cumulative.
_INDEXES = ("1", "3")
_PHASES = {"128": "L1", "64": "L2", "32": "L3"}
_POWER_OF_TEN = re.compile(r"[+-]?\d{1,3}")
_LARGEST_POWER_OF_TEN = 12


@dataclass(frozen=True)
class Kind:
    """What a `ReadingType` says of its values; `unit` is empty for what is not electrical."""

    unit: str = "Wh"
    power_of_ten: int = 0
    is_reverse: bool = False
    is_index: bool = False
    phase: str = ""
    length_s: int = 0

    @property
    def described(self) -> str:
        """The direction in words."""
        return (
            f"{'meter reading' if self.is_index else 'interval'} {'export' if self.is_reverse else 'import'}"
        )


@dataclass(eq=False)
class Series:
    """The readings of one meter of one type; `lengths_s` counts the lengths of its intervals."""

    device: str
    kind: Kind
    lengths_s: Counter[int] = field(default_factory=Counter)

    def length_of(self, reading: Element) -> int:
        """The length of a reading's interval in seconds; 0 where nothing says it."""
        text = child_text(reading, "duration")
        return int(text) if text.isdigit() else self.kind.length_s

    @property
    def key(self) -> tuple[str, str, str]:
        """What series have in common of which some are sums of the others."""
        return self.device, self.kind.described, self.kind.unit

    @property
    def shortest_s(self) -> int:
        """The most common length of its intervals."""
        return self.lengths_s.most_common(1)[0][0] if self.lengths_s else 0


@dataclass
class _Point:
    address: str
    title: str
    is_electrical: bool


@dataclass
class _Reading:
    """A meter reading: its address, what it relates to, and the usage point before it."""

    address: str
    related: tuple[str, ...]
    point: _Point | None


@dataclass
class _Block:
    """A block of readings: its addresses, the meter reading before it, and its intervals' lengths."""

    addresses: tuple[str, ...]
    before: _Reading | None
    lengths_s: Counter[str]


class Contents:
    """The entries of a feed but for the values."""

    def __init__(self) -> None:
        self._points: list[_Point] = []
        self._readings: list[_Reading] = []
        self._types: list[tuple[str, Kind]] = []
        self._blocks: list[_Block] = []
        self._owners: list[Series] = []

    def add(self, entry: Element) -> None:
        """Take an entry of the feed in."""
        own = (_links(entry, "self") or ("",))[0]
        for point in named(entry, "UsagePoint"):
            kind = next((child_text(each, "kind") for each in named(point, "ServiceCategory")), "")
            self._points.append(_Point(own, child_text(entry, "title"), kind in ("", _ELECTRICITY)))
        if next(named(entry, "MeterReading"), None) is not None:
            point_before = self._points[-1] if self._points else None
            self._readings.append(_Reading(own, _links(entry, "related"), point_before))
        self._types += [(own, _kind(each)) for each in named(entry, "ReadingType")]
        for block in named(entry, "IntervalBlock"):
            before = self._readings[-1] if self._readings else None
            lengths = Counter(child_text(each, "duration") for each in named(block, "IntervalReading"))
            self._blocks.append(_Block((own, *_links(entry, "up")), before, lengths))

    def owners(self) -> list[Series]:
        """The series of each block, in their order. Raises `MalformedFile` where a type is not found."""
        if self._owners:
            return self._owners
        known: dict[int, Series] = {}
        for block in self._blocks:
            reading = self._reading_of(block)
            if id(reading) not in known:
                known[id(reading)] = Series(*self._named(reading))
            series = known[id(reading)]
            for text, count in block.lengths_s.items():
                series.lengths_s[int(text) if text.isdigit() else series.kind.length_s] += count
            self._owners.append(series)
        return self._owners

    def chosen(self) -> list[Series]:
        """The series that are kept. Raises `MalformedFile` where none is electrical."""
        found = [series for series in {id(each): each for each in self.owners()}.values() if series.kind.unit]
        shortest_s: dict[tuple[str, str, str], int] = {}
        for series in found:
            shortest_s[series.key] = min(series.shortest_s, shortest_s.get(series.key, series.shortest_s))
        if not found:
            raise MalformedFile("The Green Button file holds no readings of electricity.")
        return [series for series in found if series.shortest_s == shortest_s[series.key]]

    def _reading_of(self, block: _Block) -> _Reading | None:
        for reading in self._readings:
            if any(_is_under(address, reading.address) for address in block.addresses):
                return reading
            if set(block.addresses) & set(reading.related) - {""}:
                return reading
        return block.before

    def _named(self, reading: _Reading | None) -> tuple[str, Kind]:
        """The device of a meter reading and the type of its values."""
        kind = self._kind_of(reading)
        under = [each for each in self._points if reading and _is_under(reading.address, each.address)]
        before = reading.point if reading else (self._points[-1] if self._points else None)
        point = under[0] if under else before
        if point is None:
            return f"meter {kind.phase}".strip(), kind
        same = [each.address for each in self._points if each.title == point.title]
        number = f" {point.address.rpartition('/')[2]}" if len(set(same)) > 1 else ""
        device = f"{point.title or 'meter'}{number} {kind.phase}".strip()
        return device, kind if point.is_electrical else Kind(unit="")

    def _kind_of(self, reading: _Reading | None) -> Kind:
        kinds = dict.fromkeys(kind for _, kind in self._types)
        if len(kinds) <= 1:
            return next(iter(kinds), Kind())
        related = reading.related if reading else ()
        linked = [kind for address, kind in self._types if address and address in related]
        if linked:
            return linked[0]
        if reading and len(self._types) == len(self._readings):
            # Without links the types stand in the order of the meter readings.
            return self._types[self._readings.index(reading)][1]
        raise MalformedFile(
            f"The Green Button file has {len(self._types)} types of readings and does not link to them: "
            "export one of import, export or demand alone."
        )


def _kind(element: Element) -> Kind:
    power = child_text(element, "powerOfTenMultiplier") or "0"
    length = child_text(element, "intervalLength")
    if not _POWER_OF_TEN.fullmatch(power) or abs(int(power)) > _LARGEST_POWER_OF_TEN:
        raise MalformedFile(f"The Green Button file scales values by ten to the power of {power[:20]!r}.")
    return Kind(
        unit=_UNITS.get(child_text(element, "uom") or "72", ""),
        power_of_ten=int(power),
        is_reverse=child_text(element, "flowDirection") == _REVERSE,
        is_index=child_text(element, "accumulationBehaviour") in _INDEXES,
        phase=_PHASES.get(child_text(element, "phase"), ""),
        length_s=int(length) if length.isdigit() else 0,
    )


def _is_under(address: str, above: str) -> bool:
    return bool(above) and (address == above or address.startswith(f"{above}/"))


def _links(entry: Element, relation: str) -> tuple[str, ...]:
    """The addresses that an entry links to, without the server: some are written in full, others are not."""
    found = [each.get("href", "") for each in named(entry, "link") if each.get("rel") == relation]
    return tuple(urlsplit(address).path.strip("/").rpartition("resource/")[2] for address in found if address)


def named(element: Element, name: str) -> Iterator[Element]:
    """The elements of a name inside of another, whatever their namespace."""
    return (each for each in element.iter() if tag(each) == name)


def tag(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def child_text(element: Element, name: str) -> str:
    """The text of the first element of a name inside of another; empty without one."""
    return next(((each.text or "").strip() for each in named(element, name)), "")
