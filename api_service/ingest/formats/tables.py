"""Parquet files and workbooks as CSV."""

import csv
import io
import re
import zipfile
from datetime import datetime
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import csv as arrow_csv

from shared.errors import MalformedFile

# openpyxl keeps these whole; sheets are read row by row, so one row of a sheet is held as a whole.
_HELD_PARTS = ("sharedStrings.xml", "styles.xml", "workbook.xml")
LARGEST_HELD_BYTES = 64 * 1024 * 1024
LARGEST_ROW_BYTES = 8 * 1024 * 1024  # an element takes some 25 times its bytes in memory
MOST_ROWS = 1 << 20  # as many as Excel has
_ROW = re.compile(rb"<(?:\w{1,64}:)?row[\s/>]")
_ROW_END = re.compile(rb"</(?:\w{1,64}:)?row\s*>|<(?:\w{1,64}:)?row(?:\s[^<>]*)?/>")
_XML = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0<")
_LONGEST_TAG = 4096
_CHUNK_BYTES = 1 << 20
# Arrow holds a page of a column as a whole, and what it becomes.
LARGEST_COLUMN_BYTES = 256 * 1024 * 1024
BATCH_ROWS = 8192


def write_parquet(source: BinaryIO, target: BinaryIO) -> None:
    """All row groups of a Parquet file, one after another; moments with a zone are written in UTC."""
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(source)
        _check_columns(file.metadata)
        sink: Any = pa.PythonFile(cast(io.IOBase, target), "w")
        schema = _plain(file.schema_arrow)
        with arrow_csv.CSVWriter(sink, schema) as writer:
            for batch in file.iter_batches(BATCH_ROWS):
                writer.write_batch(pa.Table.from_batches([batch]).cast(schema).to_batches()[0])
    except (pa.ArrowException, OSError) as error:
        raise MalformedFile(f"The Parquet file cannot be read: {error}.") from error


def _check_columns(metadata: Any) -> None:
    """Raises `MalformedFile` where one column of a row group would not fit into bounded memory."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        sizes = [group.column(index).total_uncompressed_size for index in range(group.num_columns)]
        if max(sizes, default=0) > LARGEST_COLUMN_BYTES:
            raise MalformedFile(
                f"A row group of the Parquet file has a column of more than {LARGEST_COLUMN_BYTES >> 20} MB: "
                "write it with smaller row groups."
            )


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with texts in the place of dictionaries, which CSV has none of."""
    fields = [
        pa.field(item.name, item.type.value_type) if pa.types.is_dictionary(item.type) else item
        for item in schema
    ]
    return pa.schema(fields)


def write_workbook(source: BinaryIO, target: BinaryIO) -> None:
    """The first sheet of a workbook. Raises `MalformedFile` where openpyxl is missing, and says so."""
    try:
        import openpyxl
    except ImportError:
        raise MalformedFile(
            "The file is a workbook: save it as CSV, or install what reads it: pip install 'askwatt[xlsx]'."
        ) from None
    _check_unpacked(source)
    book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    for row in book.worksheets[0].iter_rows(values_only=True):
        writer.writerow([_cell(value) for value in row])
    text.detach()


def _check_unpacked(source: BinaryIO) -> None:
    """Raises `MalformedFile` where what is held in memory as a whole, a part or a row, is too large."""
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
        texts = [item.file_size for item in parts if item.filename.endswith(_HELD_PARTS)]
        if sum(texts) > LARGEST_HELD_BYTES:
            raise MalformedFile(
                f"The workbook holds more than {LARGEST_HELD_BYTES >> 20} MB of texts: save the sheet as CSV."
            )
        for item in parts:
            with archive.open(item) as part:
                _check_rows(part, is_text=item.filename.endswith(_HELD_PARTS))
    source.seek(0)


def _check_rows(part: IO[bytes], *, is_text: bool) -> None:
    """Look through a part of a workbook, whichever it is called: any of them may be named as the sheet.

    A part of texts may be long between ends of rows, as long as it has none.
    """
    begin = part.read(_CHUNK_BYTES)
    if not begin.lstrip().startswith(_XML):
        return  # a picture, which nobody reads
    since, rows, kept, chunk = 0, 0, b"", begin
    has_rows = not is_text or b"\0" in begin[:4]  # rows in UTF-16 are not seen here
    while chunk:
        seen = kept + chunk
        has_rows = has_rows or _ROW.search(seen) is not None
        ends = [found.end() - len(kept) for found in _ROW_END.finditer(seen) if found.end() > len(kept)]
        longest = since + (ends[0] if ends else len(chunk))
        since = len(chunk) - ends[-1] if ends else longest
        rows += len(ends)
        kept = seen[-_LONGEST_TAG:]
        if (has_rows and longest > LARGEST_ROW_BYTES) or rows > MOST_ROWS:
            raise MalformedFile(
                f"The workbook has a row of more than {LARGEST_ROW_BYTES >> 20} MB, or more than "
                f"{MOST_ROWS:,} rows: save the sheet as CSV."
            )
        chunk = part.read(_CHUNK_BYTES)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
