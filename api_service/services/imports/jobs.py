"""Uploads: kept on disk, imported one after another in the background, taken up again after a restart."""

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from api_service.database.outages import FULL
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models import Import, ImportState
from api_service.repositories.imports.progress import add_import, end_import, list_imports, load_import
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions, ImportOutcome
from api_service.services.imports.preview import ColumnPreview, preview_columns
from api_service.services.imports.request import REJECTS, REQUEST, ImportRequest, load_request, safe_name
from api_service.services.imports.undo import take_out
from api_service.timeouts import DATABASE_RETRY_S
from shared.errors import AskWattError, NotFound, Unavailable
from shared.logs import get_logger
from shared.settings import Settings

log = get_logger(__name__)
_OPEN = (ImportState.QUEUED, ImportState.RUNNING)


@dataclass(frozen=True)
class Preview:
    """What a dry run of an upload found, and the command that would import the file."""

    outcome: ImportOutcome
    columns: list[ColumnPreview]
    command: str


class ImportJobs:
    """The uploads of one gateway, in its own folder; their states are in the table `imports`."""

    def __init__(self, sessions: SessionFactory, settings: Settings, imports: ImportService) -> None:
        self._sessions = sessions
        self._settings = settings
        self._imports = imports
        self._folder = settings.uploads_folder
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._running: tuple[str, asyncio.Task[ImportOutcome]] | None = None

    async def start(self) -> None:
        """Take up what an earlier process left unfinished, and wait for more."""
        self._worker = asyncio.create_task(self._work())
        for name in await asyncio.to_thread(self._kept):
            self._waiting.put_nowait(name)

    async def close(self) -> None:
        """Stop; what is under way goes on at the next start."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker

    async def add(self, stream: BinaryIO, file_name: str, request: ImportRequest) -> Import:
        """Keep an upload and queue it; nothing of it is left where that fails.

        Raises `InvalidInput` for options that cannot be, `Unavailable` where the disk is full.
        """
        request.options(None)
        folder, path = await asyncio.to_thread(self._keep, stream, file_name, request)
        size = path.stat().st_size
        try:
            async with transaction(self._sessions) as session:
                row = await add_import(session, path.name, "", size, folder.name)
                row.state = ImportState.QUEUED
        except Unavailable:
            await asyncio.to_thread(self._forget, folder.name)
            raise
        self._waiting.put_nowait(folder.name)
        return row

    async def preview(self, stream: BinaryIO, file_name: str, request: ImportRequest) -> Preview:
        """Read an upload without storing anything; its file is gone afterwards."""
        options = request.options(None, dry_run=True)
        folder, path = await asyncio.to_thread(self._keep, stream, file_name, request)
        try:
            timezone = options.timezone or self._settings.site_timezone
            columns = await preview_columns(path, options, timezone)
            outcome = await self._imports.import_file(path, options)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return Preview(outcome, columns, request.command(path.name))

    async def page(self, before: int | None, limit: int) -> list[Import]:
        """Imports, newest first, of uploads and of the command; those numbered below `before`."""
        async with snapshot(self._sessions) as session:
            return await list_imports(session, before, limit)

    async def get(self, import_id: str) -> Import:
        """One import. Raises `NotFound`."""
        async with snapshot(self._sessions) as session:
            row = await load_import(session, import_id)
        if row is None:
            raise NotFound("There is no such import.")
        return row

    async def rejects(self, import_id: str) -> Path | None:
        """The file of rejected lines, None where there are none. Raises `NotFound`."""
        report = (await self.get(import_id)).report or {}
        if not report.get("rejects_bytes"):
            return None
        path = Path(report["rejects_path"])
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("The file of this import's rejects is not where it was written.")
        return path

    async def undo(self, import_id: str) -> int:
        """Stop an import and take out what it stored; the number of readings. Raises `NotFound`."""
        row = await self.get(import_id)
        if self._running is not None and self._running[0] == import_id:
            self._running[1].cancel()
            await asyncio.wait([self._running[1]])
        removed = await take_out(self._sessions, import_id, row.number)
        await asyncio.to_thread(self._forget, import_id)
        return removed

    async def _work(self) -> None:
        while True:
            import_id = await self._waiting.get()
            try:
                await self._import(import_id)
            except Exception as error:  # noqa: BLE001 - one file must not stop all others, whatever it is
                await self._interrupted(import_id, error)

    async def _interrupted(self, import_id: str, error: Exception) -> None:
        """Wait, and come back to an import that the database or a full disk interrupts; end others."""
        if isinstance(error, Unavailable) or getattr(error, "errno", None) in FULL:
            # Its progress is in the database: it goes on from there, nothing of it is lost.
            log.warning("import_waits", import_id=import_id, error=str(error))
            await asyncio.sleep(DATABASE_RETRY_S)
            self._waiting.put_nowait(import_id)
            return
        is_foreseen = isinstance(error, AskWattError | SQLAlchemyError | OSError)
        log.warning("import_failed", import_id=import_id, error=str(error), exc_info=not is_foreseen)
        await self._fail(import_id, str(error) if is_foreseen else f"{type(error).__name__}: {error}")

    async def _import(self, import_id: str) -> None:
        row = await self.get(import_id)
        if row.state not in _OPEN:
            return
        folder = self._folder / import_id
        file_name, request = await asyncio.to_thread(load_request, folder)
        options: ImportOptions = request.options(folder / REJECTS)
        task = asyncio.create_task(
            self._imports.import_file(folder / file_name, options, import_id=import_id)
        )
        self._running = import_id, task
        try:
            await asyncio.wait([task])
            if not task.cancelled():
                await task
                await asyncio.to_thread((folder / file_name).unlink, missing_ok=True)
        finally:
            self._running = None
            if not task.done():
                task.cancel()
                await asyncio.wait([task])

    async def _fail(self, import_id: str, reason: str) -> None:
        try:
            async with transaction(self._sessions) as session:
                await end_import(session, import_id, ImportState.FAILED, reason)
        except (AskWattError, SQLAlchemyError) as error:
            log.warning("import_state_lost", import_id=import_id, error=str(error))

    def _keep(self, stream: BinaryIO, file_name: str, request: ImportRequest) -> tuple[Path, Path]:
        folder = self._folder / str(uuid4())
        path = folder / safe_name(file_name)
        try:
            folder.mkdir(parents=True)
            with path.open("wb") as file:
                shutil.copyfileobj(stream, file, 1 << 20)
            request.save(folder, path.name)
        except OSError as error:
            self._forget(folder.name)
            if error.errno not in FULL:
                raise
            raise Unavailable(
                f"The disk of {self._folder} is full; free space on it, and send this again."
            ) from error
        return folder, path

    def _kept(self) -> list[str]:
        """Uploads in the order of their arrival."""
        if not self._folder.is_dir():
            return []
        folders = [item.parent for item in self._folder.glob(f"*/{REQUEST}")]
        return [folder.name for folder in sorted(folders, key=lambda item: item.stat().st_mtime)]

    def _forget(self, import_id: str) -> None:
        folder = self._folder / import_id
        if folder.parent == self._folder and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
