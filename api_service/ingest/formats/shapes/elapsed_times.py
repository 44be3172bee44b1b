"""Tables that count the time since a start which stands above them, as analysers and oscilloscopes do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from api_service.ingest.formats.shapes.dates_above import day_above, day_in
from api_service.ingest.formats.shapes.shape import (
    DELIMITERS,
    SEARCHED_LINES,
    FileContext,
    Write,
    first_rows,
    rewrite,
)
from shared.errors import MalformedFile

_NAME = re.compile(
    r"(?:elapsed(?:[ _]?time)?|time(?:[ _]elapsed)?|t|zeit|temps|tiempo|tempo|tijd|timer)"
    r"[\s_,]*[\[(]?(?P<unit>s|sec|secs|seconds?|ms|msec|milliseconds|min|minutes?|h|hours?)?[\])]?",
    re.I,
)
_ELAPSED = re.compile(r"elapsed", re.I)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?\s*(?P<half>[AaPp]\.?[Mm])?")
_DATED = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d{8,}(?:\.\d+)?")
_LATEST_START_S = 3600.0


@dataclass(frozen=True)
class _Table:
    """The column of times, each so many units of `unit_s` seconds after `start`."""

    delimiter: str
    names: int
    width: int
    place: int
    unit_s: float
    start: datetime


def find_elapsed_times(lines: tuple[str, ...], context: FileContext) -> Write | None:
    """A table of elapsed times. Raises `MalformedFile` where nothing says when they began."""
    for delimiter in DELIMITERS:
        rows = first_rows(lines, delimiter)
        for at, names in enumerate(rows[: min(SEARCHED_LINES, len(rows) - 1)]):
            found = _column(names, rows[at + 1 :])
            if found is not None:
                start = _start(lines[:at], context)
                if start is None:
                    raise MalformedFile(
                        f"The column {names[found[0]]!r} counts the time since a start that nothing "
                        "names: write a line such as `Start: 2024-03-01 10:00:00` above the header."
                    )
                table = _Table(delimiter, at, len(names), *found, start)
                return lambda source, target: _write(table, source, target)
    return None


def _column(names: list[str], below: list[list[str]]) -> tuple[int, float] | None:
    """The place of elapsed times and their unit in seconds: numbers that begin near 0 and grow."""
    for place, name in enumerate(names):
        match = _NAME.fullmatch(name) if len(names) > 1 and name else None
        if match is None or not (match["unit"] or _ELAPSED.search(name)):
            continue
        cells = [row[place] for row in below if len(row) == len(names) and any(row)]
        has_dates = any(_DATED.fullmatch(cell) for row in below[:3] for cell in row)
        if len(cells) < 3 or has_dates or not all(map(_NUMBER.fullmatch, cells)):
            continue
        values = [float(cell.replace(",", ".")) for cell in cells]
        unit_s = _unit_s((match["unit"] or name).lower())
        if values == sorted(values) and values[0] < values[-1] and values[0] * unit_s <= _LATEST_START_S:
            return place, unit_s
    return None


def _unit_s(unit: str) -> float:
    if unit.startswith("mil") or unit.startswith("ms"):
        return 0.001
    return 60.0 if unit.startswith("min") else 3600.0 if unit.startswith("h") else 1.0


def _start(above: Sequence[str], context: FileContext) -> datetime | None:
    day = day_above(above, context)
    if day is None:
        return None
    dated = [line for line in above if day_in(line, context) == day]
    for line in [*dated, *above]:
        if match := _CLOCK.search(line):
            hour = (
                int(match[1]) % 12 + 12 * match["half"].lower().startswith("p")
                if match["half"]
                else int(match[1])
            )
            micros = int((match[4] or "").ljust(6, "0") or 0)
            if hour < 24:
                return datetime(day.year, day.month, day.day, hour, int(match[2]), int(match[3] or 0), micros)  # noqa: DTZ001
    return None


def _write(table: _Table, source: BinaryIO, target: BinaryIO) -> None:
    """The same lines with a moment in the place of the time since the start."""

    def change(number: int, row: list[str]) -> list[str] | None:
        if number < table.names or len(row) != table.width:
            return None
        cell = row[table.place]
        if number == table.names:
            row[table.place] = "timestamp"
        elif _NUMBER.fullmatch(cell):
            seconds = float(cell.replace(",", ".")) * table.unit_s
            row[table.place] = (table.start + timedelta(seconds=seconds)).isoformat(" ", "microseconds")
        return row

    rewrite(source, target, table.delimiter, change)
