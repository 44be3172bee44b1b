"""Read, recognise, validate: a CSV stream as batches that are ready to be written."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from zoneinfo import ZoneInfo

import numpy as np

from api_service.ingest.assemble import DeviceNumbers, assemble
from api_service.ingest.blocks import DEFAULT_BATCH_BYTES, MAX_LINE_BYTES, Block, Position, blocks
from api_service.ingest.counters import Counters, Known
from api_service.ingest.lanes.csv_block import LineIndex, index_lines, parse_block
from api_service.ingest.layout import Layout
from api_service.ingest.rows import RawRows, Reject
from api_service.ingest.time.localise import Before
from api_service.ingest.time.timestamps import DAY_US, LATEST_US
from api_service.ingest.validate import Context, Validated, validate
from api_service.metering.blocks import IntArray
from api_service.metering.devices.retention import TOO_OLD

StoredMoments = Callable[[int | str], int | None]
REJECT_COLUMNS = ("line", "field", "reason", "raw")


@dataclass(frozen=True)
class Carried:
    """What reading goes on from: each device's previous moment, its indexes, and the names of the devices.

    Devices that a file names have numbers by order of appearance in `names`.
    """

    last: Mapping[int, int] = field(default_factory=dict)
    counters: Mapping[int, Known] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """The outcome of one block: good rows, and rejects by ascending line.

    `lines` are those of the block, `too_long` the begin of one that no block holds. `carried` is what a
    resumed import starts from after this batch; `means` are the numbers of the devices whose power is the
    mean of an interval.
    """

    end: Position
    rows: Validated
    rejects: list[Reject]
    lines: LineIndex
    blank: list[int]
    carried: "Carried"
    means: frozenset[int] = frozenset()
    too_long: bytes | None = None

    def reject_lines(self, expired: IntArray | None = None) -> str:
        """The rejects as lines of CSV, with those of good rows (their places) that came too late to store."""
        late = [] if expired is None else np.unique(self.rows.row[expired]).tolist()
        rejects = [*self.rejects, *(Reject(row, "timestamp", TOO_OLD) for row in late)]
        return _as_csv(sorted(rejects, key=lambda reject: reject.row), self.lines, self.too_long)


@dataclass(frozen=True)
class Start:
    """Where reading begins, where it ends, and what was known there.

    `stored_us` gives the newest stored moment of a device, by its number or name. Readings after `latest_us`
    are from a wrong clock.
    """

    position: Position
    end_offset: int
    carried: Carried = Carried()
    stored_us: StoredMoments = lambda _device: None
    latest_us: int = LATEST_US


def batches(
    stream: BinaryIO, layout: Layout, zone: ZoneInfo, start: Start, batch_bytes: int = DEFAULT_BATCH_BYTES
) -> Iterator[Batch]:
    """Batches from `start` on. The result does not depend on `batch_bytes`, as long as a line fits in."""
    state = _State(start)
    batch_bytes = max(batch_bytes, MAX_LINE_BYTES)
    for block in blocks(stream, start.position, batch_bytes, start.end_offset):
        yield state.batch(block, layout, zone)


class _State:
    """What is carried from block to block."""

    def __init__(self, start: Start) -> None:
        carried = start.carried
        self._start = start
        self._last = carried.last
        self._stored: dict[int, int] = {}
        self._counters = Counters(dict(carried.counters), min(start.latest_us + DAY_US, LATEST_US))
        self._devices = DeviceNumbers(list(carried.names))

    def batch(self, block: Block, layout: Layout, zone: ZoneInfo) -> Batch:
        lines = index_lines(block)
        parsed = parse_block(lines, layout)
        assembled = assemble(parsed.cells, layout, self._devices, self._counters)
        raw = assembled.rows
        before = Before(self._last, self._stored_moments(raw, layout) if raw.naive.any() else {})
        rows = validate(raw, Context(zone, before, self._start.latest_us, layout.stamp.period_us))
        self._last = rows.last
        rejects = sorted([*parsed.rejects, *assembled.rejects, *rows.rejects], key=lambda reject: reject.row)
        if block.too_long is not None:
            rejects = [Reject(block.end.line, None, f"line longer than {MAX_LINE_BYTES} bytes")]
        carried = Carried(rows.last, dict(self._counters.last), tuple(self._devices.names))
        blank = sorted([*parsed.blank, *assembled.unused])
        return Batch(block.end, rows, rejects, lines, blank, carried, assembled.means, block.too_long)

    def _stored_moments(self, raw: RawRows, layout: Layout) -> Mapping[int, int]:
        """The newest stored moment of each device of these rows."""
        for number in np.unique(raw.cluster[np.isfinite(raw.cluster)]).astype(np.int64).tolist():
            if number not in self._stored:
                device = number if layout.is_numbered else self._devices.names[number]
                moment = self._start.stored_us(device)
                self._stored |= {} if moment is None else {number: moment}
        return self._stored


def _as_csv(rejects: list[Reject], lines: LineIndex, too_long: bytes | None) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for reject in rejects:
        raw = lines.text(reject.row) if too_long is None else too_long.decode("utf-8", "replace")
        if len(raw) > MAX_LINE_BYTES or too_long is not None:
            raw = f"{raw[:200]}…"
        writer.writerow((reject.row, reject.field or "", reject.reason, raw.replace("\0", "\\x00")))
    return buffer.getvalue()
