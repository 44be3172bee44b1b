"""The last line of a file, where no line end follows it: whole, or cut while a logger was writing."""

import re
from dataclasses import dataclass
from typing import BinaryIO

from api_service.ingest.blocks import MAX_LINE_BYTES
from api_service.ingest.lanes.fields import split
from api_service.ingest.layout import Layout
from api_service.ingest.recognition.header import MOMENT

TAIL_BYTES = 2 * MAX_LINE_BYTES
COMPARED_LINES = 200
FEW_WORDS = 12


@dataclass(frozen=True)
class LastLine:
    """Where reading ends; `set_aside` is the text behind it, which may be half of a line."""

    end_offset: int
    set_aside: str | None = None


def look_at_last_line(stream: BinaryIO, size: int, layout: Layout, *, is_complete: bool) -> LastLine:
    """Decide on the last line by the lines before it.

    A line without a line end counts when it has all fields and its last one could not have gone on: it is
    written in the same form as those above it, to the same number of decimals or letters.
    """
    begin = max(layout.data.offset, size - TAIL_BYTES)
    stream.seek(begin)
    tail = stream.read(size - begin)
    cut = tail.rfind(b"\n") + 1
    last = tail[cut:]
    is_only = begin == layout.data.offset and cut == 0
    if not last.strip() or is_complete or len(last) > MAX_LINE_BYTES or (is_only and not last.strip()):
        return LastLine(size)
    before = tail[:cut].decode("utf-8", "replace").splitlines()[-COMPARED_LINES:]
    text = last.decode("utf-8", "replace")
    if _is_whole(text, before, layout):
        return LastLine(size)
    return LastLine(begin + cut, text)


def _is_whole(text: str, before: list[str], layout: Layout) -> bool:
    fields = split(text, layout.delimiter)
    if fields is None or len(fields) != layout.width:
        return False
    above = [
        row[-1] for line in before if (row := split(line, layout.delimiter)) and len(row) == layout.width
    ]
    last = fields[-1]
    if text.endswith('"') or (above and all(not cell for cell in above) and not last):
        return True
    decimals = {_decimals(cell, layout.decimal) for cell in above if cell}
    if len(decimals) == 1 and (places := decimals.pop()):
        return _decimals(last, layout.decimal) == places
    if MOMENT.fullmatch(last):
        return len(last) >= max((len(cell) for cell in above), default=0)
    return _is_known_word(last, above)


def _decimals(cell: str, point: str) -> int | None:
    """The decimals of a written number; None for what is none."""
    match = re.fullmatch(rf"\s*[+-]?\d+(?:{re.escape(point)}(\d+))?\s*", cell)
    return len(match[1] or "") if match else None


def _is_known_word(last: str, above: list[str]) -> bool:
    """One of a few words that stand above again and again, and the beginning of no other of them."""
    words = set(above)
    is_word = last in words and not re.fullmatch(r"[\s\d.,+-]*", last)
    return is_word and len(words) <= FEW_WORDS and not any(w != last and w.startswith(last) for w in words)
