"""The fast lane: canonical lines through pyarrow's typed CSV reader, at the speed of C++."""

import re
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from api_service.ingest.layout import Layout
from api_service.ingest.rows import MISSING_STAMP, TEXTS, ObjectArray, RawRows, clean_text, objects
from api_service.ingest.timestamps import StampKind, epoch_to_us
from api_service.metering.blocks import MEASURES, FloatArray, IntArray

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
    StampKind.EPOCH: r"[0-9]{9,16}",
}


def read_typed(data: bytes, lines: IntArray, layout: Layout, kind: StampKind) -> RawRows | None:
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
    return _rows(table, lines, layout, kind)


def canonical(layout: Layout, kind: StampKind, *, is_utf8: bool) -> re.Pattern[bytes]:
    """Lines that `read_typed` is sure to read; with `is_utf8` the whole block is known to be UTF-8."""
    delimiter, decimal = re.escape(layout.delimiter), re.escape(layout.decimal)
    number = rf"(?:-?[0-9]{{1,15}}(?:{decimal}[0-9]{{1,15}})?)?"
    plain = rf'[^"{delimiter}\r\n\0]' if is_utf8 else rf'[^"{delimiter}\r\n\0\x80-\xff]'
    quoted = r'[^"\r\n\0]' if is_utf8 else r'[^"\r\n\0\x80-\xff]'
    text = rf'(?:{plain}*|"{quoted}*")'
    patterns = [text] * layout.width
    for name, place in layout.positions.items():
        if name not in TEXTS:
            patterns[place] = _STAMPS[kind] if name == "timestamp" else number
    return re.compile(rf"^{delimiter.join(patterns)}(?=\r?$)".encode(), re.MULTILINE)


def _convert_options(layout: Layout, kind: StampKind) -> csv.ConvertOptions:
    types: dict[str, Any] = {}
    for name, place in layout.positions.items():
        text = pa.dictionary(pa.int32(), pa.string())
        types[str(place)] = (
            _STAMP_TYPES[kind] if name == "timestamp" else text if name in TEXTS else pa.float64()
        )
    return csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        decimal_point=layout.decimal,
    )


def _rows(table: pa.Table, lines: IntArray, layout: Layout, kind: StampKind) -> RawRows:
    def column(name: str) -> Any:
        return table.column(str(layout.positions[name])).combine_chunks()

    count = len(lines)
    return RawRows(
        row=lines,
        stamp_us=_stamps(column("timestamp"), kind),
        naive=np.full(count, kind is StampKind.NAIVE),
        cluster=_numbers(column("cluster")),
        values={name: _numbers(column(name)) for name in MEASURES if name in layout.positions},
        device_state=_texts(column("device_state"), count)
        if "device_state" in layout.positions
        else _none(count),
        device_name=_texts(column("device_name"), count)
        if "device_name" in layout.positions
        else _none(count),
    )


def _stamps(array: Any, kind: StampKind) -> IntArray:
    filled = pc.fill_null(array.cast(pa.int64()), MISSING_STAMP)
    stamps: IntArray = filled.to_numpy(zero_copy_only=False)
    if kind is StampKind.EPOCH:
        stamps = np.where(stamps == MISSING_STAMP, MISSING_STAMP, epoch_to_us(stamps))
    return stamps


def _numbers(array: Any) -> FloatArray:
    numbers: FloatArray = array.to_numpy(zero_copy_only=False)
    not_a_number = np.isnan(numbers)
    if np.count_nonzero(not_a_number) == array.null_count:
        return numbers
    # `nan` was written: unlike an empty field that is a fault, which validation finds as not finite.
    empty = array.is_null().to_numpy(zero_copy_only=False)
    return np.where(not_a_number & ~empty, np.inf, numbers)


def _texts(array: Any, count: int) -> ObjectArray:
    words = [clean_text(word) for word in array.dictionary.to_pylist()]
    if not words:
        return _none(count)
    codes = pc.fill_null(array.indices, len(words)).to_numpy(zero_copy_only=False)
    texts: ObjectArray = objects([*words, None])[codes]
    return texts


def _none(count: int) -> ObjectArray:
    return np.full(count, None, dtype=np.object_)
