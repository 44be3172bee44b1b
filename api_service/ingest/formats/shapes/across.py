"""Tables whose times stand side by side in the header, one column for each: a line for each value instead."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

_CLOCK = re.compile(
    r"\s*(\d{1,2})(?:[:.](\d{2})(?::00)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"(?P<to>\s*(?:[-–]|to|bis)\s*\d{1,2}(?:[:.]\d{2}(?::00)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?\s*"
)
# `H01` to `H24`, `HH01` to `HH48`: parts of the day by their numbers.
_NUMBERED_PART = re.compile(
    r"\s*(h|he|hr|hour|hora|heure|stunde|std|uur|ora|hh|int|interval|intervall|period|periodo|p|v|value|val|wert"
    r"|read|reading|kwh|q)?[\s_.]*0*(\d{1,3})\s*",
    re.IGNORECASE,
)
_DATE_ONLY = re.compile(r"\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\s*|(?:19|20)\d{6}")
_WITH_CLOCK = re.compile(r"\s*(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[T ,_].*|\d{1,2}:\d{2}.*|\d{9,})")
# So many parts a day, and what names of more are: the hour that comes twice when the clock goes back.
_PARTS = {24: 24, 25: 24, 48: 48, 50: 48, 96: 96, 100: 96, 288: 288, 300: 288}
_TIME_NAME = re.compile(r"\s*(?:date\s*/?\s*time|time\s*stamp|time|date|datum|zeit)?\s*", re.IGNORECASE)
_WITH_UNIT = re.compile(r".*\S\s*[(\[][^)\]]{1,5}[)\]]\s*")
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

    `others` are the places of the columns that say whose values a line holds; `repeated` those of the hour
    that comes twice when the clock goes back.
    """

    delimiter: str
    line: int
    names: list[str]
    times: dict[int, str]
    time: str
    others: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()


def is_across(begin: bytes) -> bool:
    """Whether a header of times is among the first lines."""
    return _find(begin.decode("utf-8", "replace").splitlines()[:SEARCHED_LINES]) is not None


def _find(lines: list[str]) -> _Table | None:
    for number, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            names = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
            below = list(csv.reader(lines[number + 1 :], delimiter=delimiter))
            table = _of_parts(names, below, _Table(delimiter, number, names, {}, "start time"))
            found = None if any(map(_NUMBER.fullmatch, names)) else _clocks(names) or _moments(names)
            if table is None and found is not None:
                table = _Table(delimiter, number, names, *found)
            if table is not None:
                table = replace(table, others=_others(table, lines[number + 1 :]))
                return replace(table, names=_labelled(table, below))
    return None


def _of_parts(names: list[str], below: list[list[str]], table: _Table) -> _Table | None:
    """The numbered parts of a day beside its date; None where lines have times of their own.

    Of a table of devices, whose columns may be numbered as well, each line has a time.
    """
    found = {at: match for at, name in enumerate(names) if (match := _NUMBERED_PART.fullmatch(name))}
    numbers = [int(match[2]) for match in found.values()]
    prefixes = {(match[1] or "").lower() for match in found.values()}
    count = _PARTS.get(len(found))
    if count is None or len(prefixes) != 1 or numbers != list(range(numbers[0], numbers[0] + len(found))):
        return None
    rows = [row for row in below if len(row) == len(names)]
    cells = [[cell for at, cell in enumerate(row) if at not in found] for row in rows]
    has_dates = all(
        any(map(_DATE_ONLY.fullmatch, row)) and not any(map(_WITH_CLOCK.fullmatch, row)) for row in cells
    )
    if not rows or not has_dates or numbers[0] > 1:
        return None
    minutes = DAY_MINUTES // count
    times = {at: index * minutes for index, at in enumerate(found) if index < count}
    clocks = {at: f"{minute // 60:02}:{minute % 60:02}" for at, minute in times.items()}
    return replace(table, times=clocks, repeated=tuple(at for at in found if at not in times))


def _labelled(table: _Table, below: list[list[str]]) -> list[str]:
    """The names, that of a column which says what each line measures changed: `power [W]`, `Fridge (kW)`."""
    if len(table.others) != 1 or table.time != "timestamp":
        return table.names
    place = table.others[0]
    texts = [row[place] for row in below if len(row) == len(table.names)]
    has_units = bool(texts) and all(map(_WITH_UNIT.fullmatch, texts))
    names = list(table.names)
    if has_units or _TIME_NAME.fullmatch(names[place]):
        names[place] = "measurement"
    return names


def _others(table: _Table, below: list[str]) -> tuple[int, ...]:
    """The columns beside the times, but for those that measure something, such as the day's total."""
    rows = [row for row in csv.reader(below, delimiter=table.delimiter) if len(row) == len(table.names)]

    def measures(place: int) -> bool:
        cells = [row[place].strip() for row in rows if row[place].strip()]
        name = table.names[place]
        is_named = bool(_MEASURED.search(name)) and not _NUMBERED.search(name)
        return is_named and all(map(_NUMBER.fullmatch, cells))

    taken = {*table.times, *table.repeated}
    return tuple(at for at in range(len(table.names)) if at not in taken and not measures(at))


def _clocks(names: list[str]) -> tuple[dict[int, str], str] | None:
    """The times of day of a header, and what they are; None without enough ascending ones."""
    matches = {place: match for place, name in enumerate(names) if (match := _CLOCK.fullmatch(name))}
    found = {place: match for place, match in matches.items() if match[2] or match["half"] or match["to"]}
    if not FEWEST_CLOCKS <= len(found) < len(names):
        return None
    minutes = {place: _minute(match) for place, match in found.items()}
    last = max(minutes)
    if minutes[last] == 0:
        minutes[last] = DAY_MINUTES
    if not _ascend(list(minutes.values())):
        return None
    # The columns 00:30 to 24:00 are named by the ends of their intervals.
    are_ends = minutes[last] == DAY_MINUTES and not any(match["to"] for match in found.values())
    times = {place: f"{minute // 60:02}:{minute % 60:02}" for place, minute in minutes.items()}
    return times, "end time" if are_ends else "start time"


def _minute(match: re.Match[str]) -> int:
    """The minute of the day at which a heading's part of it begins."""
    hour, half = int(match[1]), (match["half"] or "").lower()
    hour = hour % 12 + 12 * half.startswith("p") if half else hour
    return hour * 60 + int(match[2] or 0)


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
        # The delimiter stays: a comma in a number is a decimal mark beside semicolons.
        writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
        writer.writerow([*(table.names[place] for place in table.others), table.time, "value"])
        for row in csv.reader([*head[table.line + 1 :], *lines], delimiter=table.delimiter):
            writer.writerows(_of_row(row, table))
    lines.detach()
    text.detach()


def _of_row(row: list[str], table: _Table) -> Iterator[list[str]]:
    """The lines of one row, a short one filled up.

    One with too many fields, or with an hour twice, goes through as it is: it is rejected.
    """
    width = len(table.names)
    if any(cell.strip() for cell in (*row[width:], *(row[at] for at in table.repeated if at < len(row)))):
        yield row
    elif row:
        filled = [*row, *[""] * (width - len(row))]
        for place, time in table.times.items():
            yield [*(filled[other] for other in table.others), time, filled[place]]
