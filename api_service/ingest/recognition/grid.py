"""The cells of a sample, by column, and what their values say."""

import re
from collections import Counter
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from api_service.ingest.lanes.fields import split
from api_service.ingest.lanes.numbers import read_number, split_unit
from api_service.ingest.layout import NumberStyle
from api_service.ingest.recognition.header import Header, is_moment
from api_service.ingest.recognition.sample import Sample
from api_service.ingest.recognition.sequences import Sequence
from api_service.ingest.recognition.vocabulary import unit_of
from api_service.metering.blocks import FloatArray

_UNGROUPED = re.compile(r"(?<=\d)[ '\u00a0\u202f\u2009\u2019](?=\d{3}(?!\d))")
_COMMA_DECIMAL = re.compile(r"\s*[+-]?\d*,\d+\s*")
_POINT_DECIMAL = re.compile(r"\s*[+-]?\d*\.\d+\s*")
_POINT_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+\s*")
_POINT_GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:\.\d{3})+\s*")
FEWEST_POINTED = 10
_COMMA_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:,\d{2})+,\d{3})(?:\.\d+)?\s*")


class Decimals(NamedTuple):
    """The marks of a file's numbers: that of the decimals, and that of the thousands or nothing."""

    point: str
    thousands: str


@dataclass(frozen=True)
class Grid:
    """Rows of a sample in the file's width; `runs` says how many rows follow one another, run by run.

    Rows of at least `shortest` fields (0: none) leave out empty fields at their end. `sequences` are the rows
    of each device in the order of time, once those are known.
    """

    rows: tuple[tuple[str, ...], ...]
    runs: tuple[int, ...]
    delimiter: str
    width: int
    shortest: int = 0
    sequences: tuple[Sequence, ...] = ()
    _known: dict[tuple[int, Decimals], FloatArray] = field(default_factory=dict, compare=False, repr=False)

    def texts(self, place: int) -> list[str]:
        """The cells of one column."""
        return [row[place].strip() for row in self.rows]

    def numbers(self, place: int, decimals: Decimals) -> FloatArray:
        """The numbers of one column, not to be changed; NaN for what is empty or no finite number."""
        if (place, decimals) not in self._known:
            self._known[place, decimals] = self._read(place, decimals)
        return self._known[place, decimals]

    def _read(self, place: int, decimals: Decimals) -> FloatArray:
        style = NumberStyle(decimals.point, decimals.thousands, dict.fromkeys(self.units(place), 1.0))
        values = np.array([read_number(row[place], style) for row in self.rows], dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def units(self, place: int) -> list[str]:
        """The words that stand behind a column's numbers, the most frequent one first."""
        found = Counter(split[1] for text in self.texts(place) if (split := split_unit(text)))
        return [word for word, _ in found.most_common() if unit_of(word)]

    def is_numeric(self, place: int, decimals: Decimals) -> bool:
        """Whether most of the filled cells of a column are numbers."""
        filled = sum(bool(text) for text in self.texts(place))
        return filled > 0 and int(np.count_nonzero(~np.isnan(self.numbers(place, decimals)))) * 2 > filled


def read_grid(sample: Sample, header: Header) -> Grid:
    """The readings of a sample, those with fewer fields filled up where several lines are as short."""
    runs = [
        [fields for line in run if line.strip() and (fields := split(line, header.delimiter))]
        for run in (sample.begin[header.lines :], *sample.later)
    ]
    shortest = _shortest(runs, header.width)
    kept = [[_in_width(fields, header.width, shortest) for fields in run] for run in runs]
    chosen = [[row for row in run if row] for run in kept]
    rows = tuple(row for run in chosen for row in run)
    return Grid(rows, tuple(len(run) for run in chosen), header.delimiter, header.width, shortest)


_CUT_LINES = 2
"""So many readings as short as each other may have been cut, one of them at the end of the file."""


def _shortest(runs: list[list[list[str]]], width: int) -> int:
    """The fewest fields of readings, if that is below the width and no single cut line; else 0."""
    lengths = Counter(
        len(fields)
        for run in runs
        for fields in run
        if 1 < len(fields) < width and any(map(is_moment, fields))
    )
    often = [length for length, count in lengths.items() if count > _CUT_LINES]
    return min(often, default=0)


def _in_width(fields: list[str], width: int, shortest: int) -> tuple[str, ...] | None:
    if len(fields) > width and any(cell.strip() for cell in fields[width:]):
        return None
    if len(fields) < (shortest or width):
        return None
    return tuple([*fields, *[""] * (width - len(fields))][:width])


def find_decimals(grid: Grid, places: Items[int], given: str | None) -> Decimals:
    """How numbers are written in these columns, judged over the whole sample."""
    cells = [_bare(row[place]) for row in grid.rows for place in places]
    if given == "," and any(map(_POINT_GROUPS.fullmatch, cells)):
        return Decimals(",", ".")
    if given == "," or (given is None and grid.delimiter != "," and _has_commas(cells)):
        return Decimals(",", "." if any(map(_POINT_THOUSANDS.fullmatch, cells)) else "")
    if given is None and grid.delimiter == "," and _has_only_commas(cells):
        return Decimals(",", "")
    return Decimals(".", "," if any(map(_COMMA_THOUSANDS.fullmatch, cells)) else "")


def point_doubt(grid: Grid, places: Items[int], decimals: Decimals) -> list[str]:
    """A doubt where all points stand before three figures, in a file with semicolons: `1.234` W or 1234 W."""
    if decimals.point != "." or grid.delimiter != ";":
        return []
    pointed = [cell for row in grid.rows for place in places if "." in (cell := _bare(row[place]))]
    if len(pointed) < FEWEST_POINTED or not all(map(_POINT_GROUPS.fullmatch, pointed)):
        return []
    return [
        f"{pointed[0]!r} and the like are read with three decimals: if they are thousands, say --decimal ,"
    ]


def _bare(cell: str) -> str:
    """A number without its unit, and without thousands marks that are no decimal marks."""
    found = split_unit(cell.strip())
    return _UNGROUPED.sub("", found[0] if found and unit_of(found[1]) else cell)


def _has_commas(cells: list[str]) -> bool:
    commas = sum(bool(_COMMA_DECIMAL.fullmatch(cell) or _POINT_THOUSANDS.fullmatch(cell)) for cell in cells)
    return commas > sum(bool(_POINT_DECIMAL.fullmatch(cell)) for cell in cells)


def _has_only_commas(cells: list[str]) -> bool:
    """Quoted `"0,345"` in a file whose columns a comma parts: decimals, unless all look like thousands."""
    written = [cell for cell in cells if "," in cell]
    if not written or not _has_commas(cells):
        return False
    return not all(_COMMA_THOUSANDS.fullmatch(cell) for cell in written)
