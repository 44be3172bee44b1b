"""A file that is about to be imported: turned into UTF-8 CSV if need be, recognised, named by its content."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api_service.ingest.formats.shapes.shape import FileContext
from api_service.ingest.formats.spool import spooled
from api_service.ingest.header_changes import HeaderChanges
from api_service.ingest.last_line import LastLine, look_at_last_line
from api_service.ingest.layout import Layout
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.recognise import recognise
from api_service.ingest.recognition.sample import read_sample
from shared.errors import InvalidInput, NotFound

_DIGEST_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A recognised file; `digest` stands for its content and for how it is read.

    Readings are read from `stream` up to `last_line.end_offset`. `converted` says what the file was turned
    from, or is empty.
    """

    path: Path
    stream: BinaryIO
    size_bytes: int
    layout: Layout
    digest: str
    last_line: LastLine
    converted: str


@contextmanager
def open_source(path: Path, options: ReadOptions, timezone: str) -> Iterator[Source]:
    """Recognise the file and read it once for its digest, which also covers the options of reading.

    Raises `NotFound`, `InvalidInput` for a path that is no file, `MalformedFile` for a file without readings.
    """
    with _opened(path) as file, spooled(file, options.encoding, _context(path, options)) as spool:
        sample = read_sample(spool.stream, spool.size)
        layout = recognise(sample, options, path.name.partition(".")[0] if spool.converted else path.stem)
        last_line = look_at_last_line(spool.stream, spool.size, layout, is_complete=options.keep_last_line)
        digest = hashlib.sha256(f"{options!r}\0{timezone}\0".encode())
        changes = HeaderChanges(layout)
        spool.stream.seek(0)
        left = spool.size
        while left and (chunk := spool.stream.read(min(_DIGEST_CHUNK_BYTES, left))):
            digest.update(chunk)
            changes.look_through(chunk)
            left -= len(chunk)
        yield Source(path, spool.stream, spool.size, layout, digest.hexdigest(), last_line, spool.converted)


def _context(path: Path, options: ReadOptions) -> FileContext:
    order = options.date_order.value if options.date_order else None
    return FileContext(path.name.partition(".")[0], options.day, order, options.decimal, options.delimiter)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, open for reading. Raises `NotFound` or `InvalidInput` with what is wrong with the path."""
    try:
        if not path.exists():
            raise NotFound(f"There is no file {path}.")
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "not a regular file"
            raise InvalidInput(f"{path} is {kind}; name a CSV file.")
        stream = path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    with stream:
        yield stream
