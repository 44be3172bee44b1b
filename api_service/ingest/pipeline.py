"""Read, recognise, validate: a CSV stream as batches that are ready to be written."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from zoneinfo import ZoneInfo

from api_service.ingest.blocks import DEFAULT_BATCH_BYTES, MAX_LINE_BYTES, Block, Position, blocks
from api_service.ingest.csv_block import LineIndex, index_lines, parse_block
from api_service.ingest.layout import Layout
from api_service.ingest.rows import Reject
from api_service.ingest.validate import Context, Validated, validate

REJECT_COLUMNS = ("line", "field", "reason", "raw")


@dataclass(frozen=True)
class Batch:
    """The outcome of one block: good rows, rejects by ascending line, and the same as lines of CSV.

    `last` holds each cluster's newest row as far as local time needs it; a resumed import starts from it.
    """

    end: Position
    rows: Validated
    rejects: list[Reject]
    reject_lines: str
    blank: list[int]

    @property
    def last(self) -> Mapping[int, int]:
        """Each cluster's previous row, for the batch that follows."""
        return self.rows.last


@dataclass(frozen=True)
class Start:
    """Where reading begins, and what was known of each cluster there."""

    position: Position
    end_offset: int
    last: Mapping[int, int]


def batches(
    stream: BinaryIO, layout: Layout, zone: ZoneInfo, start: Start, batch_bytes: int = DEFAULT_BATCH_BYTES
) -> Iterator[Batch]:
    """Batches from `start` on. The result does not depend on `batch_bytes`, as long as a line fits in."""
    last = start.last
    batch_bytes = max(batch_bytes, MAX_LINE_BYTES)
    for block in blocks(stream, start.position, batch_bytes, start.end_offset):
        batch = _batch(block, layout, Context(zone, last))
        last = batch.last
        yield batch


def _batch(block: Block, layout: Layout, context: Context) -> Batch:
    lines = index_lines(block)
    parsed = parse_block(lines, layout)
    rows = validate(parsed.rows, context)
    rejects = sorted([*parsed.rejects, *rows.rejects], key=lambda reject: reject.row)
    if block.too_long is not None:
        rejects = [Reject(block.end.line, None, f"line longer than {MAX_LINE_BYTES} bytes")]
    return Batch(block.end, rows, rejects, _as_csv(rejects, lines, block.too_long), parsed.blank)


def _as_csv(rejects: list[Reject], lines: LineIndex, too_long: bytes | None) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for reject in rejects:
        raw = lines.text(reject.row) if too_long is None else too_long.decode("utf-8", "replace")
        if len(raw) > MAX_LINE_BYTES or too_long is not None:
            raw = f"{raw[:200]}…"
        writer.writerow((reject.row, reject.field or "", reject.reason, raw.replace("\0", "\\x00")))
    return buffer.getvalue()
