"""Tables whose times stand side by side in the header, one column for each: a line for each value instead."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

_CLOCK = re.compile(r"\s*(\d{1,2})[:.](\d{2})(?::00)?(?P<to>\s*[-–]\s*\d{1,2}[:.]\d{2}(?::00)?)?\s*")
_MOMENT = re.compile(r"\s*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?\s*")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
# What a column beside the times is called that sums up their values.
_MEASURED = re.compile(
    r"(?<![^\W_])(?:total\w*|tota[al]+|sum|summe|gesamt|[km]?(?:wh?|varh?|vah?)|energy|power|usage|consumption|demand"
    r"|min|max|mean|average|avg)(?![^\W_])",
    re.IGNORECASE,
)
# What a column is called that numbers something, such as `Power meter no`.
_NUMBERED = re.compile(
    r"(?<![^\W_])(?:meters?|id|no|nr|num|number|code|type|register|channel|serial)(?![^\W_])", re.I
)
_DELIMITERS = (",", ";", "\t")
SEARCHED_LINES = 30
FEWEST_CLOCKS = 12
DAY_MINUTES = 1440


@dataclass(frozen=True)
class _Table:
    """Where the header stands, and the times by their places; `time` is the name of their column.

    `others` are the places of the columns that say whose values a line holds.
    """

    delimiter: str
    line: int
    names: list[str]
    times: dict[int, str]
    time: str
    others: tuple[int, ...] = ()


def is_across(begin: bytes) -> bool:
    """Whether a header of times is among the first lines."""
    return _find(begin.decode("utf-8", "replace").splitlines()[:SEARCHED_LINES]) is not None


def _find(lines: list[str]) -> _Table | None:
    for number, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            names = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
            found = None if any(map(_NUMBER.fullmatch, names)) else _clocks(names) or _moments(names)
            if found is not None:
                table = _Table(delimiter, number, names, *found)
                return replace(table, others=_others(table, lines[number + 1 :]))
    return None


def _others(table: _Table, below: list[str]) -> tuple[int, ...]:
    """The columns beside the times, but for those that measure something, such as the day's total."""
    rows = [row for row in csv.reader(below, delimiter=table.delimiter) if len(row) == len(table.names)]

    def measures(place: int) -> bool:
        cells = [row[place].strip() for row in rows if row[place].strip()]
        name = table.names[place]
        is_named = bool(_MEASURED.search(name)) and not _NUMBERED.search(name)
        return is_named and all(map(_NUMBER.fullmatch, cells))

    return tuple(at for at in range(len(table.names)) if at not in table.times and not measures(at))


def _clocks(names: list[str]) -> tuple[dict[int, str], str] | None:
    """The times of day of a header, and what they are; None without enough ascending ones."""
    found = {place: match for place, name in enumerate(names) if (match := _CLOCK.fullmatch(name))}
    if not FEWEST_CLOCKS <= len(found) < len(names):
        return None
    minutes = {place: int(match[1]) * 60 + int(match[2]) for place, match in found.items()}
    last = max(minutes)
    if minutes[last] == 0:
        minutes[last] = DAY_MINUTES
    if not _ascend(list(minutes.values())):
        return None
    # The columns 00:30 to 24:00 are named by the ends of their intervals.
    are_ends = minutes[last] == DAY_MINUTES and not any(match["to"] for match in found.values())
    times = {place: f"{minute // 60:02}:{minute % 60:02}" for place, minute in minutes.items()}
    return times, "end time" if are_ends else "start time"


def _moments(names: list[str]) -> tuple[dict[int, str], str] | None:
    """The dates of a header, with their time or without; None without enough ascending ones."""
    times = {place: name for place, name in enumerate(names) if _MOMENT.fullmatch(name)}
    is_header = len(times) >= 3 and 0 < len(names) - len(times) <= len(times) and 0 not in times
    return (times, "timestamp") if is_header and _ascend(list(times.values())) else None


def _ascend(values: Sequence[Any]) -> bool:
    return list(values) == sorted(set(values))


def write_across(source: BinaryIO, target: BinaryIO) -> None:
    """Each value on a line of its own, behind the other columns of its line and its time."""
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="")
    head = [line for _, line in zip(range(SEARCHED_LINES), lines, strict=False)]
    table = _find([line.rstrip("\r\n") for line in head])
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    if table is not None:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*(table.names[place] for place in table.others), table.time, "value"])
        for row in csv.reader([*head[table.line + 1 :], *lines], delimiter=table.delimiter):
            writer.writerows(_of_row(row, table))
    lines.detach()
    text.detach()


def _of_row(row: list[str], table: _Table) -> Iterator[list[str]]:
    """The lines of one row, a short one filled up; one with too many fields goes through, to be rejected."""
    width = len(table.names)
    if any(cell.strip() for cell in row[width:]):
        yield row
    elif row:
        filled = [*row, *[""] * (width - len(row))]
        for place, time in table.times.items():
            yield [*(filled[other] for other in table.others), time, filled[place]]
