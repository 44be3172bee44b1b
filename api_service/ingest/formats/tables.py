"""Parquet files and workbooks as CSV."""

import csv
import io
import zipfile
from datetime import datetime
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import csv as arrow_csv

from shared.errors import MalformedFile

# openpyxl keeps these whole; sheets are read row by row.
_HELD_PARTS = ("sharedStrings.xml", "styles.xml", "workbook.xml")
LARGEST_HELD_BYTES = 64 * 1024 * 1024
BATCH_ROWS = 8192


def write_parquet(source: BinaryIO, target: BinaryIO) -> None:
    """All row groups of a Parquet file, one after another; moments with a zone are written in UTC."""
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(source)
        sink: Any = pa.PythonFile(cast(io.IOBase, target), "w")
        schema = _plain(file.schema_arrow)
        with arrow_csv.CSVWriter(sink, schema) as writer:
            for batch in file.iter_batches(BATCH_ROWS):
                writer.write_batch(pa.Table.from_batches([batch]).cast(schema).to_batches()[0])
    except (pa.ArrowException, OSError) as error:
        raise MalformedFile(f"The Parquet file cannot be read: {error}.") from error


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
    """Raises `MalformedFile` where a part that is held in memory as a whole is larger than that."""
    with zipfile.ZipFile(source) as archive:
        texts = [item.file_size for item in archive.infolist() if item.filename.endswith(_HELD_PARTS)]
    if sum(texts) > LARGEST_HELD_BYTES:
        raise MalformedFile(
            f"The workbook holds more than {LARGEST_HELD_BYTES >> 20} MB of texts: save the sheet as CSV."
        )
    source.seek(0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
