"""Lines of a file to look at: its beginning, its end, and places in between."""

from dataclasses import dataclass
from typing import BinaryIO

from api_service.ingest.blocks import MAX_LINE_BYTES, UTF8_BOM, Position
from shared.errors import MalformedFile

BEGIN_BYTES = 256 * 1024
BEGIN_LINES = 400
SPOTS = 24
SPOT_BYTES = 16 * 1024


@dataclass(frozen=True)
class Sample:
    """The first lines with the place after each of them, and runs of lines from later on."""

    begin: tuple[str, ...]
    ends: tuple[int, ...]
    start: int
    later: tuple[tuple[str, ...], ...] = ()

    def position(self, lines: int) -> Position:
        """The place after so many lines of the file."""
        return Position(self.ends[lines - 1] if lines else self.start, lines)


def read_sample(stream: BinaryIO, size: int) -> Sample:
    """Look at a stream of UTF-8 text of `size` bytes.

    Raises `MalformedFile` for an empty file, one whose first line is no text, or one without line ends.
    """
    stream.seek(0)
    begin = stream.read(min(BEGIN_BYTES, size))
    start = len(UTF8_BOM) if begin.startswith(UTF8_BOM) else 0
    lines: list[str] = []
    ends: list[int] = []
    at = start
    while at < len(begin) and len(lines) < BEGIN_LINES:
        end = begin.find(b"\n", at)
        if end < 0 and lines and len(begin) < size:
            break  # cut by the sample, not by the file
        stop = len(begin) if end < 0 else end
        lines.append(_text(begin[at:stop], is_first=not lines))
        at = stop + (end >= 0)
        ends.append(at)
    if not any(line.strip() for line in lines):
        raise MalformedFile("The file is empty: it has no header line.")
    return Sample(tuple(lines), tuple(ends), start, _later(stream, at, size))


def _text(raw: bytes, *, is_first: bool) -> str:
    if is_first and b"\r" in raw.strip(b"\r\n"):
        raise MalformedFile("The lines end with CR alone: save the file again with LF or CRLF line ends.")
    if is_first and b"\0" in raw:
        raise MalformedFile("The header holds NUL bytes: the file is binary; save it as UTF-8 CSV.")
    if is_first and len(raw) > MAX_LINE_BYTES:
        raise MalformedFile(f"The header line is longer than {MAX_LINE_BYTES} bytes; is this a CSV file?")
    return raw.rstrip(b"\r").decode("utf-8", "replace")


def _later(stream: BinaryIO, after: int, size: int) -> tuple[tuple[str, ...], ...]:
    runs = []
    span = (size - after) // SPOTS
    begins = list(range(after, size, SPOT_BYTES))
    if span > SPOT_BYTES:
        begins = [after + span * spot for spot in range(SPOTS)]
        # No line comes twice: an index would fall where one does.
        begins.append(max(begins[-1] + SPOT_BYTES, size - SPOT_BYTES))
    for begin in begins:
        stream.seek(begin)
        lines = stream.read(min(SPOT_BYTES, size - begin)).decode("utf-8", "replace").split("\n")
        # The first and the last line may be cut.
        lines = lines[0 if begin == after else 1 : len(lines) - (begin + SPOT_BYTES < size)]
        runs.append(tuple(line.rstrip("\r") for line in lines if line.strip()))
    return tuple(run for run in runs if run)
