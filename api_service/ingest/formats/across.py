"""Tables whose times stand side by side in the header, one column for each: a line for each value instead."""

import csv
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

_CLOCK = re.compile(r"\s*(\d{1,2})[:.](\d{2})(?::00)?(?:\s*[-–]\s*\d{1,2}[:.]\d{2}(?::00)?)?\s*")
_MOMENT = re.compile(r"\s*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?\s*")
_DELIMITERS = (",", ";", "\t")
SEARCHED_LINES = 30
FEWEST_CLOCKS = 12


@dataclass(frozen=True)
class _Table:
    """Where the header stands, and which of its columns are times (`is_moment`: with their date)."""

    delimiter: str
    line: int
    names: list[str]
    times: list[int]
    is_moment: bool


def is_across(begin: bytes) -> bool:
    """Whether a header of times is among the first lines."""
    return _find(begin.decode("utf-8", "replace").splitlines()[:SEARCHED_LINES]) is not None


def _find(lines: list[str]) -> _Table | None:
    for number, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            names = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
            clocks = [place for place, name in enumerate(names) if _CLOCK.fullmatch(name)]
            moments = [place for place, name in enumerate(names) if _MOMENT.fullmatch(name)]
            if len(clocks) >= FEWEST_CLOCKS and len(clocks) < len(names):
                return _Table(delimiter, number, names, clocks, is_moment=False)
            if len(moments) >= 3 and 0 < len(names) - len(moments) <= len(moments) and 0 not in moments:
                return _Table(delimiter, number, names, moments, is_moment=True)
    return None


def write_across(source: BinaryIO, target: BinaryIO) -> None:
    """Each value on a line of its own, behind the other columns of its line and its time."""
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="")
    head = [line for _, line in zip(range(SEARCHED_LINES), lines, strict=False)]
    table = _find([line.rstrip("\r\n") for line in head])
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    if table is not None:
        writer = csv.writer(text, lineterminator="\n")
        others = [place for place in range(len(table.names)) if place not in table.times]
        time = ["timestamp"] if table.is_moment else ["start time"]
        writer.writerow([*(table.names[place] for place in others), *time, "value"])
        for row in csv.reader([*head[table.line + 1 :], *lines], delimiter=table.delimiter):
            for place in table.times if len(row) == len(table.names) else ():
                moment = table.names[place] if table.is_moment else _start(table.names[place])
                writer.writerow([*(row[other] for other in others), moment, row[place]])
    lines.detach()
    text.detach()


def _start(name: str) -> str:
    match = _CLOCK.fullmatch(name)
    return f"{int(match[1]):02}:{match[2]}" if match else name
