"""SQLite: copied by its online backup while others write; put back by a rename."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from api_service.site_names import site_file, site_files
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import Figures, figures_at
from launcher.backups.manifest import create_private
from launcher.backups.parts import move, parts
from launcher.backups.stamps import is_abandoned, stamp_of
from migrations.sites import site_names

SUFFIX = ".sqlite"
BUSY_S = 5.0
IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
TRIAL = "askwatt-verify-"
LOG_SUFFIXES = ("-wal", "-shm")


async def dump(database_url: str, target: Path) -> Figures:
    """Copy the database as it is at one moment, then each site's file at one of its own; what they then held.

    All pages in one step: a read of the write-ahead log keeps no writer waiting.
    """
    source = _path(database_url)
    if not source.is_file():
        raise BackupProblem(f"there is no database at {source} (DATABASE_URL)")
    _copy(source, target)
    for site in await site_names(_url(target)):
        if not site_file(source, site).is_file():
            raise BackupProblem(f"there is no database of site {site} at {site_file(source, site)}")
        create_private(site_file(target, site))
        _copy(site_file(source, site), site_file(target, site))
    return await figures_at(_url(target))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=BUSY_S)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


@asynccontextmanager
async def fresh_place(database_url: str, moment: datetime) -> AsyncIterator[str]:
    """The URL of a place for one trial, removed at the end; on the disk that holds the database."""
    folder = _path(database_url).parent
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{TRIAL}*"):
        if is_abandoned(left.name.removeprefix(TRIAL).partition("-")[0], moment):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{TRIAL}{stamp_of(moment)}-", dir=folder) as name:
        yield _url(Path(name) / "restored.db")


async def load(backup: Path, database_url: str) -> None:
    """Make the database from the backup, and look through every page of it."""
    main = _path(database_url)
    for source, target in (
        (backup, main),
        *((path, site_file(main, s)) for s, path in site_files(backup).items()),
    ):
        with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
            origin.backup(copy, pages=-1)
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise BackupProblem(f"{source} is damaged: {verdict}")


async def is_empty(database_url: str) -> bool:
    """Whether nothing is there that a restore would put aside."""
    path = _path(database_url)
    return not site_files(path) and (not path.exists() or _tables(path) == 0)


async def swap(restored_url: str, database_url: str, moment: datetime) -> str | None:
    """Put the restored database in the place of the present one; where that one lies now, if any.

    A log that is still there goes with it: SQLite would play it into the restored database. So does the file
    of every site, also of one that the backup does not know.
    """
    target, restored = _path(database_url), _path(restored_url)
    for path in parts(target):
        if path.exists() and _tables(path) is not None:
            _close_log(path)
    had_one = [_set_aside(path, moment) for path in parts(target)]
    move(restored, target)
    return str(_aside(target, moment)) if any(had_one) else None


def _set_aside(path: Path, moment: datetime) -> bool:
    """Rename a database with its log; whether there was anything."""
    present = [suffix for suffix in ("", *LOG_SUFFIXES) if _beside(path, suffix).exists()]
    for suffix in present:
        _beside(path, suffix).replace(_beside(_aside(path, moment), suffix))
    return bool(present)


def _aside(path: Path, moment: datetime) -> Path:
    return path.with_name(f"{path.name}.before-{stamp_of(moment)}")


def _close_log(path: Path) -> None:
    """Take the log into the file; fails while anybody has the database open."""
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        if _code(error) in IN_USE:
            raise BackupProblem(
                f"{path} is in use ({error}); stop the gateway, then restore again"
            ) from error
        raise BackupProblem(f"{path} cannot be set aside: {error}") from error


def _tables(path: Path) -> int | None:
    """How many tables are there; None where the file is damaged.

    Read only: whoever closes a database that was opened for writing removes its log.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
            return int(found[0])
    except sqlite3.Error as error:
        if _code(error) in DAMAGED:
            return None
        raise


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")


def _path(database_url: str) -> Path:
    return Path(make_url(database_url).database or "")


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
