"""Tables with the start and the end of an interval in one cell, `00:00 - 00:15`: two columns instead."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

_CLOCK = r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d{2}:?\d{2})?"
_DATE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
_POINT = rf"(?:{_DATE}(?:[T ,]\s*{_CLOCK})?|{_CLOCK})"
_RANGE = re.compile(
    rf"(?:(?:from|von|de|du|van|od)\s+)?(?P<start>{_POINT})"
    r"(?:\s+(?:to|until|till|bis|au|a|al|tot|til|do|through|-|–|—|->|→|/|~)\s+|\s*[-–—/~]\s*)"
    rf"(?P<end>{_POINT})",
    re.IGNORECASE,
)
_DATED = re.compile(rf"({_DATE}[T ,]\s*)")
_DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT_LINES = 60
FEWEST_ENDS = 3


@dataclass(frozen=True)
class _Table:
    """The place of the cells with two moments in rows of `width` fields; `names`: the line of the names."""

    delimiter: str
    place: int
    width: int
    names: int | None
    are_clocks: bool


def has_interval_cells(begin: bytes) -> bool:
    """Whether most of the first lines hold such a cell in the same column."""
    return _find(begin.decode("utf-8", "replace").splitlines()[:LOOKED_AT_LINES]) is not None


def _find(lines: Sequence[str]) -> _Table | None:
    if not any(_RANGE.search(line) for line in lines):
        return None
    for delimiter in _DELIMITERS:
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
        found = {(at, place): match for at, place, match in _matches(rows)}
        counts = Counter((place, len(rows[at])) for at, place in found)
        (place, width), count = max(counts.items(), key=lambda item: item[1], default=((0, 0), 0))
        ends = {match["end"] for (_, at), match in found.items() if at == place}
        # An offset from UTC looks like the end of an interval, but is the same in most lines.
        if (
            width < 2
            or len(ends) < FEWEST_ENDS
            or count * 2 < len([row for row in rows if len(row) == width])
        ):
            continue
        first = min(at for at, each in found if each == place)
        above = [at for at in range(first) if len(rows[at]) == width and any(rows[at])]
        start = found[first, place]["start"]
        return _Table(
            delimiter, place, width, above[0] if above else None, re.fullmatch(_CLOCK, start) is not None
        )
    return None


def _matches(rows: Sequence[list[str]]) -> Iterator[tuple[int, int, re.Match[str]]]:
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if match := _RANGE.fullmatch(cell.strip()):
                yield at, place, match


def write_apart(source: BinaryIO, target: BinaryIO) -> None:
    """The same lines with the start and the end of each interval in columns of their own."""
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="\n")
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    head = [line for _, line in zip(range(LOOKED_AT_LINES), lines, strict=False)]
    table = _find([line.rstrip("\r\n") for line in head])
    if table is not None:
        _write(head, lines, table, text)
    lines.detach()
    text.detach()


def _write(head: Sequence[str], lines: Iterable[str], table: _Table, text: io.TextIOWrapper) -> None:
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    named = ["from time", "to time"] if table.are_clocks else ["start", "end"]
    for at, line in enumerate(part for lines_of in (head, lines) for part in lines_of):
        row = next(csv.reader([line.rstrip("\r\n")], delimiter=table.delimiter), [])
        if len(row) == table.width:
            pair = named if at == table.names else _pair(row[table.place])
            row[table.place : table.place + 1] = pair
        writer.writerow(row)


def _pair(cell: str) -> list[str]:
    """Start and end of an interval, the end with the date of the start where it has none."""
    match = _RANGE.fullmatch(cell.strip())
    if match is None:
        return [cell, ""]
    start, end = match["start"], match["end"]
    dated = _DATED.match(start)
    return [start, end if dated is None or _DATED.match(end) else f"{dated[1]}{end}"]
