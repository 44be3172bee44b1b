"""Decimal commas in a table whose columns commas part as well, without quotes: `2024-03-01 00:00,0,5,230,1`.

Which commas are decimal marks follows from the number of cells, where all numbers of a line have decimals or
none has; of one column of numbers in any case. Elsewhere nobody can know.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from api_service.ingest.formats.shapes.shape import (
    FileContext,
    TableOutput,
    Write,
    first_rows,
    rows_of,
    table_lines,
)
from shared.errors import MalformedFile

_WHOLE = re.compile(r"[+-]?\d+")
_DECIMALS = re.compile(r"\d+")
_SECONDS = re.compile(r".*\d:\d\d:\d\d")
_MILLIS = re.compile(r"\d{3}|\d{6}")
MOST_DECIMALS = 9


@dataclass(frozen=True)
class _Table:
    """The places of numbers in lines of `width` columns, and of a moment whose milliseconds a comma parts.

    `mark` is the decimal mark that is written: what the user says the file has.
    """

    names: int
    width: int
    numbers: tuple[int, ...]
    moment: int | None
    mark: str = "."


def find_comma_decimals(lines: tuple[str, ...], context: FileContext) -> Write | None:
    """A table with more cells than names, as its numbers have decimal commas.

    Raises `MalformedFile` for lines that can be read in several ways, unless the user names the decimal mark:
    those are rejected then.
    """
    if context.delimiter not in (None, ",") or context.decimal == ".":
        return None
    rows = first_rows(lines, ",")
    at = next((at for at, row in enumerate(rows) if _is_header(row)), None)
    if at is None:
        return None
    body = [row for row in rows[at + 1 :] if any(row)]
    table = _of_rows(at, len(rows[at]), body)
    if table is None:
        return None
    if context.decimal is None and not _are_decimals(table, body):
        raise MalformedFile(
            "The lines have one number more than the header has names: if commas mark decimals, say "
            "--decimal , (if a name is missing: --columns)."
        )
    # The last line may be cut.
    judged = body[:-1] or body
    unclear = [
        at for at, row in enumerate(judged, at + 2) if len(row) >= table.width and not _joined(table, row)
    ]
    if unclear and context.decimal is None:
        raise MalformedFile(
            "Commas part the columns and mark decimals, and some numbers have none: which belongs to which "
            f"cannot be known in line {unclear[0]}. Export the table with semicolons or quotes, or say "
            "--decimal , to reject such lines and read the others."
        )
    full = replace(table, mark=context.decimal or ".")
    return lambda source, target: _write(full, source, target)


def _is_header(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return (
        len(filled) > 1
        and len(filled) == len(row)
        and not any(_WHOLE.fullmatch(cell) or cell[0].isdigit() for cell in row)
    )


def _of_rows(at: int, width: int, body: list[list[str]]) -> _Table | None:
    """The places of numbers, where lines have more cells than the header has names."""
    longer = [row for row in body if len(row) > width]
    if (len(longer) * 2 <= len(body) and not (longer and width == 2)) or not longer:
        return None
    # All cells before the first number, and all behind the last, are none.
    head = min(_leading(row) for row in body)
    tail = min(_leading(row[::-1]) for row in body)
    if any(not _WHOLE.fullmatch(cell) for row in longer for cell in row[head : len(row) - tail] if cell):
        return None
    moment = _moment(body, head)
    numbers = tuple(range(head, width - tail))
    most = 2 * len(numbers) + (moment is not None)
    fits = all(width <= len(row) <= head + tail + most for row in longer)
    return _Table(at, width, numbers, moment) if numbers and fits else None


def _are_decimals(table: _Table, body: list[list[str]]) -> bool:
    """Whether the numbers behind commas are decimals rather than a column that the header does not name."""
    if len(table.numbers) > 1 or len({len(row) for row in body}) > 1:
        return True
    joined = [found for row in body if (found := _joined(table, row))]
    parts = [row[table.numbers[0]].partition(".")[2] for row in joined]
    return any(len(part) > 1 and part.startswith("0") for part in parts)


def _leading(row: Sequence[str]) -> int:
    """How many cells before the first number are none."""
    return next((place for place, cell in enumerate(row) if _WHOLE.fullmatch(cell)), len(row))


def _moment(body: list[list[str]], head: int) -> int | None:
    """The place of a moment with seconds, behind which every line has its milliseconds."""
    place = head - 1
    has = place >= 0 and all(
        len(row) > head and _SECONDS.fullmatch(row[place]) and _MILLIS.fullmatch(row[head]) for row in body
    )
    return place if has and len({row[head] for row in body}) > 1 else None


def _joined(table: _Table, row: list[str]) -> list[str] | None:
    """The row with its decimal marks as points; None where it can be read in several ways or in none."""
    cells = list(row)
    if table.moment is not None and len(cells) > table.moment + 1:
        cells[table.moment : table.moment + 2] = [f"{cells[table.moment]}.{cells[table.moment + 1]}"]
    first, count = table.numbers[0], len(table.numbers)
    tail = table.width - first - count
    parts = cells[first : len(cells) - tail]
    if len(parts) == count:
        return cells
    if len(parts) != 2 * count or any(not _DECIMALS.fullmatch(part) for part in parts[1::2]):
        return None
    numbers = [f"{whole}{table.mark}{part}" for whole, part in zip(parts[::2], parts[1::2], strict=True)]
    return [*cells[:first], *numbers, *cells[len(cells) - tail :]]


def _write(table: _Table, source: BinaryIO, target: BinaryIO) -> None:
    """The table with decimal points; lines that cannot be read stay as they are, and are rejected."""
    out = TableOutput(target, ",")
    for number, line in enumerate(table_lines(source)):
        row = rows_of([line], ",")[0] if number > table.names else []
        joined = _joined(table, row) if len(row) > 1 else None
        if joined is None or len(joined) != table.width:
            out.line(line)
        else:
            out.row(joined)
    out.close()
