"""Import a CSV file: read ahead in a thread, write block by block, each with its progress."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.ingest.blocks import DEFAULT_BATCH_BYTES, Position
from api_service.ingest.layout import Layout
from api_service.ingest.pipeline import Batch, Start, batches
from api_service.ingest.rejects import RejectsFile, default_path
from api_service.ingest.report import ImportReport
from api_service.ingest.source import Source, open_source, opened
from api_service.models import Import, ImportState
from api_service.repositories.import_repository import (
    Progress,
    add_import,
    find_unfinished,
    has_tables,
    save_progress,
)
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from shared.errors import Conflict, InvalidInput
from shared.settings import Settings


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file. `timezone` (IANA) is that of timestamps that name none, by default the site's."""

    timezone: str | None = None
    delimiter: str | None = None
    rejects: Path | None = None
    dry_run: bool = False
    batch_bytes: int = DEFAULT_BATCH_BYTES


@dataclass(frozen=True)
class ImportOutcome:
    """What came of an import: its report, how the file was read, and how fast this run was.

    `resumed_at_line` is 0 for a run from the beginning; `rejects` is None where no file of them exists.
    """

    report: ImportReport
    layout: Layout
    timezone: str
    resumed_at_line: int
    rejects: Path | None
    earlier_rejects_lost: bool
    rows: int
    elapsed_s: float


OnProgress = Callable[[int, int], None]


@dataclass
class _Run:
    """One import under way: the place after the last commit and what is known there."""

    source: Source
    position: Position
    import_id: str = ""
    report: ImportReport = field(default_factory=ImportReport)
    last: dict[int, int] = field(default_factory=dict)
    rejects: RejectsFile | None = None
    resumed_at_line: int = 0


class ImportService:
    """Imports files into the database that `sessions` opens."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def import_csv(
        self, path: Path, options: ImportOptions, on_progress: OnProgress = lambda _done, _size: None
    ) -> ImportOutcome:
        """Import a file, or go on with one that was interrupted; the result is exact either way.

        A file that is imported again adds nothing: all of its readings are duplicates. `on_progress` gets
        bytes done and bytes in all. Raises `NotFound` or `InvalidInput` for a bad path, `MalformedFile` for a
        file that holds no readings, `Conflict` for a database without tables or when another process imports
        the same file, `DatabaseUnavailable`.
        """
        timezone = options.timezone or self._settings.site_timezone
        zone = _zone(timezone)
        source = await asyncio.to_thread(open_source, path, options.delimiter, timezone)
        rejects_path = default_path(path) if options.dry_run else _rejects_path(path, options.rejects)
        run = await self._begin(source, rejects_path, dry_run=options.dry_run)
        begun, before = time.monotonic(), run.report.lines
        on_progress(run.position.offset, source.size_bytes)
        with opened(path) as stream:
            start = Start(run.position, source.size_bytes, run.last)
            ready = batches(stream, source.layout, zone, start, options.batch_bytes)
            async with aclosing(_read_ahead(ready)) as batches_ahead:
                async for batch in batches_ahead:
                    await self._take(run, batch)
                    on_progress(batch.end.offset, source.size_bytes)
        if not options.dry_run:
            await self._finish(run)
        return ImportOutcome(
            report=run.report,
            layout=source.layout,
            timezone=timezone,
            resumed_at_line=run.resumed_at_line,
            rejects=rejects_path if run.rejects and run.rejects.size else None,
            earlier_rejects_lost=bool(run.rejects and run.rejects.lost_earlier),
            rows=run.report.lines - before,
            elapsed_s=time.monotonic() - begun,
        )

    async def _begin(self, source: Source, rejects_path: Path, *, dry_run: bool) -> _Run:
        if dry_run:
            return _Run(source, source.head.data)
        async with snapshot(self._sessions) as session:
            if not await has_tables(session):
                raise Conflict("The database has no tables yet: run `make db-init` first.")
        async with transaction(self._sessions) as session:
            row = await find_unfinished(session, source.digest)
            row = row or await add_import(session, source.path.name, source.digest, source.size_bytes)
        run = _resumed(source, row) if row.report else _Run(source, source.head.data, row.id)
        kept = int(row.report["rejects_bytes"]) if row.report else 0
        run.rejects = await asyncio.to_thread(RejectsFile, rejects_path, kept)
        return run

    async def _take(self, run: _Run, batch: Batch) -> None:
        if run.rejects is None:
            await asyncio.to_thread(run.report.add, batch, None)
            return
        async with transaction(self._sessions) as session:
            written = await write_readings(session, batch.rows.columns)
            await asyncio.to_thread(run.report.add, batch, written)
            await asyncio.to_thread(run.rejects.append, batch.reject_lines)
            run.last = dict(batch.last)
            await save_progress(session, run.import_id, _stored_offset(run), _progress(run, batch.end))
        run.position = batch.end

    async def _finish(self, run: _Run) -> None:
        async with transaction(self._sessions) as session:
            await refresh_periods(session, sorted(run.report.devices))
            progress = _progress(run, run.position, ImportState.COMPLETED)
            await save_progress(session, run.import_id, _stored_offset(run), progress)


def _stored_offset(run: _Run) -> int:
    """The offset in the database: 0 until the first commit."""
    return run.position.offset if run.position != run.source.head.data else 0


def _progress(run: _Run, position: Position, state: ImportState = ImportState.RUNNING) -> Progress:
    report = run.report
    kept = {
        **report.to_state(),
        "rejects_bytes": run.rejects.size if run.rejects else 0,
        "last": {str(cluster): moment for cluster, moment in run.last.items()},
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


def _resumed(source: Source, row: Import) -> _Run:
    report = row.report or {}
    last = {int(cluster): moment for cluster, moment in report["last"].items()}
    return _Run(
        source,
        Position(row.byte_offset, row.line),
        row.id,
        ImportReport.from_state(report),
        last,
        resumed_at_line=row.line,
    )


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise InvalidInput(f"{name!r} is not an IANA time zone such as Europe/Madrid.")
    return ZoneInfo(name)


def _rejects_path(path: Path, given: Path | None) -> Path:
    rejects = given or default_path(path)
    if rejects.resolve() == path.resolve():
        raise InvalidInput("The rejects file must not be the file itself.")
    if rejects.is_dir():
        raise InvalidInput(f"{rejects} is a folder; name a file for the rejects.")
    if not os.access(rejects.parent, os.W_OK):
        raise InvalidInput(f"No file can be written in {rejects.parent}: name another with --rejects.")
    return rejects


async def _read_ahead(ready: Iterator[Batch]) -> AsyncGenerator[Batch, None]:
    """Each batch, read in a thread while the one before it is being written."""
    pending = asyncio.ensure_future(asyncio.to_thread(next, ready, None))
    try:
        while (batch := await pending) is not None:
            pending = asyncio.ensure_future(asyncio.to_thread(next, ready, None))
            yield batch
    finally:
        # The thread cannot be stopped, and the file must stay open until it is done.
        await asyncio.wait([pending])
        if not pending.cancelled():
            pending.exception()
