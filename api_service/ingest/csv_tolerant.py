"""The slow lane: one line at a time, every tolerated way of writing, and a reason for each reject."""

import math
import re
from collections.abc import Iterable

import numpy as np

from api_service.ingest.blocks import MAX_LINE_BYTES
from api_service.ingest.layout import Layout, split
from api_service.ingest.rows import MISSING_STAMP, TEXTS, RawRows, Reject, clean_text, objects
from api_service.ingest.timestamps import Stamp, StampKind, parse_timestamp

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset({"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity", "+nan", "-nan"})
_NO_STAMP = Stamp(MISSING_STAMP, StampKind.ZONED)


class _Fault(Exception):
    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def read_lines(lines: Iterable[tuple[int, bytes]], layout: Layout) -> tuple[RawRows, list[Reject], list[int]]:
    """Read numbered lines; returns their rows, the rejects, and the numbers of the blank lines."""
    rejects: list[Reject] = []
    numbers: list[int] = []
    stamps: list[Stamp] = []
    cells: list[list[float]] = []
    texts: list[list[str | None]] = []
    blank: list[int] = []
    numeric = [name for name in layout.positions if name not in TEXTS and name != "timestamp"]
    for number, line in lines:
        if not line.strip():
            blank.append(number)
            continue
        try:
            fields = _fields(line, layout)
            stamp = _stamp(fields[layout.positions["timestamp"]])
            values = [_number(fields[layout.positions[name]], name, layout.decimal) for name in numeric]
            words = [_text(fields, layout.positions.get(name)) for name in TEXTS]
        except _Fault as fault:
            rejects.append(Reject(number, fault.field, fault.reason))
            continue
        numbers.append(number)
        stamps.append(stamp)
        cells.append(values)
        texts.append(words)
    table = np.array(cells, dtype=np.float64).reshape(len(cells), len(numeric))
    columns = {name: table[:, place].copy() for place, name in enumerate(numeric)}
    rows = RawRows(
        row=np.array(numbers, dtype=np.int64),
        stamp_us=np.array([stamp.us for stamp in stamps], dtype=np.int64),
        naive=np.array([stamp.kind is StampKind.NAIVE for stamp in stamps], dtype=np.bool_),
        cluster=columns.pop("cluster"),
        values=columns,
        device_state=objects([state for state, _ in texts]),
        device_name=objects([name for _, name in texts]),
    )
    return rows, rejects, blank


def _fields(line: bytes, layout: Layout) -> list[str]:
    if len(line) > MAX_LINE_BYTES:
        raise _Fault(None, f"line longer than {MAX_LINE_BYTES} bytes")
    if b"\0" in line:
        raise _Fault(None, "contains a NUL byte")
    text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    if "\r" in text:
        raise _Fault(None, "contains a carriage return inside the line")
    fields = split(text, layout.delimiter)
    if fields is None:
        raise _Fault(None, "a quoted field is not closed in its line")
    if len(fields) != layout.width:
        raise _Fault(None, f"{'fewer' if len(fields) < layout.width else 'more'} fields than the header")
    return fields


def _stamp(cell: str) -> Stamp:
    text = cell.strip()
    if not text:
        return _NO_STAMP
    stamp = parse_timestamp(text)
    if stamp is None:
        raise _Fault("timestamp", "not a timestamp such as 2026-03-09T14:30:00Z, or no such date")
    return stamp


def _number(cell: str, name: str, decimal: str) -> float:
    if not cell:
        return math.nan
    if decimal == "." and (value := _plain_float(cell)) is not None:
        return value
    text = cell.strip()
    if not text:
        return math.nan
    if decimal == ",":
        # A point among decimal commas groups thousands, or is a decimal after all: nobody can tell.
        text = "?" if "." in text else text.replace(",", ".")
    if _NUMBER.fullmatch(text):
        return float(text)
    if text.lower() in _NOT_FINITE:
        return math.inf
    raise _Fault(name, "not a number")


def _plain_float(cell: str) -> float | None:
    """The quick way for what nearly every cell is; None leaves it to the rules."""
    try:
        value = float(cell)
    except ValueError:
        return None
    # Python also reads 1_000 and digits of other scripts.
    return value if math.isfinite(value) and cell.isascii() and "_" not in cell else None


def _text(fields: list[str], place: int | None) -> str | None:
    return None if place is None else clean_text(fields[place])
