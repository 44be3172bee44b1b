"""Tables whose lines carry a time of day alone: the date stands above, in some lines, or in a file's name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import BinaryIO

from api_service.ingest.formats.shapes.dates_above import day_above, day_in
from api_service.ingest.formats.shapes.shape import (
    DELIMITERS,
    FileContext,
    TableOutput,
    Write,
    first_rows,
    rows_of,
    table_lines,
)
from shared.errors import MalformedFile

_CLOCK = re.compile(
    r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,:]\d{1,9})?)?\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?", re.ASCII
)
_DATED = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ,_].*)?|\d{9,}(?:\.\d+)?"
    r"|(?:19|20)\d{6}(?:[T ]?\d{4,6})?|\d{5}\.\d+"
)
_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?")
# A step back within this is a late line, or the hour that comes twice; one beyond the other passes midnight.
LATE_S, MIDNIGHT_S = 3600, 43_200


@dataclass(frozen=True)
class _Table:
    """The place of the times in rows of `width` cells, that of a date which only some lines carry, or None.

    `names` is the number of the line with the names of the columns. `owners` are the columns of texts that
    change only where the times start over: they name devices, one below the other.
    """

    delimiter: str
    place: int
    width: int
    names: int
    dates: int | None
    is_falling: bool
    owners: tuple[int, ...]


def find_clocks_alone(lines: tuple[str, ...], context: FileContext) -> Write | None:
    """A table of times of day, where a date for them is found."""
    table = _find(lines)
    if table is None:
        return None
    above = day_above(lines[: table.names], context)
    if table.dates is None and above is None:
        return None
    return lambda source, target: _Writer(table, above, context).write(source, target)


def _find(lines: tuple[str, ...]) -> _Table | None:
    for delimiter in DELIMITERS:
        rows = first_rows(lines, delimiter)
        found = next(_tables(rows, delimiter), None)
        if found is not None:
            return found
    return None


def _tables(rows: list[list[str]], delimiter: str) -> Iterator[_Table]:
    """The table of times, where its first two lines hold one in the same place."""
    for at, row in enumerate(rows[:-1]):
        following = next((later for later in rows[at + 1 :] if any(later)), [])
        places = [
            place for place, cell in enumerate(row) if _CLOCK.fullmatch(cell) and len(row) == len(following)
        ]
        if len(row) < 2 or not places or not _CLOCK.fullmatch(following[places[0]]):
            continue
        names = next((above for above in range(at - 1, -1, -1) if any(rows[above])), None)
        if names is None or len(rows[names]) != len(row) or any(map(_NUMBER.fullmatch, rows[names])):
            return
        body = [later for later in rows[at:] if len(later) == len(row)]
        dated = [sum(bool(_DATED.fullmatch(later[place])) for later in body) for place in range(len(row))]
        dates = next((place for place, count in enumerate(dated) if 0 < count < len(body)), None)
        is_sparse = dates is not None and all(
            not later[dates] or _DATED.fullmatch(later[dates]) for later in body
        )
        if (any(dated) and not is_sparse) or len(places) > 2:
            return
        timed = [later for later in body if _CLOCK.fullmatch(later[places[0]])]
        yield _with_order(
            _Table(delimiter, places[0], len(row), names, dates, is_falling=False, owners=()), timed
        )


def _with_order(table: _Table, timed: list[list[str]]) -> _Table:
    """The table with the direction of its times, and the columns that name devices."""
    seconds = [_seconds(row[table.place]) for row in timed]
    steps = [after - before for before, after in pairwise(seconds)]
    is_falling = sum(step < 0 for step in steps) > sum(step > 0 for step in steps)
    goes_on = [(-step if is_falling else step) >= -LATE_S for step in steps]
    owners = [
        place
        for place in range(table.width)
        if any(map(_is_text, (row[place] for row in timed)))
        and all(
            after[place] == before[place]
            for (before, after), on in zip(pairwise(timed), goes_on, strict=True)
            if on
        )
    ]
    return replace(table, is_falling=is_falling, owners=tuple(owners))


def _is_text(cell: str) -> bool:
    return bool(cell) and not _NUMBER.fullmatch(cell) and not _CLOCK.fullmatch(cell)


def _seconds(clock: str) -> int:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return 0
    hour, half = int(match[1]), (match["half"] or "").lower()
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return hour * 3600 + int(match[2]) * 60 + int(match[3] or 0)


class _Writer:
    """Puts the date before each line, the next one where the times pass midnight."""

    def __init__(self, table: _Table, above: date | None, context: FileContext) -> None:
        self._table = table
        self._day = above
        self._context = context
        self._last: tuple[int, Sequence[str]] | None = None
        self._filling = str(above or "")

    def write(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write the table; lines outside of it stay, so that each line keeps its number."""
        table = self._table
        out = TableOutput(target, table.delimiter)
        for number, line in enumerate(table_lines(source)):
            row = rows_of([line], table.delimiter)[0]
            if number < table.names or not any(row):
                out.line(line)
            elif number == table.names:
                out.row(row if table.dates is not None else ["date", *row])
            elif len(row) == table.width and _CLOCK.fullmatch(row[table.place]):
                out.row(self._dated(number + 1, row))
            elif len(row) != table.width and (day := day_in(line, self._context)):
                self._day, self._last = day, None
                out.line("")
            else:
                out.row(["", *row] if table.dates is None else row)
        out.close()

    def _dated(self, number: int, row: list[str]) -> list[str]:
        table, seconds = self._table, _seconds(row[self._table.place])
        if table.dates is not None:
            return self._filled(row, table.dates)
        texts = [row[place] for place in table.owners]
        if self._last is not None and self._day is not None:
            self._day += timedelta(days=self._days_on(number, seconds, texts))
        self._last = (seconds, texts)
        return [str(self._day or ""), *row]

    def _filled(self, row: list[str], place: int) -> list[str]:
        """The row with the date of the last line that carries one."""
        self._filling = row[place] or self._filling
        return [*row[:place], self._filling, *row[place + 1 :]]

    def _days_on(self, number: int, seconds: int, texts: Sequence[str]) -> int:
        """How many days later (-1: earlier) a line is than the one before it.

        Raises `MalformedFile` where the times start over for no reason that can be seen.
        """
        before, texts_before = self._last or (seconds, texts)
        back_s = seconds - before if self._table.is_falling else before - seconds
        if back_s <= LATE_S:
            return 0
        if texts != texts_before:
            return 0  # the same day once more, for another device
        if back_s < MIDNIGHT_S or self._table.is_falling:
            raise MalformedFile(
                f"Only one date stands above the times of day, and in line {number} they start over: give "
                "each line its date, or import the days as files of their own with --date."
            )
        return 1
