"""Green Button: Atom feeds of ESPI (NAESB REQ.21), which American and Canadian utilities hand out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from shared.errors import MalformedFile

HEADER = ("start", "meter", "read type", "unit", "value")
# Units of measure and the direction of flow by their numbers in ESPI.
_UNITS = {"72": "Wh", "38": "W", "29": "V", "5": "A", "61": "VA", "63": "var", "73": "varh", "33": "Hz"}
_REVERSE = "19"


def is_green_button(begin: bytes) -> bool:
    """Whether a text is XML with ESPI's elements."""
    head = begin[:65536]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"naesb.org/espi" in head


@dataclass
class _Reading:
    """What a `ReadingType` says of the values that follow it."""

    unit: str = "Wh"
    power_of_ten: int = 0
    is_reverse: bool = False


@dataclass
class _Feed:
    """What is known so far: the meter's name, and the types of readings by their links."""

    meter: str = ""
    current: _Reading = field(default_factory=_Reading)
    by_link: dict[str, _Reading] = field(default_factory=dict)
    rows: list[tuple[str, str, Element]] = field(default_factory=list)


def write_green_button(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each interval reading. Raises `MalformedFile` for XML that cannot be read."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    feed = _Feed()
    # In a feed the type of the readings may stand behind them.
    try:
        types = _types(iterparse(source))
        source.seek(0)
        for _, element in iterparse(source):
            writer.writerows(_of_entry(element, feed, types))
    except (ParseError, DefusedXmlException) as error:
        raise MalformedFile(f"The Green Button file cannot be read: {error}.") from error
    finally:
        text.detach()


def _types(events: Iterator[Any]) -> list[tuple[str, _Reading]]:
    """The types of readings in their order, with the links of their entries."""
    found = []
    for _, element in events:
        if _tag(element) != "entry":
            continue
        reading = next((each for each in element.iter() if _tag(each) == "ReadingType"), None)
        if reading is not None:
            found.append((_link(element, "self"), _reading_type(reading)))
        element.clear()
    return found


def _of_entry(element: Element, feed: _Feed, types: list[tuple[str, _Reading]]) -> Iterator[tuple[str, ...]]:
    """The readings of one finished entry of the feed; remembers what it says of others."""
    if _tag(element) != "entry":
        return
    names = {_tag(each) for each in element.iter()}
    if "UsagePoint" in names:
        feed.meter = _text(element, "title") or feed.meter
    elif "MeterReading" in names:
        linked = _link(element, "related")
        feed.current = next((each for link, each in types if link and link == linked), feed.current)
        if linked not in [link for link, _ in types] and types:
            feed.current = types[0][1]
    elif "IntervalBlock" in names:
        if len(types) == 1:
            feed.current = types[0][1]
        yield from _values(element, feed)
    element.clear()


def _values(entry: Element, feed: _Feed) -> Iterator[tuple[str, ...]]:
    reading = feed.current
    direction = "interval export" if reading.is_reverse else "interval import"
    for item in entry.iter():
        if _tag(item) == "IntervalReading":
            start, value = _text(item, "start"), _text(item, "value")
            if start and value:
                scaled = f"{float(value) * 10**reading.power_of_ten:.12g}"
                yield start, feed.meter or "meter", direction, reading.unit, scaled


def _reading_type(element: Element) -> _Reading:
    power = _text(element, "powerOfTenMultiplier")
    unit = _UNITS.get(_text(element, "uom") or "72", "")
    return _Reading(unit, int(power) if power else 0, _text(element, "flowDirection") == _REVERSE)


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element, name: str) -> str:
    return next(((each.text or "").strip() for each in element.iter() if _tag(each) == name), "")


def _link(entry: Element, relation: str) -> str:
    links = [each for each in entry.iter() if _tag(each) == "link" and each.get("rel") == relation]
    found = [each.get("href", "") for each in links]
    if relation == "related":
        return next((link for link in found if "ReadingType" in link), "")
    return found[0] if found else ""
