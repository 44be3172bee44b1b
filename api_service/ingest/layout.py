"""Recognise the columns of a CSV file from its header and a few lines."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_service.ingest.blocks import Head
from api_service.ingest.rows import FIELDS, POWER_FIELDS, TEXTS
from shared.errors import MalformedFile

DELIMITERS = (",", ";", "\t")
_POINT_DECIMAL = re.compile(r"\s*[+-]?\d*\.\d+\s*")
_COMMA_DECIMAL = re.compile(r"\s*[+-]?\d*,\d+\s*")


@dataclass(frozen=True)
class Layout:
    """How a file is written: `positions` maps our fields to the places of their columns among `width`."""

    delimiter: str
    decimal: str
    positions: Mapping[str, int]
    width: int
    ignored: tuple[str, ...]


def recognise(head: Head, delimiter: str | None = None) -> Layout:
    """Find the table's own columns, in any order and case; others are ignored and named.

    Without a `delimiter` it is the one of comma, semicolon and tab that finds the most columns. Raises
    `MalformedFile` when a needed column is missing or a column comes twice.
    """
    choices = [given] if (given := delimiter or head.separator) else list(DELIMITERS)
    found = max((_columns(head.header, choice) for choice in choices), key=_known)
    delimiter = choices[[_columns(head.header, choice) for choice in choices].index(found)]
    _demand(found)
    positions = {name: found.index(name) for name in FIELDS if name in found}
    ignored = tuple(name for name in found if name not in FIELDS)
    decimal = _decimal(head.sample, delimiter, positions)
    return Layout(delimiter, decimal, positions, len(found), ignored)


def split(text: str, delimiter: str) -> list[str] | None:
    """The fields of one line; None when it is not one line, or a quote stays open."""
    if '"' not in text:
        return text.split(delimiter)
    # The mark is swallowed by an open quote, and stands alone otherwise.
    mark = "\x01"
    try:
        fields = next(csv.reader([text, mark], delimiter=delimiter))
    except csv.Error:  # a carriage return inside, or a field beyond all measure
        return None
    return None if fields and fields[-1].endswith(mark) else fields


def _columns(header: str, delimiter: str) -> list[str]:
    fields = split(header, delimiter) or [header]
    return [re.sub(r"[\s-]+", "_", field.strip()).lower() for field in fields]


def _known(columns: list[str]) -> int:
    return sum(name in FIELDS for name in columns)


def _demand(columns: list[str]) -> None:
    for name in FIELDS:
        if columns.count(name) > 1:
            raise MalformedFile(f"The column `{name}` comes {columns.count(name)} times; keep one of them.")
    missing = [f"`{name}`" for name in ("timestamp", "cluster") if name not in columns]
    if not any(name in columns for name in POWER_FIELDS):
        missing.append("`real_power` (kW) or `real_power_watt` (W)")
    if missing:
        have = ", ".join(columns[:20])[:300]
        raise MalformedFile(
            f"The header lacks {' and '.join(missing)}. It names: {have}. "
            f"The first line must name the columns; known ones are {', '.join(FIELDS)}."
        )


def _decimal(sample: Sequence[str], delimiter: str, positions: Mapping[str, int]) -> str:
    if delimiter == ",":
        return "."
    places = [place for name, place in positions.items() if name not in (*TEXTS, "timestamp", "cluster")]
    rows = [fields for line in sample if (fields := split(line, delimiter))]
    cells = [fields[place] for fields in rows for place in places if place < len(fields)]
    commas = sum(bool(_COMMA_DECIMAL.fullmatch(cell)) for cell in cells)
    points = sum(bool(_POINT_DECIMAL.fullmatch(cell)) for cell in cells)
    return "," if commas > points else "."
