"""One block of lines to rows: the fast lane for all that is canonical, the slow lane for the rest."""

from dataclasses import dataclass

import numpy as np

from api_service.ingest.blocks import MAX_LINE_BYTES, Block
from api_service.ingest.lanes.csv_fast import canonical, read_typed
from api_service.ingest.lanes.csv_tolerant import read_lines
from api_service.ingest.lanes.fields import split
from api_service.ingest.layout import DateOrder, Layout
from api_service.ingest.rows import MISSING_STAMP, Cells, Reject, in_order
from api_service.ingest.time.timestamps import StampKind, parse_timestamp
from api_service.metering.blocks import IntArray


@dataclass(frozen=True)
class Parsed:
    """The readable rows of a block by ascending line, the rejected lines, and the blank ones."""

    cells: Cells
    rejects: list[Reject]
    blank: list[int]


@dataclass(frozen=True)
class LineIndex:
    """Where each line of a block begins and ends (line feed excluded); `first` is its first line's number."""

    data: bytes
    first: int
    begins: IntArray
    ends: IntArray

    def __len__(self) -> int:
        return len(self.begins)

    def line(self, index: int) -> bytes:
        """The bytes of one line, without its line end."""
        return self.data[self.begins[index] : self.ends[index]]

    def text(self, number: int) -> str:
        """The text of the line with this number, as far as it is text."""
        return self.line(number - self.first).rstrip(b"\r").decode("utf-8", "backslashreplace")


def index_lines(block: Block) -> LineIndex:
    """Find the lines of a block."""
    data = block.data
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    begins = np.concatenate([[0], ends + 1])
    if data.endswith(b"\n") or not data:
        begins = begins[:-1]
    else:
        ends = np.append(ends, len(data))
    return LineIndex(data, block.start.line + 1, begins.astype(np.int64), ends.astype(np.int64))


def parse_block(lines: LineIndex, layout: Layout) -> Parsed:
    """Read every line of a block, or say why not."""
    kind = _stamp_kind(lines, layout)
    numbers = lines.first + np.arange(len(lines))
    lengths = lines.ends - lines.begins
    # pyarrow makes a row of nulls of a blank line, and closes a quote at the end of its input.
    is_plain = ((lengths > 1) & (lengths <= MAX_LINE_BYTES)).all()
    if kind is not None and is_plain and _fields(lines, len(lines) - 1, layout):
        cells = read_typed(lines.data, numbers, layout, kind)
        if cells is not None:
            return _without_blank(cells, lines, layout)
    return _parse_mixed(lines, layout, kind or StampKind.ZONED)


def _parse_mixed(lines: LineIndex, layout: Layout, kind: StampKind) -> Parsed:
    pattern = canonical(layout, kind, is_utf8=_is_utf8(lines.data))
    matches = list(pattern.finditer(lines.data))
    # Over-long lines are rejected however well they are written.
    begins = np.array([m.start() for m in matches if m.end() - m.start() <= MAX_LINE_BYTES], dtype=np.int64)
    chosen = np.searchsorted(lines.begins, begins)
    joined = b"\n".join(m[0] for m in matches if m.end() - m.start() <= MAX_LINE_BYTES)
    fast = read_typed(joined, lines.first + chosen, layout, kind) if len(chosen) else None
    is_slow = np.ones(len(lines), dtype=np.bool_)
    if fast is not None:
        is_slow[chosen] = False
    numbered = ((lines.first + index, lines.line(index)) for index in np.flatnonzero(is_slow).tolist())
    slow, rejects, blank = read_lines(numbered, layout)
    if fast is None:
        return Parsed(slow, rejects, blank)
    read = _without_blank(fast, lines, layout)
    return Parsed(in_order(read.cells, slow), rejects, sorted([*blank, *read.blank]))


def _without_blank(cells: Cells, lines: LineIndex, layout: Layout) -> Parsed:
    """The cells without lines that hold nothing but delimiters, which are blank."""
    missing = np.flatnonzero(cells.stamp_us == MISSING_STAMP)
    empty = (layout.delimiter + " \t\r").encode()
    blank = [at for at in missing.tolist() if not lines.line(int(cells.row[at]) - lines.first).strip(empty)]
    if not blank:
        return Parsed(cells, [], [])
    kept = np.ones(len(cells), dtype=np.bool_)
    kept[blank] = False
    return Parsed(cells.take(np.flatnonzero(kept)), [], cells.row[blank].tolist())


def _stamp_kind(lines: LineIndex, layout: Layout) -> StampKind | None:
    """How timestamps are written in this block, judged by its first readable line."""
    if layout.stamp.order is not DateOrder.ISO or len(layout.stamp.places) > 1:
        return StampKind.NAIVE  # read as texts: the kind is found per row
    for index in range(min(len(lines), 100)):
        fields = _fields(lines, index, layout)
        if len(fields) == layout.width:
            stamp = parse_timestamp(fields[layout.stamp.places[0]].strip())
            if stamp is not None:
                return stamp.kind
    return None


def _fields(lines: LineIndex, index: int, layout: Layout) -> list[str]:
    text = lines.line(index).rstrip(b"\r").decode("utf-8", "replace")
    return split(text, layout.delimiter) or []


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
