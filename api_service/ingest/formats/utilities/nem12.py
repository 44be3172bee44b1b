"""NEM12, the meter data file of the Australian market (AEMO, Meter Data File Format): a day a line.

Its times are of UTC+10 everywhere and all year. Registers that begin with E count what is taken from the
grid, those with B what flows back, Q and K the reactive energy of both directions.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import BinaryIO

from api_service.ingest.formats.utilities.intervals import Interval, common_length_s, write_intervals

DAY_MINUTES = 1440
MARKET_ZONE = timezone(timedelta(hours=10))


@dataclass
class _Contents:
    """The registers of each meter and direction, and how often each length of interval in seconds comes."""

    registers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lengths_s: Counter[int] = field(default_factory=Counter)

    def device(self, meter: str, register: str) -> str:
        """The meter, with its register where the direction has several: none may hide another."""
        return f"{meter} {register}" if len(self.registers[meter, register[:1]]) > 1 else meter


def is_nem12(begin: bytes) -> bool:
    """Whether a text begins with the header record of such a file, or with the details of a meter."""
    first = begin.lstrip(b"\xef\xbb\xbf").splitlines()[:1]
    return bool(first) and (
        first[0].startswith(b"100,NEM12") or (first[0].startswith(b"200,") and b"\n300," in begin)
    )


def write_nem12(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each interval of the records 300, with what the record 200 before it says."""
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    contents = _contents(_rows(source))
    source.seek(0)
    write_intervals(text, _intervals(_rows(source), contents), common_length_s(contents.lengths_s))
    text.detach()


def _rows(source: BinaryIO) -> Iterator[list[str]]:
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="")
    try:
        yield from csv.reader(lines)
    finally:
        lines.detach()


def _minutes(row: list[str]) -> int:
    """The length of the intervals after a record 200, in minutes; 0 where it does not say it."""
    is_length = len(row) > 8 and row[8].isdigit() and 0 < int(row[8]) <= DAY_MINUTES
    return int(row[8]) if is_length else 0


def _contents(rows: Iterable[list[str]]) -> _Contents:
    found, minutes = _Contents(), 0
    for row in rows:
        if row[:1] == ["200"]:
            minutes = _minutes(row)
            if minutes:
                register = _register(row)
                registers = found.registers.setdefault((row[1], register[:1]), [])
                registers += [register] if register not in registers else []
        elif row[:1] == ["300"] and minutes:
            found.lengths_s[minutes * 60] += 1
    return found


def _register(row: list[str]) -> str:
    return row[4].strip().upper() or row[3].strip().upper()


def _intervals(rows: Iterable[list[str]], contents: _Contents) -> Iterator[Interval | list[str]]:
    named, minutes = ("", "", ""), 0
    for row in rows:
        if row[:1] == ["200"]:
            minutes = _minutes(row)
            if minutes:
                register = _register(row)
                kind = "interval export" if register[:1] in ("B", "K") else "interval import"
                named = contents.device(row[1], register), kind, row[7]
        elif row[:1] == ["300"]:
            yield from _day(row, minutes, named)


def _day(row: list[str], minutes: int, named: tuple[str, str, str]) -> Iterator[Interval | list[str]]:
    try:
        day = datetime.strptime(row[1], "%Y%m%d").replace(tzinfo=MARKET_ZONE)
        count = DAY_MINUTES // minutes
    except (IndexError, ValueError, ZeroDivisionError):
        yield [row[1] if len(row) > 1 else "", "", *named, ""]
        return
    for at, value in enumerate(row[2 : 2 + count]):
        yield Interval(day + timedelta(minutes=minutes * at), minutes * 60, named, value.strip())
