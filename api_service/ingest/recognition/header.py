"""Where a file's header stands, what stands above it, and what parts its columns."""

import re
from collections import Counter
from dataclasses import dataclass

from api_service.ingest.lanes.fields import split
from api_service.ingest.recognition.columns import understand
from api_service.ingest.recognition.sample import Sample
from api_service.ingest.recognition.vocabulary import unit_of
from api_service.ingest.time.spelled import in_figures

DELIMITERS = (",", ";", "\t", "|")
SEARCHED_LINES = 60
MOMENT = re.compile(
    r"\s*(?:\d{1,4}[./-](?:\d{1,2}|[A-Za-z]{3})[./-]\d{1,4}(?:[T ,_].*)?"
    r"|\d{9,17}(?:\.\d+)?|1\d{18}|\d{8}T?\d{4,6}Z?)\s*"
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2}.*)?\s*(?:[AaPp][Mm].*)?")


@dataclass(frozen=True)
class Header:
    """The columns' names and units, the lines above them, and the number of lines before the first reading.

    `names` is empty where the file has no header; the file has `width` columns.
    """

    delimiter: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    preamble: tuple[str, ...]
    lines: int
    width: int


def find_header(sample: Sample, delimiter: str | None) -> Header:
    """The header that fits best: by the columns that it names, and by the readings that follow it."""
    lines = sample.begin[:SEARCHED_LINES]
    separator = next((line[4] for line in lines[:2] if re.fullmatch(r"sep=.", line.strip(), re.I)), None)
    choices = [given] if (given := delimiter or separator) else list(DELIMITERS)
    found = [_with(lines, choice) for choice in choices]
    return max(found, key=lambda each: each[0])[1]


def _with(lines: tuple[str, ...], delimiter: str) -> tuple[tuple[int, int, int], Header]:
    """The best header with one delimiter, and how good it is."""
    rows = [[cell.strip() for cell in split(line, delimiter) or [line]] for line in lines]
    first = next((at for at in range(len(rows)) if _is_reading(rows, at)), None)
    named = [_score(row) for row in rows[: (len(rows) if first is None else first)]]
    best = max(range(len(named)), key=lambda at: (named[at], -at), default=None)
    width = len(rows[first]) if first is not None else 0
    if best is not None and (named[best] >= 2 or (first is not None and _is_header(rows, best, first))):
        last = best
    elif first is None and rows:
        last = next((at for at, row in enumerate(rows) if any(row)), 0)
    elif first is not None and (last_named := _header_before(rows, first)) is not None:
        last = last_named
    else:
        return (0, 1, width), Header(delimiter, (), (), lines[:first], first or 0, width)
    units, data = _units(rows, last)
    names = _under(rows[last - 1] if last else [], rows[last])
    score = (named[last] if last < len(named) else 0, int(width == len(names)), len(names))
    return score, Header(delimiter, names, units, lines[:last], data, len(names))


def _under(above: list[str], names: list[str]) -> tuple[str, ...]:
    """The names, each with the heading above it where the same names come again under several headings."""
    filled = [name for name in names if name]
    if len(set(filled)) == len(filled) or len(above) != len(names):
        return tuple(names)
    if any(is_moment(cell) or _NUMBER.fullmatch(cell) for cell in above):
        return tuple(names)
    heading, found = "", []
    for over, name in zip(above, names, strict=True):
        heading = over or (heading if name else "")
        found.append(f"{heading} {name}".strip())
    return tuple(found)


def is_moment(cell: str) -> bool:
    """Whether a cell is a date, a date and time, or an epoch number."""
    if MOMENT.fullmatch(cell):
        return True
    is_worded = 7 <= len(cell) <= 80 and cell[-1:].isalnum() | (cell[-1:] in ").") and not cell.isalpha()
    has_both = is_worded and any(map(str.isdigit, cell)) and (cell[0] == "'" or any(map(str.isalpha, cell)))
    return has_both and in_figures(cell) is not None


def _is_reading(rows: list[list[str]], at: int) -> bool:
    """Whether a line holds a moment and something else, and the next line that is not empty does so too."""
    row = rows[at]
    places = [place for place, cell in enumerate(row) if is_moment(cell)] or _compact_dates(row)
    if len(row) <= 1 or not places:
        return False
    following = next((later for later in rows[at + 1 :] if any(later)), None)
    if following is None:
        return True
    return len(following) == len(row) and any(
        is_moment(following[place]) or _COMPACT_DATE.fullmatch(following[place]) for place in places
    )


def _compact_dates(row: list[str]) -> list[int]:
    """The dates without marks (`20240301`) of a line that has a time of day beside them."""
    has_clock = any(map(is_clock, row))
    return [place for place, cell in enumerate(row) if has_clock and _COMPACT_DATE.fullmatch(cell)]


def _score(row: list[str]) -> int:
    """How many cells name something that is known; a line with numbers or moments is no header."""
    if any(is_moment(cell) or _NUMBER.fullmatch(cell) for cell in row):
        return 0
    meanings = [understand(place, cell).quantity for place, cell in enumerate(row) if cell]
    return len({quantity for quantity in meanings if quantity and quantity != "ignored"})


def _is_header(rows: list[list[str]], at: int, first: int) -> bool:
    return _score(rows[at]) > 0 and len(rows[at]) == len(rows[first])


def _header_before(rows: list[list[str]], first: int) -> int | None:
    """The last line before the first reading, if it has its width and no numbers."""
    for at in range(first - 1, -1, -1):
        if any(rows[at]):
            numbers = Counter(bool(_NUMBER.fullmatch(cell)) for cell in rows[at])
            return at if len(rows[at]) == len(rows[first]) and not numbers[True] else None
    return None


def _units(rows: list[list[str]], header: int) -> tuple[tuple[str, ...], int]:
    """The units row beside the header, and the number of lines before the readings."""
    for at in (header + 1, header - 1):
        if 0 <= at < len(rows) and len(rows[at]) == len(rows[header]):
            cells = [cell.strip("[]() ") for cell in rows[at]]
            if _are_units([cell for cell in cells if cell]):
                return tuple(cells), max(header, at) + 1
    return (), header + 1


def _are_units(cells: list[str]) -> bool:
    """Whether at least half of these are units; a row with a moment or a number is a reading.

    The number 1 is the unit of a power factor beside units with letters.
    """
    if any(is_moment(cell) or is_clock(cell) or (_NUMBER.fullmatch(cell) and cell != "1") for cell in cells):
        return False
    units = [cell for cell in cells if unit_of(cell) is not None]
    return any(cell != "1" for cell in units) and len(units) * 2 >= len(cells)


def is_clock(cell: str) -> bool:
    """Whether a cell is a time of day alone."""
    return _CLOCK.fullmatch(cell) is not None
