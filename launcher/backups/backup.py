"""`make backup`: a copy of the database while it serves, verified by restoring it into a fresh place."""

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from launcher.backups.errors import FAILURES, BackupProblem, reason_of
from launcher.backups.manifest import Manifest, create_private, manifest_path
from launcher.backups.parts import move, remove
from launcher.backups.places import kind_of, restored
from launcher.backups.stamps import is_abandoned, stamp_of
from shared.settings import Settings, load_settings_or_exit

FOLDER = Path("backups")
PREFIX = "askwatt-"
PARTIAL = ".partial"
UNVERIFIED = ".unverified"
HOUR_S = 3600.0
RETRY_S = 600.0  # after a failure


def main(arguments: list[str] | None = None) -> int:
    """Back up once, or every so many hours; 0, or 1 with one line when the backup or its trial failed."""
    parser = argparse.ArgumentParser("make backup", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where backups lie ({FOLDER})")
    parser.add_argument("--keep", type=int, default=0, help="remove older ones beyond so many; 0 keeps all")
    parser.add_argument(
        "--every", type=float, default=0.0, metavar="HOURS", help="go on, once in so many hours"
    )
    parser.add_argument("--deep", action="store_true", help="also compute every hour anew from its readings")
    parser.add_argument("--no-verify", action="store_true", help="do not restore it into a fresh place")
    given = parser.parse_args(arguments)
    settings = load_settings_or_exit()
    while True:
        status = _once(settings, given)
        if not given.every:
            return status
        time.sleep(given.every * HOUR_S if status == 0 else min(given.every * HOUR_S, RETRY_S))


def _end(number: int, _frame: object) -> None:
    """End in order: partial copies and trials are removed."""
    raise SystemExit(128 + number)


def _once(settings: Settings, given: argparse.Namespace) -> int:
    try:
        started = time.monotonic()
        trial = None if given.no_verify else Trial(deep=given.deep)
        backup, manifest = asyncio.run(make(settings, given.folder, trial))
        prune(given.folder, given.keep)
    except FAILURES as failure:
        sys.stderr.write(f"askwatt: backup failed: {reason_of(failure)}\n")
        return 1
    readings = manifest.figures.rows.get("electrical_data", 0)
    verified = "not verified" if given.no_verify else "restored into a fresh place and equal there"
    took = f"{manifest.size_bytes:,} bytes, {readings:,} readings, {time.monotonic() - started:.1f} s"
    print(f"askwatt: {backup}: {took}; {verified}", flush=True)  # cron mails stderr alone
    return 0


@dataclass(frozen=True)
class Trial:
    """Restore into a fresh place and compare; `deep`: compute every hour anew from its readings."""

    deep: bool = False


async def make(settings: Settings, folder: Path, trial: Trial | None = None) -> tuple[Path, Manifest]:
    """Write a backup into `folder`, then its manifest; everything committed before the call is in it.

    A copy that fails its trial gets no manifest and the suffix `.unverified`; the last one is kept.
    """
    kind = kind_of(settings.database_url)
    moment = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / f"{PREFIX}{stamp_of(moment)}{kind.SUFFIX}"
    _drop_abandoned(folder, moment)
    partial = backup.with_name(f"{backup.name}{PARTIAL}")
    try:
        create_private(partial)
        figures = await kind.dump(settings.database_url, partial)
        if not figures.is_whole:
            raise BackupProblem("the database holds no schema of AskWatt (DATABASE_URL)")
        name = make_url(settings.database_url).render_as_string(hide_password=True)
        manifest = Manifest.of(partial, moment, name, figures)
        if trial:
            await _try(partial, manifest, settings, trial)
        move(partial, backup)
    finally:
        remove(partial)
    manifest.write(backup)
    return backup, manifest


async def _try(partial: Path, manifest: Manifest, settings: Settings, trial: Trial) -> None:
    """Restore into a fresh place beside the database and compare; raises one of `FAILURES`."""
    try:
        async with restored(partial, manifest, settings, datetime.now(UTC), deep=trial.deep):
            pass
    except FAILURES as failure:
        for older in partial.parent.glob(f"{PREFIX}*{UNVERIFIED}"):
            older.unlink()
        failed = move(partial, partial.with_name(partial.name.removesuffix(PARTIAL) + UNVERIFIED))
        raise BackupProblem(f"{reason_of(failure)}; the copy lies in {failed}") from failure


def _drop_abandoned(folder: Path, moment: datetime) -> None:
    """Remove what backups left that were killed."""
    for partial in folder.glob(f"{PREFIX}*{PARTIAL}"):
        if is_abandoned(partial.name.removeprefix(PREFIX).partition(".")[0], moment):
            partial.unlink()


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` whole backups (0: none is removed); those removed."""
    whole = sorted(path for path in folder.glob(f"{PREFIX}*") if manifest_path(path).is_file())
    old = whole[:-keep] if keep else []
    for backup in old:
        manifest_path(backup).unlink()
        remove(backup)
    return old


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    raise SystemExit(main())
