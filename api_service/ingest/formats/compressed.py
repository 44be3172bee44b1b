"""gzip, zip and zstd."""

import gzip
import io
import shutil
import zipfile
import zlib
from typing import BinaryIO, cast

import pyarrow as pa

from shared.errors import MalformedFile

_TABLES = (".csv", ".txt", ".tsv", ".log", ".dat")


def _gunzip(source: BinaryIO, target: BinaryIO) -> None:
    try:
        with gzip.GzipFile(fileobj=source) as stream:
            shutil.copyfileobj(stream, target, 1 << 20)
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedFile(f"The gzip file is damaged or cut: {error}.") from error


def _unzip(source: BinaryIO, target: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            members = [
                item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename
            ]
            tables = [item for item in members if item.filename.lower().endswith(_TABLES)] or members
            if len(tables) != 1:
                names = ", ".join(item.filename for item in tables[:10])
                raise MalformedFile(f"The zip archive holds {len(tables)} tables ({names}): unpack it first.")
            with archive.open(tables[0]) as stream:
                shutil.copyfileobj(stream, target, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise MalformedFile(f"The zip archive cannot be read: {error}.") from error


def _unzstd(source: BinaryIO, target: BinaryIO) -> None:
    try:
        with pa.CompressedInputStream(pa.PythonFile(cast(io.IOBase, source), "r"), "zstd") as stream:
            while chunk := stream.read(1 << 20):
                target.write(chunk)
    except (OSError, pa.ArrowException) as error:
        raise MalformedFile(f"The zstd file is damaged or cut: {error}.") from error


COMPRESSED = (
    (b"\x1f\x8b", "gzip", _gunzip),
    (b"PK\x03\x04", "zip", _unzip),
    (b"\x28\xb5\x2f\xfd", "zstd", _unzstd),
)
"""The first bytes of each, its name, and how it is unpacked from one stream into another."""
