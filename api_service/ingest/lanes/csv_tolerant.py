"""The slow lane: one line at a time, every tolerated way of writing, and a reason for each reject."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from api_service.ingest.blocks import MAX_LINE_BYTES
from api_service.ingest.lanes.fields import split
from api_service.ingest.lanes.numbers import read_number
from api_service.ingest.layout import DateOrder, Layout
from api_service.ingest.rows import (
    BAD_STAMP,
    MISSING_STAMP,
    NULL_WORDS,
    Cells,
    Reject,
    clean_text,
    objects,
)
from api_service.ingest.time.timestamps import Stamp, StampKind, parse_timestamp
from api_service.ingest.time.written import parse_written
from api_service.metering.blocks import BoolArray, IntArray

_NULLS = frozenset(NULL_WORDS)
_NO_STAMP = Stamp(MISSING_STAMP, StampKind.ZONED)
_BAD_STAMP = Stamp(BAD_STAMP, StampKind.ZONED)


class _Fault(Exception):
    """A line that cannot be cut into the file's fields."""


def read_lines(lines: Iterable[tuple[int, bytes]], layout: Layout) -> tuple[Cells, list[Reject], list[int]]:
    """Read numbered lines; returns their cells, the rejects, and the numbers of the blank lines."""
    rejects: list[Reject] = []
    numbers: list[int] = []
    found: list[list[str]] = []
    blank: list[int] = []
    empty = (layout.delimiter + " \t\r").encode()
    for number, line in lines:
        if not line.strip(empty):
            blank.append(number)
            continue
        try:
            found.append(_fields(line, layout))
        except _Fault as fault:
            rejects.append(Reject(number, None, str(fault)))
            continue
        numbers.append(number)
    stamp_us, naive = _stamps(found, layout)
    cells = Cells(
        row=np.array(numbers, dtype=np.int64),
        stamp_us=stamp_us,
        naive=naive,
        numbers={
            place: np.array([read_number(fields[place], style) for fields in found], dtype=np.float64)
            for place, style in ((place, layout.number_style(place)) for place in layout.numbers)
        },
        texts={place: objects([clean_text(fields[place]) for fields in found]) for place in layout.texts},
    )
    return cells, rejects, blank


def _fields(line: bytes, layout: Layout) -> list[str]:
    if len(line) > MAX_LINE_BYTES:
        raise _Fault(f"line longer than {MAX_LINE_BYTES} bytes")
    if b"\0" in line:
        raise _Fault("contains a NUL byte")
    text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    if "\r" in text:
        raise _Fault("contains a carriage return inside the line")
    fields = split(text, layout.delimiter)
    if fields is None:
        raise _Fault("a quoted field is not closed in its line")
    if len(fields) > layout.width and not any(field.strip() for field in fields[layout.width :]):
        fields = fields[: layout.width]  # a delimiter too many at the end says nothing
    if layout.shortest and layout.shortest <= len(fields) < layout.width:
        fields += [""] * (layout.width - len(fields))
    if len(fields) != layout.width:
        raise _Fault(f"{'fewer' if len(fields) < layout.width else 'more'} fields than the header")
    return fields


def _stamps(found: list[list[str]], layout: Layout) -> tuple[IntArray, BoolArray]:
    texts = [" ".join(fields[place].strip() for place in layout.stamp.places).strip() for fields in found]
    if layout.stamp.order is not DateOrder.ISO or len(layout.stamp.places) > 1:
        return parse_written(pa.array(texts, pa.string()), layout.stamp)
    stamps = [_stamp(text) for text in texts]
    naive = np.array([stamp.kind is StampKind.NAIVE for stamp in stamps], dtype=np.bool_)
    return np.array([stamp.us for stamp in stamps], dtype=np.int64), naive


def _stamp(text: str) -> Stamp:
    if text.lower() in _NULLS:
        return _NO_STAMP
    return parse_timestamp(text) or _BAD_STAMP
