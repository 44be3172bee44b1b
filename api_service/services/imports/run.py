"""One import under way: what is committed with each block, and how it goes on after an interruption."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from api_service.ingest.blocks import Position
from api_service.ingest.counters import Known
from api_service.ingest.layout import Layout
from api_service.ingest.pipeline import Batch, Carried
from api_service.ingest.reporting.rejects import RejectsFile
from api_service.ingest.reporting.report import ImportReport
from api_service.ingest.source import Source
from api_service.metering.blocks import ReadingBlock
from api_service.models import Import, ImportState
from api_service.repositories.imports.progress import Progress


@dataclass
class ImportRun:
    """The place after the last commit and what is known there; `clusters` are the named devices'."""

    source: Source
    position: Position
    import_id: str = ""
    import_number: int | None = None
    report: ImportReport = field(default_factory=ImportReport)
    carried: Carried = field(default_factory=Carried)
    clusters: dict[str, int] = field(default_factory=dict)
    rejects: RejectsFile | None = None
    resumed_at_line: int = 0

    @property
    def stored_offset(self) -> int:
        """The offset in the database: 0 until the first commit."""
        return self.position.offset if self.position != self.source.layout.data else 0

    def progress(self, position: Position, state: ImportState = ImportState.RUNNING) -> Progress:
        """What is stored together with the rows up to `position`."""
        report, carried = self.report, self.carried
        kept = {
            **report.to_state(),
            "rejects_path": str(self.rejects.path) if self.rejects else None,
            "rejects_bytes": self.rejects.size if self.rejects else 0,
            "last": {str(cluster): moment for cluster, moment in carried.last.items()},
            "counters": {str(device): list(index) for device, index in carried.counters.items()},
            "names_in_order": list(carried.names),
        }
        return Progress(
            byte_offset=position.offset,
            line=position.line,
            accepted=report.accepted,
            duplicates=report.duplicates,
            rejected=report.rejected,
            report=kept,
            state=state,
        )


def resumed(source: Source, row: Import) -> ImportRun:
    """The run that goes on where the import of `row` was interrupted."""
    state = row.report or {}
    carried = Carried(
        {int(cluster): moment for cluster, moment in state["last"].items()},
        # An unfinished import of an earlier version knows the latest index alone.
        {int(device): Known(*index[:2], *index[-2:]) for device, index in state.get("counters", {}).items()},
        tuple(state.get("names_in_order", ())),
    )
    position = Position(row.byte_offset, row.line) if row.byte_offset else source.layout.data
    rejects = None
    if state.get("rejects_path"):
        rejects = RejectsFile(Path(state["rejects_path"]), int(state["rejects_bytes"]), is_resumed=True)
    report = ImportReport.from_state(state)
    return ImportRun(
        source, position, row.id, row.number, report, carried, {}, rejects, resumed_at_line=row.line
    )


def block_of(batch: Batch, layout: Layout, clusters: dict[str, int]) -> ReadingBlock:
    """The readings of a batch under the clusters of the database, with its devices' names and intervals."""
    block = batch.rows.columns
    names = batch.carried.names
    interval_us = layout.stamp.interval_us
    means = np.array(sorted(batch.means), dtype=np.int64)
    if layout.is_numbered or not len(block):
        numbers = np.intersect1d(block.cluster, means).tolist() if interval_us else []
        return replace(block, interval_us=dict.fromkeys(numbers, interval_us))
    lookup = np.array([clusters[name] for name in names], dtype=np.int64)
    present = np.unique(block.cluster).tolist()
    averaged = np.intersect1d(present, means).tolist() if interval_us else []
    return replace(
        block,
        cluster=lookup[block.cluster],
        device_name={clusters[names[number]]: names[number] for number in present},
        interval_us={clusters[names[number]]: interval_us for number in averaged},
    )
