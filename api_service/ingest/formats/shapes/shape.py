"""What a shape of tables is: found in the first lines of a file, written as a plain table."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import BinaryIO

Write = Callable[[BinaryIO, BinaryIO], None]
DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT_LINES = 200
SEARCHED_LINES = 40
"""A header stands among these."""


@dataclass(frozen=True)
class FileContext:
    """What is known of a file beside its content: its name without suffix, and what its user says.

    `day` is the date of its first time of day, `order` that of its dates (`dmy`, `mdy`, `ymd`).
    """

    stem: str = ""
    day: date | None = None
    order: str | None = None
    decimal: str | None = None
    delimiter: str | None = None


Find = Callable[[tuple[str, ...], FileContext], Write | None]
"""How to write the table that begins with these lines as a plain one; None for a table of another shape.

Raises `MalformedFile`, with the option that helps, for a table of this shape that cannot be read.
"""


@lru_cache(len(DELIMITERS))
def first_rows(lines: tuple[str, ...], delimiter: str) -> list[list[str]]:
    """As `rows_of`, of the lines that all shapes look at; not to be changed."""
    return rows_of(lines, delimiter)


def rows_of(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The cells of each line, without the blanks around them; what no reader of CSV gets through is empty."""
    found = []
    for line in lines:
        try:
            found.append([cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])])
        except csv.Error:
            found.append([])
    return found


def table_lines(source: BinaryIO) -> Iterator[str]:
    """The lines of a text, without their line ends."""
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="\n")
    for line in lines:
        yield line.rstrip("\r\n")
    lines.detach()


class TableOutput:
    """Writes rows of cells, and lines as they are, as UTF-8."""

    def __init__(self, target: BinaryIO, delimiter: str) -> None:
        self._text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\n")

    def row(self, cells: list[str]) -> None:
        """Write one row."""
        self._writer.writerow(cells)

    def rows(self, found: list[list[str]]) -> None:
        """Write several rows."""
        self._writer.writerows(found)

    def line(self, text: str) -> None:
        """Write one line as it is."""
        self._text.write(text + "\n")

    def close(self) -> None:
        """Leave the stream below open, with everything written."""
        self._text.detach()


def rewrite(
    source: BinaryIO, target: BinaryIO, delimiter: str, change: Callable[[int, list[str]], list[str] | None]
) -> None:
    """Write a table with its lines changed; one for which `change` (its number, its cells) is None stays."""
    out = TableOutput(target, delimiter)
    for number, line in enumerate(table_lines(source)):
        row = change(number, rows_of([line], delimiter)[0])
        if row is None:
            out.line(line)
        else:
            out.row(row)
    out.close()
