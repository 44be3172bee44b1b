"""Parquet files and workbooks as CSV."""

import csv
import io
from datetime import datetime
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import csv as arrow_csv

from shared.errors import MalformedFile


def write_parquet(source: BinaryIO, target: BinaryIO) -> None:
    """All row groups of a Parquet file, one after another; moments with a zone are written in UTC."""
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(source)
        sink: Any = pa.PythonFile(cast(io.IOBase, target), "w")
        schema = _plain(file.schema_arrow)
        with arrow_csv.CSVWriter(sink, schema) as writer:
            for batch in file.iter_batches():
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
    try:
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    except Exception as error:
        raise MalformedFile(f"The workbook cannot be read: {error}.") from error
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    for row in book.worksheets[0].iter_rows(values_only=True):
        writer.writerow([_cell(value) for value in row])
    text.detach()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
