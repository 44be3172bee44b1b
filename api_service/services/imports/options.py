"""What a user may say about an import, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from api_service.ingest.blocks import DEFAULT_BATCH_BYTES
from api_service.ingest.layout import Layout
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.reporting.report import ImportReport
from api_service.metering.blocks import ConflictRule

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportOptions:
    """How a file is read and stored.

    `timezone` is that of timestamps that name none, by default the site's: an IANA name, or an offset such as
    +01:00. `renames_devices` lets the file give other names to numbered devices that are stored already.
    """

    timezone: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    rejects: Path | None = None
    dry_run: bool = False
    batch_bytes: int = DEFAULT_BATCH_BYTES
    on_conflict: ConflictRule = ConflictRule.FILL
    renames_devices: bool = False


@dataclass(frozen=True)
class ImportOutcome:
    """What came of an import: its report, how the file was read, and how fast this run was.

    `resumed_at_line` is 0 for a run from the beginning; `rejects` is None where no file of them exists.
    `newest_us` is the newest reading of the database afterwards.
    """

    report: ImportReport
    layout: Layout
    timezone: str
    resumed_at_line: int
    rejects: Path | None
    earlier_rejects_lost: bool
    rows: int
    elapsed_s: float
    converted: str = ""
    newest_us: int | None = None
