"""Files that are compressed, in another encoding or in another format, as a stream of UTF-8 CSV.

What is no plain file becomes a temporary one, in bounded memory. Line numbers stay those of the unpacked
file.
"""

import codecs
import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from api_service.ingest.formats.bounded import Convert, convert_into
from api_service.ingest.formats.compressed import COMPRESSED
from api_service.ingest.formats.console_log import is_console_log, write_console_log
from api_service.ingest.formats.encodings import find_encoding
from api_service.ingest.formats.html_table import is_html, write_html_table
from api_service.ingest.formats.json_table import (
    is_json,
    is_json_documents,
    is_json_lines,
    write_json,
    write_json_lines,
)
from api_service.ingest.formats.plain_text import (
    ends_with_cr,
    has_apostrophes,
    is_parted_by_blanks,
    write_parted_by_tabs,
    write_unquoted,
    write_with_lf,
)
from api_service.ingest.formats.shapes.across import is_across, write_across
from api_service.ingest.formats.shapes.calendar_tables import find_calendar_table
from api_service.ingest.formats.shapes.clocks_alone import find_clocks_alone
from api_service.ingest.formats.shapes.comma_decimals import find_comma_decimals
from api_service.ingest.formats.shapes.days_of_year import find_days_of_year
from api_service.ingest.formats.shapes.elapsed_times import find_elapsed_times
from api_service.ingest.formats.shapes.interval_cells import has_interval_cells, write_apart
from api_service.ingest.formats.shapes.long_intervals import find_long_intervals
from api_service.ingest.formats.shapes.shape import LOOKED_AT_LINES, FileContext, Find
from api_service.ingest.formats.tables import write_parquet, write_workbook
from api_service.ingest.formats.utilities.green_button import is_green_button, write_green_button
from api_service.ingest.formats.utilities.nem12 import is_nem12, write_nem12
from shared.errors import MalformedFile

LOOKED_AT_BYTES = 1 << 20
MOST_STEPS = 6
_CHUNK_CHARACTERS = 1 << 20
# In this order: what the text is by its beginning, its name, and how it becomes CSV.
_TEXTS: tuple[tuple[Callable[[bytes], bool], str, Convert], ...] = (
    (ends_with_cr, "lines that end with CR", write_with_lf),
    (is_green_button, "Green Button", write_green_button),
    (is_html, "HTML", write_html_table),
    (is_json_lines, "JSON lines", write_json_lines),
    (is_json, "JSON", write_json),
    (is_console_log, "console log", write_console_log),
    (is_json_documents, "JSON documents", write_json),
    (is_nem12, "NEM12", write_nem12),
    (has_apostrophes, "apostrophes as quotes", write_unquoted),
    (is_across, "times side by side", write_across),
    (has_interval_cells, "start and end in one cell", write_apart),
    (is_parted_by_blanks, "columns parted by blanks", write_parted_by_tabs),
)

# Tables that no line of theirs explains; looked for where the text is of no other format.
_SHAPES: tuple[tuple[Find, str], ...] = (
    (find_clocks_alone, "times of day below a date"),
    (find_calendar_table, "a calendar"),
    (find_days_of_year, "days of the year"),
    (find_comma_decimals, "decimal commas between commas"),
    (find_long_intervals, "energies of months"),
    (find_elapsed_times, "elapsed times"),
)


@dataclass(frozen=True)
class Spool:
    """UTF-8 CSV of `size` bytes; `converted` names what it was made from, in the order of unpacking."""

    stream: BinaryIO
    size: int
    converted: str = ""


@contextmanager
def spooled(
    file: BinaryIO, encoding: str | None = None, context: FileContext | None = None
) -> Iterator[Spool]:
    """The file as UTF-8 CSV; `encoding` is that of its text, else it is found out.

    Raises `MalformedFile` for one that cannot be unpacked or holds no text.
    """
    made_from: list[str] = []
    stream = file
    opened: list[BinaryIO] = []
    try:
        while (
            step := _next_step(stream, None if encoding in made_from else encoding, context or FileContext())
        ) is not None:
            name, convert = step
            if len(made_from) >= MOST_STEPS:
                raise MalformedFile(f"The file is packed more than {MOST_STEPS} times: unpack it first.")
            target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (closed below)
            opened.append(target)
            convert_into(target, stream, name, convert)
            made_from.append(name)
            stream = target
        size = stream.seek(0, 2)
        yield Spool(stream, size, ", ".join(made_from))
    finally:
        for each in opened:
            each.close()


def _next_step(stream: BinaryIO, given: str | None, context: FileContext) -> tuple[str, Convert] | None:
    """What the stream is, and how it becomes something simpler; None for UTF-8 CSV.

    A text is decoded as `given` says, where that is not None.
    """
    stream.seek(0)
    begin = stream.read(LOOKED_AT_BYTES)
    if begin.startswith(b"PAR1"):
        return "Parquet", write_parquet
    if begin.startswith(b"PK\x03\x04") and b"xl/" in begin[: 1 << 16] + begin[-(1 << 16) :]:
        return "workbook", write_workbook
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        raise MalformedFile("The file is an old Excel workbook (.xls): save it as .xlsx or as CSV.")
    for magic, name, convert in COMPRESSED:
        if begin.startswith(magic):
            return name, convert
    encoding = given or find_encoding(begin)
    if encoding is not None:
        return encoding, lambda source, target: _decode(source, target, encoding)
    return next(_formats(begin), None) or next(_shapes(begin, context), None)


def _formats(begin: bytes) -> Iterator[tuple[str, Convert]]:
    return ((name, convert) for matches, name, convert in _TEXTS if _matches(matches, begin))


def _shapes(begin: bytes, context: FileContext) -> Iterator[tuple[str, Convert]]:
    lines = tuple(begin.decode("utf-8-sig", "replace").splitlines()[:LOOKED_AT_LINES])
    return ((name, write) for find, name in _SHAPES if (write := find(lines, context)))


def _matches(matches: Callable[[bytes], bool], begin: bytes) -> bool:
    try:
        return matches(begin)
    except (csv.Error, RecursionError):
        return False  # no reader of this format gets through it


def _decode(source: BinaryIO, target: BinaryIO, encoding: str) -> None:
    reader = codecs.getreader(encoding)(source, "replace")
    while text := reader.read(_CHUNK_CHARACTERS):
        target.write(text.encode("utf-8"))
