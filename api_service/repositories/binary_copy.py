"""Rows in the format of PostgreSQL's binary COPY, made of whole columns by numpy.

A driver encodes value by value; here each column is written into its place in an array of equally wide rows,
and the bytes that nulls and shorter texts do not have are cut out in one step. The format is that of the
PostgreSQL manual, COPY, "Binary Format": all numbers big-endian, each value after its length, -1 for null.
`decode_readings` reads such rows the same way back.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Double, Integer, String
from sqlalchemy.types import TypeEngine

from api_service.metering.blocks import BoolArray, IntArray, ReadingBlock
from api_service.models import UtcDateTime

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_OF_2000_US = 946_684_800_000_000

Values = NDArray[Any] | Sequence[Any]


@dataclass(frozen=True)
class _Encoded:
    """One column: `bytes_` of shape (rows, width), how many of them each value has, and which are null."""

    bytes_: NDArray[np.uint8]
    lengths: IntArray | int
    is_null: BoolArray | None = None


def encode_rows(columns: Sequence[tuple[TypeEngine[Any], Values]]) -> bytes:
    """Rows given as columns of equal length with their SQL types, without header and trailer.

    NaN and None become null; moments are epoch microseconds. Raises `OverflowError` for a whole number that
    the type cannot hold, `TypeError` for a type that no bulk-loaded table has.
    """
    encoded = [_column(kind, values) for kind, values in columns]
    rows = len(columns[0][1])
    width = 2 + sum(4 + column.bytes_.shape[1] for column in encoded)
    laid_out = np.empty((rows, width), np.uint8)
    laid_out[:, :2] = np.frombuffer(len(columns).to_bytes(2, "big"), np.uint8)
    kept: BoolArray | None = None
    at = 2
    for column in encoded:
        size = column.bytes_.shape[1]
        lengths = column.lengths if column.is_null is None else np.where(column.is_null, -1, column.lengths)
        laid_out[:, at : at + 4] = _big_endian(np.broadcast_to(lengths, rows), ">i4")
        at += 4
        laid_out[:, at : at + size] = column.bytes_
        if size and not (isinstance(lengths, int) and lengths == size):
            kept = np.ones(laid_out.shape, np.bool_) if kept is None else kept
            kept[:, at : at + size] = np.arange(size) < np.asarray(lengths)[:, None]
        at += size
    return laid_out.tobytes() if kept is None else laid_out[kept].tobytes()


def _column(kind: TypeEngine[Any], values: Values) -> _Encoded:
    if isinstance(kind, String):
        return _texts(values)
    numbers, is_null = _numbers(values)
    if is_null is not None and is_null.all():
        return _Encoded(np.empty((len(numbers), 0), np.uint8), 0, is_null)
    if isinstance(kind, UtcDateTime):
        return _fixed(numbers.astype(np.int64) - EPOCH_OF_2000_US, ">i8", is_null)
    if isinstance(kind, Double):
        return _fixed(numbers, ">f8", is_null)
    if isinstance(kind, Integer):
        whole = numbers.astype(np.int64)
        if isinstance(kind, BigInteger):
            return _fixed(whole, ">i8", is_null)
        if len(whole) and max(whole.max(), ~whole.min()) >= 1 << 31:
            raise OverflowError("A whole number of more than 32 bits is to go into a column of 32 bits.")
        return _fixed(whole, ">i4", is_null)
    raise TypeError(f"No binary form of {kind!r} is known.")


def _numbers(values: Values) -> tuple[NDArray[Any], BoolArray | None]:
    """The values with 0 in the place of nulls, and where those are (None: nowhere)."""
    if not isinstance(values, np.ndarray):
        is_null = np.fromiter((value is None for value in values), np.bool_, len(values))
        if is_null.any():
            return np.array([0 if value is None else value for value in values]), is_null
        return np.array(values), None
    is_null = np.isnan(values) if values.dtype.kind == "f" else np.zeros(0, np.bool_)
    return (np.where(is_null, 0.0, values), is_null) if is_null.any() else (values, None)


def _fixed(values: NDArray[Any], dtype: str, is_null: BoolArray | None) -> _Encoded:
    written = _big_endian(values, dtype)
    return _Encoded(written, written.shape[1], is_null)


def _big_endian(values: NDArray[Any], dtype: str) -> NDArray[np.uint8]:
    written = np.ascontiguousarray(values, np.dtype(dtype))
    return written.view(np.uint8).reshape(len(values), written.itemsize)


def _texts(values: Values) -> _Encoded:
    """Texts repeat: each distinct one is encoded once."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    places: dict[str | None, int] = {}
    codes = np.array([places.setdefault(text, len(places)) for text in listed], np.int64)
    words = [b"" if text is None else text.encode() for text in places]
    lengths = np.array([len(word) for word in words], np.int64)
    table = np.array(words, dtype=f"S{max(1, int(lengths.max(initial=0)))}")
    bytes_ = table.view(np.uint8).reshape(len(words), table.itemsize)[codes]
    is_null = codes == places[None] if None in places else None
    return _Encoded(bytes_, lengths[codes], is_null)


def decode_readings(data: bytes, names: Sequence[str]) -> ReadingBlock:
    """Rows of moment, cluster (32 bits), the columns `names` (never null) and state, as COPY gives them.

    The state must be the last column: it alone has no fixed width.
    """
    dtype = np.dtype(
        [
            ("fields", ">i2"),
            *(("moment_length", ">i4"), ("moment", ">i8"), ("cluster_length", ">i4"), ("cluster", ">i4")),
            *(pair for name in names for pair in ((f"{name}_length", ">i4"), (name, ">f8"))),
        ]
    )
    rows = list(_rows(data, dtype.itemsize))
    begins = np.array([begin for begin, _ in rows], np.int64)
    fixed = np.frombuffer(data, np.uint8)[begins[:, None] + np.arange(dtype.itemsize)]
    table = fixed.view(dtype).reshape(len(rows))
    words = {word: None if word is None else word.decode() for _, word in rows}
    return ReadingBlock(
        timestamp_us=table["moment"].astype(np.int64) + EPOCH_OF_2000_US,
        cluster=table["cluster"].astype(np.int64),
        values={name: table[name].astype(np.float64) for name in names},
        device_state=[words[word] for _, word in rows],
    )


def _rows(data: bytes, fixed: int) -> Iterator[tuple[int, bytes | None]]:
    """Where each row begins, and the text that follows its `fixed` bytes."""
    field_count, length_of = struct.Struct(">h").unpack_from, struct.Struct(">i").unpack_from
    begin = len(HEADER)
    while field_count(data, begin)[0] >= 0:
        text = begin + fixed + 4
        length = length_of(data, text - 4)[0]
        yield begin, None if length < 0 else data[text : text + length]
        begin = text + max(length, 0)
