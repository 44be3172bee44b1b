"""The cells of a sample, by column, and what their values say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from api_service.ingest.blocks import Position
from api_service.ingest.lanes.csv_tolerant import read_number
from api_service.ingest.lanes.fields import split
from api_service.ingest.layout import Layout, StampPlan
from api_service.ingest.recognition.header import Header
from api_service.ingest.recognition.sample import Sample
from api_service.metering.blocks import FloatArray

_COMMA_DECIMAL = re.compile(r"\s*[+-]?\d*,\d+\s*")
_POINT_DECIMAL = re.compile(r"\s*[+-]?\d*\.\d+\s*")
_POINT_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(?:\.\d{3})+,\d+\s*")
_COMMA_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*")


class Decimals(NamedTuple):
    """The marks of a file's numbers: that of the decimals, and that of the thousands or nothing."""

    point: str
    thousands: str


@dataclass(frozen=True)
class Grid:
    """Rows of a sample in the file's width; `runs` says how many rows follow one another, run by run."""

    rows: tuple[tuple[str, ...], ...]
    runs: tuple[int, ...]
    delimiter: str

    def texts(self, place: int) -> list[str]:
        """The cells of one column."""
        return [row[place].strip() for row in self.rows]

    def numbers(self, place: int, decimals: Decimals) -> FloatArray:
        """The numbers of one column; NaN for what is empty or no finite number."""
        layout = _number_layout(decimals)
        values = np.array([read_number(row[place], layout) for row in self.rows], dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def is_numeric(self, place: int, decimals: Decimals) -> bool:
        """Whether most of the filled cells of a column are numbers."""
        filled = sum(bool(text) for text in self.texts(place))
        return filled > 0 and int(np.count_nonzero(~np.isnan(self.numbers(place, decimals)))) * 2 > filled


def read_grid(sample: Sample, header: Header) -> Grid:
    """The readings of a sample that have the width of the header."""
    rows: list[tuple[str, ...]] = []
    runs = []
    for run in (sample.begin[header.lines :], *sample.later):
        before = len(rows)
        for line in run:
            fields = split(line, header.delimiter) if line.strip() else None
            surplus = fields[header.width :] if fields else []
            if fields and len(fields) >= header.width and not any(cell.strip() for cell in surplus):
                rows.append(tuple(fields[: header.width]))
        runs.append(len(rows) - before)
    return Grid(tuple(rows), tuple(runs), header.delimiter)


def find_decimals(grid: Grid, places: Sequence[int], given: str | None) -> Decimals:
    """How numbers are written in these columns, judged over the whole sample."""
    cells = [row[place] for row in grid.rows for place in places]
    if given == "," or (given is None and grid.delimiter != "," and _has_commas(cells)):
        return Decimals(",", "." if any(map(_POINT_THOUSANDS.fullmatch, cells)) else "")
    if given is None and grid.delimiter == "," and _has_only_commas(cells):
        return Decimals(",", "")
    return Decimals(".", "," if any(map(_COMMA_THOUSANDS.fullmatch, cells)) else "")


def _has_commas(cells: list[str]) -> bool:
    commas = sum(bool(_COMMA_DECIMAL.fullmatch(cell) or _POINT_THOUSANDS.fullmatch(cell)) for cell in cells)
    return commas > sum(bool(_POINT_DECIMAL.fullmatch(cell)) for cell in cells)


def _has_only_commas(cells: list[str]) -> bool:
    """Quoted `"0,345"` in a file whose columns a comma parts: decimals, unless all look like thousands."""
    written = [cell for cell in cells if "," in cell]
    if not written or not _has_commas(cells):
        return False
    return not all(_COMMA_THOUSANDS.fullmatch(cell) for cell in written)


def _number_layout(decimals: Decimals) -> Layout:
    return Layout("", decimals.point, 0, StampPlan(()), (), Position(0, 0), thousands=decimals.thousands)
