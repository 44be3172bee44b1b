"""Import a file: read ahead in a thread, write block by block, each with its progress."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.counters import count_imported
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.ingest.pipeline import Batch, Start, StoredMoments, batches
from api_service.ingest.reporting.rejects import RejectsFile, free_path
from api_service.ingest.source import Source, open_source
from api_service.ingest.time.zones import zone_of
from api_service.metering.blocks import ConflictRule, ReadingBlock, WriteOptions
from api_service.models import ImportState
from api_service.repositories.imports.device_sources import (
    clusters_of,
    device_names,
    newest_moments_us,
    source_key,
)
from api_service.repositories.imports.progress import (
    add_import,
    find_unfinished,
    has_tables,
    load_import,
    newest_reading_us,
    resume_import,
    save_progress,
)
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.imports.options import ImportOptions, ImportOutcome, OnProgress
from api_service.services.imports.run import ImportRun, block_of, resumed
from api_service.services.imports.shifts import shifted_rows
from shared.errors import Conflict, InvalidInput
from shared.settings import Settings

# A reading may be ahead of this computer's clock by as much: zones, and clocks that run fast.
FUTURE_S = 86_400


class ImportService:
    """Imports files into the database that `sessions` opens."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def import_file(
        self,
        path: Path,
        options: ImportOptions,
        on_progress: OnProgress = lambda _done, _size: None,
        import_id: str | None = None,
    ) -> ImportOutcome:
        """Import a file, or go on with one that was interrupted; the result is exact either way.

        A file that is imported again adds nothing: all of its readings are duplicates. `on_progress` gets
        bytes done and bytes in all; `import_id` is that of an upload, which
        has its row already. Raises `NotFound` or `InvalidInput` for a bad path or option,
        `MalformedFile` for a file that cannot be understood (its text names the option that helps),
        `Conflict`
        for a database without tables, for devices that are numbered like others, or when another process
        imports the same file, `DatabaseUnavailable`.
        """
        given = options.timezone or self._settings.site_timezone
        zone_of(given)  # a wrong name is told before the file is read
        with ExitStack() as stack:
            opening = open_source(path, options.read, given)
            source = await asyncio.to_thread(stack.enter_context, opening)
            timezone = options.timezone or source.layout.stamp.zone or given
            zone = zone_of(timezone)
            run = await self._begin(source, options, import_id)
            begun, before = time.monotonic(), run.report.lines
            on_progress(run.position.offset, source.size_bytes)
            latest_us = int((time.time() + FUTURE_S) * 1_000_000)
            stored_us = await self._stored_moments(dry_run=options.dry_run)
            start = Start(run.position, source.last_line.end_offset, run.carried, stored_us, latest_us)
            ready = batches(source.stream, source.layout, zone, start, options.batch_bytes)
            async with aclosing(_read_ahead(ready)) as batches_ahead:
                async for batch in batches_ahead:
                    await self._take(run, batch, options)
                    on_progress(batch.end.offset, source.size_bytes)
            run.report.set_aside = source.last_line.set_aside
            newest_us = None if options.dry_run else await self._finish(run)
        return ImportOutcome(
            report=run.report,
            layout=source.layout,
            timezone=timezone,
            resumed_at_line=run.resumed_at_line,
            rejects=run.rejects.path if run.rejects and run.rejects.size else None,
            earlier_rejects_lost=bool(run.rejects and run.rejects.lost_earlier),
            rows=run.report.lines - before,
            elapsed_s=time.monotonic() - begun,
            converted=source.converted,
            newest_us=newest_us,
        )

    async def _begin(self, source: Source, options: ImportOptions, import_id: str | None) -> ImportRun:
        if options.dry_run:
            return ImportRun(source, source.layout.data)
        async with snapshot(self._sessions) as session:
            if not await has_tables(session):
                raise Conflict("The database has no tables yet: run `make db-init` first.")
            upload = await load_import(session, import_id) if import_id else None
            unfinished = upload or await find_unfinished(session, source.digest)
        if unfinished is not None and unfinished.report:
            async with transaction(self._sessions) as session:
                await resume_import(session, unfinished.id)
            return await asyncio.to_thread(resumed, source, unfinished)
        run = ImportRun(source, source.layout.data)
        run.rejects = RejectsFile(await asyncio.to_thread(_rejects_path, source.path, options.rejects))
        async with transaction(self._sessions) as session:
            upload = await load_import(session, import_id) if import_id else None
            row = upload or await add_import(session, source.path.name, source.digest, source.size_bytes)
            await resume_import(session, row.id)
            row.digest, row.size_bytes, row.state = source.digest, source.size_bytes, ImportState.RUNNING
            row.report = run.progress(run.position).report
            run.import_id, run.import_number = row.id, row.number
        return run

    async def _stored_moments(self, *, dry_run: bool) -> StoredMoments:
        """The newest stored moment of every device, by its number and by its names."""
        if dry_run:
            return lambda _device: None
        async with snapshot(self._sessions) as session:
            found = await newest_moments_us(session)
        return lambda device: found.get(device if isinstance(device, int) else source_key(device))

    async def _take(self, run: ImportRun, batch: Batch, options: ImportOptions) -> None:
        layout = run.source.layout
        if run.rejects is None:
            names = batch.carried.names
            block = block_of(batch, layout, {name: number for number, name in enumerate(names)})
            await asyncio.to_thread(run.report.add, batch, block, None)
            return
        rejected_before = run.report.rejected
        async with transaction(self._sessions) as session:
            if missing := [name for name in batch.carried.names if name not in run.clusters]:
                run.clusters |= await clusters_of(session, missing)
            block = block_of(batch, layout, run.clusters)
            if layout.is_numbered and not options.renames_devices:
                await _check_names(session, block, set(run.report.names))
            # Of a quantity a line, the others of the same moment may come with a later block.
            fills = layout.kinds is not None and options.on_conflict is ConflictRule.KEEP
            rule = ConflictRule.FILL if fills else options.on_conflict
            writing = WriteOptions(rule, run.import_number)
            # Only the first block: what goes on from stored readings lies at other times anyway.
            shifted = None if run.report.lines else await shifted_rows(session, block)
            written = await write_readings(session, block, writing)
            await asyncio.to_thread(run.report.add, batch, block, written)
            if shifted is not None and written.accepted:
                run.report.warn(shifted[0], batch.rows.row[shifted[1]].tolist())
            rejected = await asyncio.to_thread(batch.reject_lines, written.expired)
            await asyncio.to_thread(run.rejects.append, rejected)
            run.carried = batch.carried
            await save_progress(session, run.import_id, run.stored_offset, run.progress(batch.end))
        run.position = batch.end
        count_imported(written.accepted, len(written.duplicates), run.report.rejected - rejected_before)

    async def _finish(self, run: ImportRun) -> int | None:
        async with transaction(self._sessions) as session:
            await refresh_periods(session, sorted(run.report.devices))
            progress = run.progress(run.position, ImportState.COMPLETED)
            await save_progress(session, run.import_id, run.stored_offset, progress)
            return await newest_reading_us(session)


async def _check_names(session: AsyncSession, block: ReadingBlock, checked: set[int]) -> None:
    """Refuse a file that calls a stored device by another name: it may number its devices by itself."""
    fresh = {cluster: name for cluster, name in block.device_name.items() if cluster not in checked}
    stored = await device_names(session, fresh) if fresh else {}
    for cluster, name in stored.items():
        if source_key(name) != source_key(fresh[cluster]):
            raise Conflict(
                f"Cluster {cluster} is {name!r} in the database and {fresh[cluster]!r} in the file. If the "
                "file numbers its devices by itself, import it with --new-devices; if it is the same device "
                "under another name, with --rename-devices."
            )


def _rejects_path(path: Path, given: Path | None) -> Path:
    rejects = given or free_path(path)
    if rejects.exists() or rejects.is_symlink():
        raise InvalidInput(f"{rejects} exists: name a file for the rejects that does not.")
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
