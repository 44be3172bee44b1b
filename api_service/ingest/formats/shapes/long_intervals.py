"""Energies of months, or of billing periods that differ in length: an equal part for each of their days.

Of a month only its sum is known; a reading covers the same time in all lines, so its days are what is kept.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import BinaryIO

from api_service.ingest.formats.shapes.dates_above import month_in
from api_service.ingest.formats.shapes.shape import (
    DELIMITERS,
    SEARCHED_LINES,
    FileContext,
    TableOutput,
    Write,
    first_rows,
    rows_of,
    table_lines,
)

_ENERGY = re.compile(r"(?<![^\W_])[kM]?Wh(?![^\W_])", re.I)
_COUNTING = re.compile(r"index|reading|counter|stand\b|relev|cumul|lifetime|total|lecture|lectura", re.I)
_START = re.compile(
    r"(?:(?:bill(?:ing)?|usage|period|read|service)[ _])?(?:start|from|begin|von|du|desde|van|da)\b.*", re.I
)
_END = re.compile(
    r"(?:(?:bill(?:ing)?|usage|period|read|service)[ _])?(?:end|to|bis|au|hasta|tot|a)\b.*", re.I
)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_FEWEST_DAYS = 20
_MOST_DECIMALS = 9
Days = Callable[[list[str]], tuple[date, int] | None]


@dataclass(frozen=True)
class _Table:
    """The columns of energies, and the first day of a line with the count of its days."""

    delimiter: str
    names: int
    width: int
    stamps: tuple[int, ...]
    energies: tuple[int, ...]
    days: Days


def find_long_intervals(lines: tuple[str, ...], _context: FileContext) -> Write | None:
    """A table of energies in Wh, kWh or MWh with a month a line, or the first and last day of a period."""
    for delimiter in DELIMITERS:
        rows = first_rows(lines, delimiter)
        for at, names in enumerate(rows[: min(SEARCHED_LINES, len(rows) - 1)]):
            energies = _energies(names)
            body = [row for row in rows[at + 1 :] if len(row) == len(names) and any(row)]
            if not energies or len(names) < 2 or len(body) < 2 or any(map(_NUMBER.fullmatch, names)):
                continue
            found = _months(body) or _periods(names, body)
            if found is not None and not any(_counts_on(body, place) for place in energies):
                table = _Table(delimiter, at, len(names), found[0], energies, found[1])
                return lambda source, target: _write(table, source, target)
    return None


def _energies(names: list[str]) -> tuple[int, ...]:
    """The columns of energies; none where a name says that it counts on."""
    found = tuple(place for place, name in enumerate(names) if _ENERGY.search(name))
    return () if any(_COUNTING.search(names[place]) for place in found) else found


def _counts_on(body: list[list[str]], place: int) -> bool:
    """Whether the numbers of a column only grow, from far above what they grow by: a meter's index."""
    cells = [row[place].replace(",", ".") for row in body]
    values = [float(cell) for cell in cells if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", cell)]
    steps = [later - earlier for earlier, later in pairwise(values)]
    rising = sorted(values) in (values, values[::-1])
    return len(steps) > 2 and rising and min(values) > 4 * max(map(abs, steps))


def _months(body: list[list[str]]) -> tuple[tuple[int, ...], Days] | None:
    """The first column whose cells all are months with their year."""
    for place in range(len(body[0])):
        if all(_month(row[place]) for row in body[:-1]) and _month(body[0][place]):
            return (place,), lambda row, place=place: _month(row[place])
    return None


def _month(cell: str) -> tuple[date, int] | None:
    is_day = re.search(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d:\d|\d{7,}", cell)
    found = None if is_day or len(cell) > len("September 2024") + 4 else month_in(cell)
    if found is None or found.number is None:
        return None
    return date(found.year, found.number, 1), calendar.monthrange(found.year, found.number)[1]


def _periods(names: list[str], body: list[list[str]]) -> tuple[tuple[int, ...], Days] | None:
    """Columns of first and last days, where the periods follow one another and differ in length."""
    starts = [place for place, name in enumerate(names) if _START.fullmatch(name)]
    ends = [place for place, name in enumerate(names) if _END.fullmatch(name)]
    if len(starts) != 1 or len(ends) != 1:
        return None
    pairs = [(_day(row[starts[0]]), _day(row[ends[0]])) for row in body]
    known = sorted((start, end) for start, end in pairs if start and end)
    lengths = {(end - start).days for start, end in known}
    if len(known) < len(body) - 1 or len(known) < 2 or len(lengths) < 2 or min(lengths) < _FEWEST_DAYS:
        return None
    gaps = {(later[0] - earlier[1]).days for earlier, later in pairwise(known)}
    if gaps not in ({0}, {1}):
        return None
    # `27 January` and then `28 January`: the last day belongs to its period.
    extra = gaps.pop()

    def days(row: list[str]) -> tuple[date, int] | None:
        start, end = _day(row[starts[0]]), _day(row[ends[0]])
        return (start, (end - start).days + extra) if start and end and end > start else None

    return (starts[0], ends[0]), days


def _day(cell: str) -> date | None:
    match = _DATE.fullmatch(cell)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _write(table: _Table, source: BinaryIO, target: BinaryIO) -> None:
    out = TableOutput(target, table.delimiter)
    for number, line in enumerate(table_lines(source)):
        row = rows_of([line], table.delimiter)[0]
        others = [cell for place, cell in enumerate(row) if place not in table.stamps]
        if number < table.names or len(row) != table.width:
            out.line(line)
        elif number == table.names:
            out.row(["date", *others])
        elif (found := table.days(row)) is None:
            out.row([row[table.stamps[0]], *others])  # no such month: rejected
        else:
            out.rows(list(_of_days(table, row, *found)))
    out.close()


def _of_days(table: _Table, row: list[str], first: date, count: int) -> Iterator[list[str]]:
    shared = [_share(cell, count) if place in table.energies else cell for place, cell in enumerate(row)]
    others = [cell for place, cell in enumerate(shared) if place not in table.stamps]
    for day in range(count):
        yield [str(first + timedelta(days=day)), *others]


def _share(cell: str, count: int) -> str:
    """A number's equal part, with its own decimal mark; what is no plain number stays and is rejected."""
    if not _NUMBER.fullmatch(cell):
        return cell
    part = f"{float(cell.replace(',', '.')) / count:.{_MOST_DECIMALS}f}"
    return part.replace(".", ",") if "," in cell else part
