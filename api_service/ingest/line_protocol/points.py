"""Lines of Influx line protocol to points: `measurement,tag=text field=1.5,other="text" 1710000000`.

The grammar: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. Blanks, commas and
equals signs in names are escaped with a backslash; text fields stand in double quotes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from api_service.ingest.time.timestamps import EARLIEST_US, LATEST_US

NANOSECONDS: Mapping[str, int] = {"ns": 1, "us": 1_000, "u": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
"""How many nanoseconds one step of each precision is."""

FieldValue = float | bool | str

_PART = r"(?:[^\s,=\\]|\\.)"
_HEAD = r"(?:[^\s,\\]|\\.)+(?:,{part}+={part}+)*".replace("{part}", _PART)
_LINE = re.compile(rf"({_HEAD})[ ]+(\S.*)")
_SERIES = re.compile(rf"((?:[^\s,\\]|\\.)+)((?:,{_PART}+={_PART}+)*)")
_TAG = re.compile(rf",({_PART}+)=({_PART}+)")
_FIELD = re.compile(rf'({_PART}+)=("(?:[^"\\]|\\.)*"|[^\s,"]+)(,|\s+|$)')
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[iu]?")
_STAMP = re.compile(r"-?\d{1,20}")
_ESCAPED = re.compile(r'\\([,= "\\])')
_BOOLEANS = {"t": True, "true": True, "f": False, "false": False}


LONGEST_CACHED = 256
"""Characters of the longest text that caches keep between requests: with their number, what bounds them."""
NO_LINE = "a line is a measurement, its tags, a blank, and fields"


class LineFault(ValueError):
    """A line is not in the protocol; its text says where."""


@dataclass(frozen=True)
class Point:
    """One line. `stamp_us` is None where the line has no time."""

    line: int
    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, FieldValue]
    stamp_us: int | None


@dataclass(frozen=True)
class RejectedLine:
    """A line that could not be read, from 1, and why."""

    line: int
    reason: str


def read_points(body: bytes, precision: str) -> Iterator[Point | RejectedLine]:
    """The points of a body in order; blank lines and comments are passed over.

    Raises `UnicodeDecodeError` for a body that is no UTF-8.
    """
    step_ns = NANOSECONDS[precision]
    for number, text in enumerate(body.decode("utf-8").split("\n"), start=1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        try:
            yield _point(number, line, step_ns)
        except LineFault as fault:
            yield RejectedLine(number, str(fault))


def _point(number: int, line: str, step_ns: int) -> Point:
    if "\\" in line or '"' in line:
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise LineFault(NO_LINE)
        head = parts[1]
        fields, rest = _fields(parts[2])
    else:
        head, _, written = line.partition(" ")
        written, _, rest = written.lstrip(" ").partition(" ")
        fields, rest = _plain_fields(written), rest.strip()
    measurement, tags = _series(head)
    return Point(number, measurement, tags, fields, _stamp_us(rest, step_ns) if rest else None)


def _series(head: str) -> tuple[str, Mapping[str, str]]:
    """Measurement and tags; lines of one series share them, but for heads that are too long to keep."""
    return (_remembered if len(head) <= LONGEST_CACHED else _remembered.__wrapped__)(head)


@lru_cache(maxsize=4096)
def _remembered(head: str) -> tuple[str, Mapping[str, str]]:
    match = _SERIES.fullmatch(head)
    if match is None:
        raise LineFault(NO_LINE)
    tags = {_plain(key): _plain(value) for key, value in _TAG.findall(match[2])}
    return _plain(match[1]), MappingProxyType(tags)


def _stamp_us(text: str, step_ns: int) -> int:
    if not _STAMP.fullmatch(text):
        raise LineFault(f"{text[:30]!r} is no time; write it as a whole number")
    stamp_us = (int(text) * step_ns + 500) // 1000
    if not EARLIEST_US <= stamp_us < LATEST_US:
        raise LineFault(f"{text} is no time between 1980 and 2100; is the precision right?")
    return stamp_us


def _fields(text: str) -> tuple[dict[str, FieldValue], str]:
    """The fields and what stands behind them."""
    fields: dict[str, FieldValue] = {}
    at = 0
    while match := _FIELD.match(text, at):
        fields[_plain(match[1])] = _value(match[2])
        at = match.end()
        if match[3] != ",":
            return fields, text[at:].strip()
    raise LineFault(f"no field at {text[at : at + 30]!r}")


def _plain_fields(text: str) -> dict[str, FieldValue]:
    """Fields in which nothing is quoted or escaped."""
    fields: dict[str, FieldValue] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if not name or not value:
            raise LineFault(f"no field at {part[:30]!r}")
        fields[name] = _value(value)
    return fields


def _value(text: str) -> FieldValue:
    if text[0] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if not _NUMBER.fullmatch(text):
        raise LineFault(f"{text[:30]!r} is no number; text stands in double quotes")
    return float(text.rstrip("iu"))


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
