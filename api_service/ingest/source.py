"""A CSV file on disk that is about to be imported: checked, recognised, and named by its content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api_service.ingest.blocks import Head, read_head
from api_service.ingest.layout import Layout, recognise
from shared.errors import InvalidInput, NotFound

_DIGEST_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A recognised file; `digest` stands for its content and for how it is read."""

    path: Path
    size_bytes: int
    head: Head
    layout: Layout
    digest: str


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
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


def open_source(path: Path, delimiter: str | None, timezone: str) -> Source:
    """Recognise the file and read it once for its digest, which also covers the options of reading.

    Raises `NotFound`, `InvalidInput` for a path that is no file, `MalformedFile` for a file without readings.
    """
    with opened(path) as stream:
        head = read_head(stream)
        layout = recognise(head, delimiter)
        size = os.fstat(stream.fileno()).st_size
        stream.seek(0)
        digest = hashlib.sha256(f"{layout.delimiter}\0{timezone}\0".encode())
        left = size
        while left and (chunk := stream.read(min(_DIGEST_CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
    return Source(path, size, head, layout, digest.hexdigest())
