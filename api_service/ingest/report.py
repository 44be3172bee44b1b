"""What an import did: counts, reasons, spans; kept with the progress row, so that it survives a kill."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from api_service.ingest.pipeline import Batch
from api_service.ingest.time_ranges import DeviceSpan, add_spans
from api_service.metering.blocks import IntArray, WriteResult

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
    """The outcome so far. `rejects` and `warnings` map a sentence to its tally.

    `duplicate_ranges` are the first [from, to] line ranges of readings that were stored already.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    blank: int = 0
    rejects: dict[str, Tally] = field(default_factory=dict)
    warnings: dict[str, Tally] = field(default_factory=dict)
    duplicate_ranges: list[list[int]] = field(default_factory=list)
    devices: dict[int, DeviceSpan] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """Data lines seen: every one was accepted, a duplicate or rejected."""
        return self.accepted + self.duplicates + self.rejected

    def add(self, batch: Batch, written: WriteResult | None) -> None:
        """Take in a batch and what became of it (None: nothing was written, in a dry run)."""
        rows = batch.rows
        duplicates = written.duplicates if written else np.empty(0, np.int64)
        self.accepted += written.accepted if written else len(rows.row)
        self.duplicates += len(duplicates)
        self._add_ranges(rows.row[duplicates])
        self.rejected += len(batch.rejects)
        self.blank += len(batch.blank)
        grouped: dict[str, list[int]] = {}
        for reject in batch.rejects:
            sentence = f"{reject.field}: {reject.reason}" if reject.field else reject.reason
            grouped.setdefault(sentence, []).append(reject.row)
        for sentence, lines in grouped.items():
            _tally(self.rejects, sentence, lines)
        for sentence, found in rows.warnings.items():
            _tally(self.warnings, sentence, found.tolist())
        add_spans(self.devices, rows.columns.timestamp_us, rows.columns.cluster)
        self.names.update(rows.columns.device_name)

    def to_state(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "ImportReport":
        """The report that `to_state` wrote (JSON makes texts of the numbers that are keys)."""
        report = cls(**{name: value for name, value in state.items() if name in cls.__dataclass_fields__})
        report.rejects = {sentence: Tally(**tally) for sentence, tally in state["rejects"].items()}
        report.warnings = {sentence: Tally(**tally) for sentence, tally in state["warnings"].items()}
        report.devices = {int(number): DeviceSpan(**span) for number, span in state["devices"].items()}
        report.names = {int(number): name for number, name in state["names"].items()}
        return report

    def _add_ranges(self, lines: IntArray) -> None:
        for run in np.split(lines, np.flatnonzero(np.diff(lines) > 1) + 1) if len(lines) else []:
            first, last = int(run[0]), int(run[-1])
            if self.duplicate_ranges and self.duplicate_ranges[-1][1] == first - 1:
                self.duplicate_ranges[-1][1] = last
            elif len(self.duplicate_ranges) < MAX_RANGES:
                self.duplicate_ranges.append([first, last])
            else:
                return


def _tally(tallies: dict[str, Tally], sentence: str, lines: list[int]) -> None:
    if sentence in tallies or len(tallies) < MAX_KINDS:
        tallies.setdefault(sentence, Tally()).add(lines)
