"""Green Button: Atom feeds of ESPI (NAESB REQ.21), which American and Canadian utilities hand out."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from api_service.ingest.formats.utilities.green_button_links import Contents, Series, child_text, named, tag
from api_service.ingest.formats.utilities.intervals import Interval, common_length_s, write_intervals
from shared.errors import MalformedFile


def is_green_button(begin: bytes) -> bool:
    """Whether a text is XML with ESPI's elements."""
    head = begin[:65536]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"naesb.org/espi" in head


def write_green_button(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each interval reading of electricity.

    Of several series of one meter, direction and unit the one with the shortest intervals is kept: the others
    are its sums. Raises `MalformedFile` for XML that cannot be read or holds no such reading.
    """
    contents = Contents()
    with _with_xml_faults():
        for entry in _entries(source):
            contents.add(entry)
    chosen = contents.chosen()
    lengths = {length: count for series in chosen for length, count in series.lengths_s.items()}
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    source.seek(0)
    with _with_xml_faults():
        write_intervals(text, _intervals(source, contents, chosen), common_length_s(lengths))
    text.detach()


@contextmanager
def _with_xml_faults() -> Iterator[None]:
    """Faults of the XML as `MalformedFile`."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    try:
        yield
    except (ParseError, DefusedXmlException) as error:
        raise MalformedFile(f"The Green Button file cannot be read: {error}.") from error


def _entries(source: BinaryIO) -> Iterator[Element]:
    """The entries of the feed, each emptied after use."""
    from defusedxml.ElementTree import iterparse

    events: Iterator[Any] = iterparse(source)
    for _, element in events:
        if tag(element) == "entry":
            yield element
            element.clear()


def _intervals(source: BinaryIO, contents: Contents, chosen: list[Series]) -> Iterator[Interval | list[str]]:
    """The readings of the chosen series, block by block in the order of the file."""
    owners = iter(contents.owners())
    for entry in _entries(source):
        for block in named(entry, "IntervalBlock"):
            series = next(owners)
            if series in chosen:
                yield from (_interval(item, series) for item in named(block, "IntervalReading"))


def _interval(item: Element, series: Series) -> Interval | list[str]:
    start, value = child_text(item, "start"), child_text(item, "value")
    kind = series.kind
    names = (series.device, kind.described, kind.unit)
    try:
        moment = datetime.fromtimestamp(int(start), UTC)
    except (ValueError, OverflowError, OSError):
        return [start, "", *names, value]
    try:
        value = f"{float(value) * 10**kind.power_of_ten:.12g}" if value else ""
    except ValueError:
        return [start, "", *names, value]
    return Interval(moment, series.length_of(item), names, value)
