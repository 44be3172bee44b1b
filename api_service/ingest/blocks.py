"""A stream of bytes as a header and blocks of whole lines, in bounded memory, with offsets to resume from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.errors import MalformedFile

# 8 MiB is no faster, and takes 160 MB more while a block is written.
DEFAULT_BATCH_BYTES = 4 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024
PREVIEW_BYTES = 200
UTF8_BOM = b"\xef\xbb\xbf"

_NOT_CSV = {
    b"\xff\xfe": "It is UTF-16 text: save it again as UTF-8 (in Excel: 'CSV UTF-8').",
    b"\xfe\xff": "It is UTF-16 text: save it again as UTF-8 (in Excel: 'CSV UTF-8').",
    b"PK\x03\x04": "It is a workbook or a zip archive: export it as CSV, or unpack it first.",
    b"\xd0\xcf\x11\xe0": "It is an old Excel workbook: export it as CSV.",
    b"\x1f\x8b": "It is compressed with gzip: unpack it first.",
    b"PAR1": "It is a Parquet file: export it as CSV.",
}


@dataclass(frozen=True)
class Position:
    """A place between two lines: `offset` in bytes, `line` = number of lines before it."""

    offset: int
    line: int


@dataclass(frozen=True)
class Head:
    """The first lines of a file: its header, where the data begin, and some data to look at."""

    header: str
    data: Position
    sample: tuple[str, ...]
    separator: str | None = None


@dataclass(frozen=True)
class Block:
    """Whole lines from `start` to `end`; `too_long` instead holds the beginning of one over-long line."""

    data: bytes
    start: Position
    end: Position
    too_long: bytes | None = None


def read_head(stream: BinaryIO) -> Head:
    """Read the header of a CSV stream that stands at its beginning.

    Raises `MalformedFile` for an empty file, one that is not UTF-8 text, or one without line ends.
    """
    begin = stream.read(4 * MAX_LINE_BYTES)
    _refuse_other_formats(begin)
    offset = len(UTF8_BOM) if begin.startswith(UTF8_BOM) else 0
    line, separator = 0, None
    while True:
        end = begin.find(b"\n", offset)
        stop = len(begin) if end < 0 else end
        text = _header_text(begin[offset:stop], last=end < 0)
        following = stop if end < 0 else end + 1
        line += 1
        if text.lower().startswith("sep=") and len(text) == 5 and separator is None:
            separator = text[4]
        elif text:
            sample = begin[following:].decode("utf-8", "replace").splitlines()[:50]
            return Head(text, Position(following, line), tuple(sample), separator)
        if end < 0:
            raise MalformedFile("The file is empty: it has no header line.")
        offset = following


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


def _refuse_other_formats(begin: bytes) -> None:
    for magic, advice in _NOT_CSV.items():
        if begin.startswith(magic):
            raise MalformedFile(f"The file is not a CSV file in UTF-8. {advice}")
    if b"\0" in begin[:MAX_LINE_BYTES].partition(b"\n")[0]:
        raise MalformedFile("The header holds NUL bytes: the file is UTF-16 or binary; save it as UTF-8 CSV.")


def _header_text(raw: bytes, *, last: bool) -> str:
    if b"\r" in raw.strip():
        raise MalformedFile("The lines end with CR alone: save the file again with LF or CRLF line ends.")
    if len(raw) > MAX_LINE_BYTES:
        raise MalformedFile(f"The header line is longer than {MAX_LINE_BYTES} bytes; is this a CSV file?")
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise MalformedFile("The header is not UTF-8 text: save the file again as UTF-8.") from None
    if last and not text:
        raise MalformedFile("The file is empty: it has no header line.")
    return text
