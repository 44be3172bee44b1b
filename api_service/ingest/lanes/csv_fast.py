"""The fast lane: canonical lines through pyarrow's typed CSV reader, at the speed of C++."""

import re
from io import BytesIO
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from api_service.ingest.layout import DateOrder, Layout
from api_service.ingest.rows import MISSING_STAMP, NULL_WORDS, Cells, ObjectArray, clean_text, objects
from api_service.ingest.time.timestamps import StampKind, epoch_to_us
from api_service.ingest.time.written import parse_written
from api_service.metering.blocks import BoolArray, FloatArray, IntArray

_STAMP_TYPES = {
    StampKind.ZONED: pa.timestamp("us", "UTC"),
    StampKind.NAIVE: pa.timestamp("us"),
    StampKind.EPOCH: pa.int64(),
}
_DAY = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"  # the 29th takes the slow lane, which knows leap years
)
_CLOCK = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_STAMPS = {
    StampKind.ZONED: rf"[0-9]{{4}}-{_DAY}{_CLOCK}(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])",
    StampKind.NAIVE: rf"[0-9]{{4}}-{_DAY}{_CLOCK}",
    StampKind.EPOCH: r"(?:[0-9]{9,16}|1[0-9]{18})",
}
_NULLS = sorted(
    set(chain.from_iterable((w, w.upper(), w.title(), w.capitalize()) for w in NULL_WORDS)) | {"NaN"}
)


def read_typed(data: bytes, lines: IntArray, layout: Layout, kind: StampKind) -> Cells | None:
    """All lines of `data` as rows numbered by `lines`; None when any of them is not canonical.

    Reads what the slow lane reads: a row is a line, or there is no result.
    """
    if data.count(b"\r") != data.count(b"\r\n") or b"\0" in data:
        return None
    try:
        table = csv.read_csv(
            BytesIO(data),
            read_options=csv.ReadOptions(
                column_names=[str(place) for place in range(layout.width)],
                use_threads=False,
                block_size=len(data) + 1,
            ),
            parse_options=csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
            convert_options=_convert_options(layout, kind),
        )
    except pa.ArrowInvalid:
        return None
    # Fewer rows than lines: a quoted field ran over the end of its line.
    if table.num_rows != len(lines):
        return None
    return _cells(table, lines, layout, kind)


def canonical(layout: Layout, kind: StampKind, *, is_utf8: bool) -> re.Pattern[bytes]:
    """Lines that `read_typed` is sure to read; with `is_utf8` the whole block is known to be UTF-8."""
    delimiter, decimal = re.escape(layout.delimiter), re.escape(layout.decimal)
    digits = rf"(?:[0-9]{{1,15}}(?:{decimal}[0-9]{{0,15}})?|{decimal}[0-9]{{1,15}})"
    nulls = "|".join(re.escape(word) for word in _NULLS if word and layout.delimiter not in word)
    number = rf"(?:-?{digits}(?:[eE][+-]?[0-9]{{1,2}})?|{nulls})?"
    plain = rf'[^"{delimiter}\r\n\0]' if is_utf8 else rf'[^"{delimiter}\r\n\0\x80-\xff]'
    quoted = r'[^"\r\n\0]' if is_utf8 else r'[^"\r\n\0\x80-\xff]'
    text = rf'(?:{plain}*|"{quoted}*")'
    patterns = [text] * layout.width
    for place in layout.numbers:
        patterns[place] = number
    if layout.stamp.order is DateOrder.ISO and len(layout.stamp.places) == 1:
        patterns[layout.stamp.places[0]] = _STAMPS[kind]
    return re.compile(rf"^{delimiter.join(patterns)}(?=\r?$)".encode(), re.MULTILINE)


def _convert_options(layout: Layout, kind: StampKind) -> csv.ConvertOptions:
    types: dict[str, Any] = {str(place): pa.float64() for place in layout.numbers}
    types |= {str(place): pa.dictionary(pa.int32(), pa.string()) for place in layout.texts}
    is_typed = layout.stamp.order is DateOrder.ISO and len(layout.stamp.places) == 1
    for place in layout.stamp.places:
        types[str(place)] = _STAMP_TYPES[kind] if is_typed else pa.string()
    return csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=_NULLS,
        strings_can_be_null=False,
        quoted_strings_can_be_null=True,
        decimal_point=layout.decimal,
    )


def _cells(table: pa.Table, lines: IntArray, layout: Layout, kind: StampKind) -> Cells:
    def column(place: int) -> Any:
        return table.column(str(place)).combine_chunks()

    count = len(lines)
    stamp_us, naive = _moments([column(place) for place in layout.stamp.places], layout, kind)
    return Cells(
        row=lines,
        stamp_us=stamp_us,
        naive=naive,
        numbers={place: _numbers(column(place)) for place in layout.numbers},
        texts={place: _texts(column(place), count) for place in layout.texts},
    )


def _moments(columns: list[Any], layout: Layout, kind: StampKind) -> tuple[IntArray, BoolArray]:
    if layout.stamp.order is DateOrder.ISO and len(columns) == 1:
        stamps: IntArray = _column(columns[0], np.int64, MISSING_STAMP)
        if kind is StampKind.EPOCH:
            stamps = np.where(stamps == MISSING_STAMP, MISSING_STAMP, epoch_to_us(stamps))
        return stamps, np.full(len(stamps), kind is StampKind.NAIVE)
    joined = columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")
    return parse_written(joined, layout.stamp)


def _column(array: Any, dtype: type, missing: float) -> NDArray[Any]:
    """The values of a column straight from its buffers, `missing` for nulls.

    pyarrow's own conversions load pandas first where that is installed, which takes longer than a small file.
    """
    if array.null_count == len(array):
        return np.full(len(array), missing, dtype)
    values: NDArray[Any] = np.frombuffer(
        array.buffers()[1], dtype, len(array), array.offset * np.dtype(dtype).itemsize
    )
    if not array.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    filled: NDArray[Any] = np.where(bits[array.offset : array.offset + len(array)] != 0, values, missing)
    return filled.astype(dtype, copy=False)


def _numbers(array: Any) -> FloatArray:
    numbers: FloatArray = _column(array, np.float64, np.nan)
    # `-inf` would pass for the mark of a cell that is no number.
    return np.where(np.isneginf(numbers), np.inf, numbers) if np.isneginf(numbers).any() else numbers


def _texts(array: Any, count: int) -> ObjectArray:
    words = [clean_text(word) for word in array.dictionary.to_pylist()]
    if not words:
        return np.full(count, None, dtype=np.object_)
    texts: ObjectArray = objects([*words, None])[_column(array.indices, np.int32, len(words))]
    return texts
