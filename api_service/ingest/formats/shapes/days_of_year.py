"""Tables that number the days of a year, as loggers and climate files do: `2024, 61, 1430`, `2024-061`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import BinaryIO

from api_service.ingest.formats.shapes.dates_above import month_above
from api_service.ingest.formats.shapes.shape import (
    DELIMITERS,
    SEARCHED_LINES,
    FileContext,
    Write,
    first_rows,
    rewrite,
)
from shared.errors import MalformedFile

_DAY_NAME = re.compile(
    r"(?:doy|yday|jday|julian(?:[ _]?(?:day|date))?|(?:day|d)[ _.-]?(?:of|in)[ _.-]?(?:the[ _.-]?)?year"
    r"|day[ _]?number|tag des jahres|jour de l'annee|dia del ano|giorno dell'anno"
    r"|dag van het jaar)(?:\s*[\[(].*)?",
    re.I,
)
_YEAR_NAME = re.compile(r"year|yr|yyyy|jahr|ann[eé]e|a[nñ]o|anno|jaar", re.I)
_CLOCK_NAME = re.compile(
    r"(?:(?:time|hour|hr|clock)(?:[ _/]*minutes?)?|hhmm|hour_?min(?:ute)?)(?:\s*[\[(/].*)?", re.I
)
_DAY = re.compile(r"(\d{1,3})(\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_HHMM = re.compile(r"\d{1,4}")
_ORDINAL = re.compile(r"((?:19|20)\d\d)[-/. ]?([0-3]\d\d)(?:[T ](.*))?")
_FEWEST_ORDINALS = 2


@dataclass(frozen=True)
class _Table:
    """The places of the day's number, of its year (None: the file's) and of hours and minutes as `1430`.

    Where `is_ordinal`, the day's column holds the year as well: `2024-061`.
    """

    delimiter: str
    names: int
    width: int
    day: int
    year: int | None = None
    clock: int | None = None
    file_year: int | None = None
    is_ordinal: bool = False


def find_days_of_year(lines: tuple[str, ...], context: FileContext) -> Write | None:
    """A table with the number of a day in its year. Raises `MalformedFile` where nothing says the year."""
    for delimiter in DELIMITERS:
        rows = first_rows(lines, delimiter)
        for at, names in enumerate(rows[:SEARCHED_LINES]):
            if len(names) < 2 or any(name[:1].isdigit() for name in names):
                continue  # a reading
            table = _of_header(at, names, rows[at + 1 :], delimiter)
            if table is not None:
                return _complete(table, lines[:at], context)
    return None


def _complete(table: _Table, above: Sequence[str], context: FileContext) -> Write:
    if table.year is None and not table.is_ordinal:
        found = month_above(above, context)
        if found is None:
            raise MalformedFile(
                "The days of a year are numbered, but nothing says of which year: give a date of it with "
                "--date 2024-01-01."
            )
        table = replace(table, file_year=found.year)
    return lambda source, target: _write(table, source, target)


def _of_header(at: int, names: list[str], below: list[list[str]], delimiter: str) -> _Table | None:
    body = [row for row in below if len(row) == len(names) and any(row)]
    named = next((place for place, name in enumerate(names) if _DAY_NAME.fullmatch(name)), None)
    if named is None:
        return _of_ordinals(at, names, body, delimiter)
    days = [_DAY.fullmatch(row[named]) for row in body if row[named]]
    if not days or not all(match and 1 <= int(match[1]) <= 366 for match in days):
        return None
    year = next((place for place, name in enumerate(names) if _YEAR_NAME.fullmatch(name)), None)
    clocks = [place for place, name in enumerate(names) if _CLOCK_NAME.fullmatch(name)]
    clock = next((place for place in clocks if _are_hhmm(body, place)), None)
    return _Table(delimiter, at, len(names), named, year, clock)


def _are_hhmm(body: list[list[str]], place: int) -> bool:
    """Whether a column writes hours and minutes as one number, such as 1430."""
    cells = [row[place] for row in body if row[place]]
    numbers = [int(cell) for cell in cells if _HHMM.fullmatch(cell)]
    is_time = all(number % 100 < 60 and number <= 2400 for number in numbers)
    return bool(cells) and len(numbers) == len(cells) and is_time and max(numbers) > 24


def _of_ordinals(at: int, names: list[str], body: list[list[str]], delimiter: str) -> _Table | None:
    """A column of years with the numbers of their days; figures alone may be anything but for their name."""
    for place, name in enumerate(names):
        cells = [row[place] for row in body if row[place]]
        if not name or not cells or not _ORDINAL.fullmatch(cells[0]):
            continue
        matches = [_ORDINAL.fullmatch(cell) for cell in cells]
        if len(cells) < _FEWEST_ORDINALS or not all(match and 1 <= int(match[2]) <= 366 for match in matches):
            continue
        if any(cell.isdigit() for cell in cells) and not re.search(r"date|day|time|datum|fecha", name, re.I):
            continue
        return _Table(delimiter, at, len(names), place, is_ordinal=True)
    return None


def _write(table: _Table, source: BinaryIO, target: BinaryIO) -> None:
    """The same lines with a date in the place of the day's number."""

    def change(number: int, row: list[str]) -> list[str] | None:
        if number < table.names or len(row) != table.width:
            return None
        if number == table.names:
            row[table.day] = "date"
            if table.clock is not None:
                row[table.clock] = "clock"
        else:
            row = _dated(table, row)
        return [cell for place, cell in enumerate(row) if place != table.year]

    rewrite(source, target, table.delimiter, change)


def _dated(table: _Table, row: list[str]) -> list[str]:
    """A row with its date; what is no day of a year stays, and is rejected later."""
    cells = list(row)
    if table.is_ordinal:
        match = _ORDINAL.fullmatch(row[table.day])
        if match and (day := _day(int(match[1]), int(match[2]))):
            cells[table.day] = f"{day} {match[3]}" if match[3] else str(day)
        return cells
    number = _DAY.fullmatch(row[table.day])
    text = row[table.year] if table.year is not None else str(table.file_year)
    day = _day(int(text), int(number[1])) if number and _YEAR.fullmatch(text) else None
    if day is None:
        return cells
    cells[table.day] = str(day)
    if table.clock is not None and _HHMM.fullmatch(row[table.clock]):
        hour, minute = divmod(int(row[table.clock]), 100)
        cells[table.clock] = f"{hour:02}:{minute:02}"
    elif number and number[2]:
        # A day's fraction is its time.
        cells[table.day] = f"{day} {_clock_of(float(number[2]))}"
    return cells


def _clock_of(fraction: float) -> str:
    seconds = min(round(fraction * 86_400), 86_399)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(year: int, number: int) -> date | None:
    found = date(year, 1, 1) + timedelta(days=number - 1)
    return found if found.year == year and number >= 1 else None
