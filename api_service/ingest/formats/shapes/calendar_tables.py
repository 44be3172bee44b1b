"""Tables whose rows and columns are parts of a calendar: months by days, days by hours, hours by days."""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from api_service.ingest.formats.shapes.dates_above import Month, month_above, month_in, month_named
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
from shared.errors import MalformedFile

_HEADING = re.compile(
    r"(?:day|d|tag|dia|jour|giorno|dag|hour|h|hr|stunde|heure|hora|ora|uur)?[\s_.]*(\d{1,2})(?P<clock>[:h]00)?\.?",
    re.I,
)
_NUMBER = re.compile(r"0*(\d{1,2})\.?(?P<clock>[:h]00(?::00)?)?(?:\s*[-–]\s*\d{1,2}(?:[:h]\d\d)?)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"(?<![^\W_])([kKM]?Wh?|k?VArh?|k?vah?)(?![^\W_])")
_HOURS, _MONTHS = 24, 12
_DAYS = range(28, 32)
FEWEST_ROWS = 1


@dataclass(frozen=True)
class _Table:
    """A calendar: `across` says what the columns of values are (day, hour, month), by place in `parts`.

    `down` is what the column at `label` numbers: a month with its year, a month, a day or an hour. `year` is
    the place of a column of years or None; `above` what stands over the table.
    """

    delimiter: str
    names: int
    width: int
    across: str
    parts: dict[int, int]
    down: str
    label: int
    year: int | None
    above: Month | None
    value: str = "value"
    others: tuple[int, ...] = ()
    header: tuple[str, ...] = ()


def find_calendar_table(lines: tuple[str, ...], context: FileContext) -> Write | None:
    """A table of a calendar.

    Raises `MalformedFile` where neither the table nor what stands above says its year or month.
    """
    for delimiter in DELIMITERS:
        rows = first_rows(lines, delimiter)
        for at, names in enumerate(rows[:SEARCHED_LINES]):
            table = _of_header(at, names, rows[at + 1 :], delimiter)
            if table is not None:
                return _complete(table, lines[:at], context)
    return None


def _complete(table: _Table, above: Sequence[str], context: FileContext) -> Write:
    found = month_above(above, context)
    units = {match[1] for match in _UNIT.finditer("\n".join([*above, *table.header]))}
    value = f"value [{units.pop()}]" if len(units) == 1 else "value"
    missing = _missing(table, found)
    if missing:
        raise MalformedFile(
            f"The table has a {table.across} in each column and a {table.down} in each line, but nothing "
            f"says of which {missing}: give a date of it with --date 2024-03-01."
        )
    full = replace(table, above=found, value=value)
    return lambda source, target: _write(full, source, target)


def _missing(table: _Table, above: Month | None) -> str:
    """What is not known of the dates: nothing, the year or the month."""
    if table.down == "year and month":
        return ""
    has_year = table.year is not None or above is not None
    has_month = "month" in (table.down, table.across) or (above is not None and above.number is not None)
    return "" if has_year and has_month else "year" if has_month else "month"


def _of_header(at: int, names: list[str], below: list[list[str]], delimiter: str) -> _Table | None:
    """The table below a line of names, if that line numbers the days, the hours or the months."""
    found = _across(names)
    if found is None:
        return None
    across, parts = found
    rows = [row for row in below if len(row) == len(names) and any(row[place] for place in parts)]
    others = [place for place in range(len(names)) if place not in parts]
    if len(rows) < FEWEST_ROWS or not others:
        return None
    year = next((place for place in others if all(_YEAR.fullmatch(row[place]) for row in rows)), None)
    for label in (place for place in others if place != year):
        down = _down(rows, label, across)
        if down is not None:
            rest = tuple(
                place for place in others if place not in (label, year) and not _sums(names, rows, place)
            )
            header = tuple(names)
            return _Table(
                delimiter, at, len(names), across, parts, down, label, year, None, others=rest, header=header
            )
    return None


def _across(names: list[str]) -> tuple[str, dict[int, int]] | None:
    """What the numbered columns of a header are, and the number of each."""
    months = {place: number for place, name in enumerate(names) if (number := month_named(name))}
    if list(months.values()) == list(range(1, _MONTHS + 1)):
        return "month", months
    matches = {place: match for place, name in enumerate(names) if (match := _HEADING.fullmatch(name))}
    numbers = {place: int(match[1]) for place, match in matches.items()}
    given = list(numbers.values())
    if not given or given != list(range(given[0], given[0] + len(given))):
        return None
    if len(given) in _DAYS and given[0] == 1 and not any(match["clock"] for match in matches.values()):
        return "day", numbers
    if len(given) == _HOURS and given[0] in (0, 1):
        return "hour", {place: number - given[0] for place, number in numbers.items()}
    return None


def _down(rows: list[list[str]], label: int, across: str) -> str | None:
    """What a column numbers line by line, where columns are days, hours or months."""
    cells = [row[label] for row in rows]
    if across == "day" and all(month is not None and month.number for month in map(month_in, cells)):
        return "year and month"
    if across == "day" and all(map(month_named, cells)):
        return "month"
    matches = [_NUMBER.fullmatch(cell) for cell in cells]
    if not all(matches):
        return None
    numbers = [int(match[1]) for match in matches if match]
    has_clocks = any(match["clock"] for match in matches if match)
    if across == "day":
        is_hours = has_clocks or (len(set(numbers)) == _HOURS and max(numbers) - min(numbers) == _HOURS - 1)
        return "hour" if is_hours else "month" if set(numbers) <= set(range(1, 13)) else None
    is_days = not has_clocks and set(numbers) <= set(range(1, 32)) and len(numbers) > 1
    return "day" if is_days else None


def _sums(names: list[str], rows: list[list[str]], place: int) -> bool:
    """Whether a column beside the parts is a number of its own, such as the total."""
    cells = [row[place].replace(",", ".") for row in rows if row[place]]
    return not names[place] or not cells or all(re.fullmatch(r"[+-]?\d+(?:\.\d+)?", cell) for cell in cells)


def _write(table: _Table, source: BinaryIO, target: BinaryIO) -> None:
    """Each value on a line of its own, with its date, its hour, and what else stands in its line."""
    out = TableOutput(target, table.delimiter)
    has_hours = "hour" in (table.across, table.down)
    out.row(
        [
            "date",
            *(["start time"] if has_hours else []),
            *(table.header[at] for at in table.others),
            table.value,
        ]
    )
    first = _first_hour(table, source) if table.down == "hour" else 0
    source.seek(0)
    found: list[list[str]] = []
    for number, line in enumerate(table_lines(source)):
        row = rows_of([line], table.delimiter)[0]
        if number > table.names and len(row) == table.width and row[table.label]:
            found += _lines_of(table, row, first)
            if table.down != "hour" and table.across != "month":
                out.rows(found)
                found = []
    # Where columns are months, or lines hours: in the order of time, as the steps tell the interval.
    out.rows(sorted(found, key=lambda cells: (cells[1 + has_hours : -1], cells[: 1 + has_hours])))
    out.close()


def _first_hour(table: _Table, source: BinaryIO) -> int:
    """The number of the first hour of a day: 0, or 1 where they go to 24."""
    source.seek(0)
    rows = [rows_of([line], table.delimiter)[0] for line in table_lines(source)][table.names + 1 :]
    found = [
        match for row in rows if len(row) == table.width and (match := _NUMBER.fullmatch(row[table.label]))
    ]
    numbers = {int(match[1]) for match in found}
    return 1 if 24 in numbers and 0 not in numbers else 0


def _lines_of(table: _Table, row: list[str], first_hour: int) -> Iterator[list[str]]:
    """A line for each value of a row; a day that its month does not have is left out where it is empty."""
    number = _NUMBER.fullmatch(row[table.label])
    month = month_in(row[table.label]) if table.down == "year and month" else None
    if month is None and number is None and not month_named(row[table.label]):
        return  # a line of totals
    for place, part in table.parts.items():
        found = _date_parts(table, row, month, part)
        hour = (
            part
            if table.across == "hour"
            else int(number[1]) - first_hour
            if number and table.down == "hour"
            else None
        )
        is_date = found[2] <= calendar.monthrange(found[0], found[1])[1]
        if is_date or row[place]:
            date = "-".join(f"{each:02}" for each in found)
            clock = [] if hour is None else [f"{hour:02}:00"]
            yield [date, *clock, *(row[at] for at in table.others), row[place]]


def _date_parts(table: _Table, row: list[str], month: Month | None, part: int) -> tuple[int, int, int]:
    """Year, month and day of a value."""
    above = table.above or Month(0)
    label = _NUMBER.fullmatch(row[table.label])
    number = int(label[1]) if label else 0
    if month is not None:
        return month.year, month.number or 0, part
    year = int(row[table.year]) if table.year is not None and _YEAR.fullmatch(row[table.year]) else above.year
    if table.down == "month":
        return year, month_named(row[table.label]) or number, part
    if table.across == "month":
        return year, part, number
    return year, above.number or 0, number if table.down == "day" else part
