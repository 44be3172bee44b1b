"""What an import did: counts, reasons, spans; kept with the progress row, so that it survives a kill."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from api_service.ingest.pipeline import Batch
from api_service.ingest.time.ranges import DeviceSpan, add_spans
from api_service.metering.blocks import IntArray, ReadingBlock, WriteResult
from api_service.metering.devices.retention import TOO_OLD

MAX_EXAMPLES = 5
MAX_RANGES = 50
MAX_KINDS = 100


@dataclass
class Tally:
    """How often something was found, and the first lines of it."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, lines: list[int]) -> None:
        """Count more lines."""
        self.count += len(lines)
        self.lines += lines[: MAX_EXAMPLES - len(self.lines)]


@dataclass
class ImportReport:
    """The outcome so far. `rejects`, `left_out` and `warnings` map a sentence to its tally.

    `lines` counts data lines, `accepted`, `duplicates` and `conflicts` readings, of which a line of a wide
    file holds several. A duplicate is stored already, with the same values or, as a conflict, with others;
    `changed`
    counts stored readings that were replaced or filled. `duplicate_ranges` and `conflict_ranges` are the
    first [from, to] ranges of lines. `set_aside` is a last line that may be half of one.
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    changed: int = 0
    rejected: int = 0
    lines: int = 0
    blank: int = 0
    rejects: dict[str, Tally] = field(default_factory=dict)
    left_out: dict[str, Tally] = field(default_factory=dict)
    warnings: dict[str, Tally] = field(default_factory=dict)
    duplicate_ranges: list[list[int]] = field(default_factory=list)
    conflict_ranges: list[list[int]] = field(default_factory=list)
    set_aside: str | None = None
    devices: dict[int, DeviceSpan] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    @property
    def rejected_share(self) -> float:
        """The part of all data lines that was rejected."""
        return self.rejected / self.lines if self.lines else 0.0

    def add(self, batch: Batch, block: ReadingBlock, written: WriteResult | None) -> None:
        """Take in a batch, as the `block` that was written, and what became of it (None: a dry run)."""
        rows = batch.rows
        duplicates = written.duplicates if written else np.empty(0, np.int64)
        conflicts = written.conflicts if written else np.empty(0, np.int64)
        self.accepted += written.accepted if written else len(rows.row)
        self.changed += written.changed if written else 0
        self.duplicates += len(duplicates)
        self.conflicts += len(conflicts)
        _add_ranges(self.duplicate_ranges, rows.row[np.setdiff1d(duplicates, conflicts)])
        _add_ranges(self.conflict_ranges, rows.row[conflicts])
        expired = rows.row[written.expired] if written else np.empty(0, np.int64)
        rejected = np.union1d(np.array([reject.row for reject in batch.rejects], np.int64), expired)
        self.rejected += len(rejected)
        self.lines += len(np.union1d(rows.row, rejected))
        self.blank += len(batch.blank)
        grouped: dict[str, list[int]] = {}
        for reject in batch.rejects:
            sentence = f"{reject.field}: {reject.reason}" if reject.field else reject.reason
            grouped.setdefault(sentence, []).append(reject.row)
        if len(expired):
            grouped[f"timestamp: {TOO_OLD}"] = expired.tolist()
        for sentence, lines in grouped.items():
            _tally(self.rejects, sentence, lines)
        for tallies, found in ((self.left_out, rows.left_out), (self.warnings, rows.warnings)):
            for sentence, numbers in found.items():
                _tally(tallies, sentence, numbers.tolist())
        add_spans(self.devices, block.timestamp_us, block.cluster)
        self.names.update(block.device_name)

    def warn(self, sentence: str, lines: list[int]) -> None:
        """Count lines of which something is to be said."""
        _tally(self.warnings, sentence, lines)

    def to_state(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "ImportReport":
        """The report that `to_state` wrote (JSON makes texts of the numbers that are keys)."""
        report = cls(**{name: value for name, value in state.items() if name in cls.__dataclass_fields__})
        report.rejects = {sentence: Tally(**tally) for sentence, tally in state["rejects"].items()}
        report.left_out = {sentence: Tally(**tally) for sentence, tally in state.get("left_out", {}).items()}
        report.warnings = {sentence: Tally(**tally) for sentence, tally in state["warnings"].items()}
        report.devices = {int(number): DeviceSpan(**span) for number, span in state["devices"].items()}
        report.names = {int(number): name for number, name in state["names"].items()}
        return report


def _add_ranges(ranges: list[list[int]], lines: IntArray) -> None:
    for run in np.split(lines, np.flatnonzero(np.diff(lines) > 1) + 1) if len(lines) else []:
        first, last = int(run[0]), int(run[-1])
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1][1] = last
        elif len(ranges) < MAX_RANGES:
            ranges.append([first, last])
        else:
            return


def _tally(tallies: dict[str, Tally], sentence: str, lines: list[int]) -> None:
    if sentence in tallies or len(tallies) < MAX_KINDS:
        tallies.setdefault(sentence, Tally()).add(lines)
