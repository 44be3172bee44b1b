"""A stream of bytes as blocks of whole lines, in bounded memory, with offsets to resume from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.errors import MalformedFile

# 8 MiB is no faster, and takes 160 MB more while a block is written.
DEFAULT_BATCH_BYTES = 4 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024
PREVIEW_BYTES = 200
UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Position:
    """A place between two lines: `offset` in bytes, `line` = number of lines before it."""

    offset: int
    line: int


@dataclass(frozen=True)
class Block:
    """Whole lines from `start` to `end`; `too_long` instead holds the beginning of one over-long line."""

    data: bytes
    start: Position
    end: Position
    too_long: bytes | None = None


def blocks(stream: BinaryIO, start: Position, batch_bytes: int, end_offset: int) -> Iterator[Block]:
    """Cut the stream from `start` to `end_offset` into blocks of whole lines of about `batch_bytes`.

    Raises `MalformedFile` when the stream ends before `end_offset`.
    """
    stream.seek(start.offset)
    rest, position = b"", start
    while True:
        wanted = min(batch_bytes, end_offset - position.offset) - len(rest)
        data = rest + (chunk := stream.read(wanted))
        if len(chunk) < wanted:
            raise MalformedFile("The file became shorter while it was read; run the import again.")
        if not data:
            return
        is_last = position.offset + len(data) >= end_offset
        cut = len(data) if is_last else data.rfind(b"\n") + 1
        if not cut:
            block = _skip_line(stream, data, position, end_offset)
            rest = b""
        else:
            lines = data.count(b"\n", 0, cut) + (is_last and not data.endswith(b"\n"))
            block = Block(data[:cut], position, Position(position.offset + cut, position.line + lines))
            rest = data[cut:]
        position = block.end
        yield block


def _skip_line(stream: BinaryIO, data: bytes, position: Position, end_offset: int) -> Block:
    preview, length = data[:PREVIEW_BYTES], len(data)
    while position.offset + length < end_offset:
        chunk = stream.read(min(MAX_LINE_BYTES, end_offset - position.offset - length))
        if not chunk:
            raise MalformedFile("The file became shorter while it was read; run the import again.")
        newline = chunk.find(b"\n")
        if newline >= 0:
            length += newline + 1
            break
        length += len(chunk)
    end = Position(position.offset + length, position.line + 1)
    stream.seek(end.offset)
    return Block(b"", position, end, too_long=preview)
