"""`make backup`: a copy of the database while it serves, verified by restoring it into a fresh place."""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from launcher.backups.errors import FAILURES, BackupProblem, reason_of
from launcher.backups.manifest import Manifest, digest, manifest_path
from launcher.backups.places import kind_of, restored
from shared.settings import Settings, load_settings_or_exit

FOLDER = Path("backups")
PREFIX = "askwatt-"
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


def _once(settings: Settings, given: argparse.Namespace) -> int:
    try:
        started = time.monotonic()
        backup, manifest = asyncio.run(make(settings, given.folder))
        if not given.no_verify:
            asyncio.run(verify(backup, settings, deep=given.deep))
        prune(given.folder, given.keep)
    except FAILURES as failure:
        sys.stderr.write(f"askwatt: backup failed: {reason_of(failure)}\n")
        return 1
    readings = manifest.figures.rows.get("electrical_data", 0)
    verified = "not verified" if given.no_verify else "restored into a fresh place and equal there"
    took = f"{manifest.size_bytes:,} bytes, {readings:,} readings, {time.monotonic() - started:.1f} s"
    sys.stderr.write(f"askwatt: {backup}: {took}; {verified}\n")
    return 0


async def make(settings: Settings, folder: Path) -> tuple[Path, Manifest]:
    """Write a backup and its manifest into `folder`; everything committed before the call is in it."""
    kind = kind_of(settings.database_url)
    moment = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / f"{PREFIX}{moment:%Y%m%dT%H%M%SZ}{kind.SUFFIX}"
    partial = backup.with_name(f"{backup.name}.partial")
    try:
        figures = await kind.dump(settings.database_url, partial)
        if figures.revision is None:
            raise BackupProblem("the database holds no schema of AskWatt (DATABASE_URL)")
        name = make_url(settings.database_url).render_as_string(hide_password=True)
        manifest = Manifest(moment, name, digest(partial), partial.stat().st_size, figures)
        partial.chmod(0o600)  # readings tell when somebody is at home
        partial.replace(backup)
    finally:
        partial.unlink(missing_ok=True)
    manifest.write(backup)
    return backup, manifest


async def verify(backup: Path, settings: Settings, *, deep: bool = False) -> None:
    """Restore into a fresh place beside the database and compare; raises `BackupProblem`."""
    async with restored(backup, Manifest.read(backup), settings, datetime.now(UTC), deep=deep):
        pass


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` whole backups (0: none is removed); those removed."""
    whole = sorted(path for path in folder.glob(f"{PREFIX}*") if manifest_path(path).is_file())
    old = whole[:-keep] if keep else []
    for backup in old:
        manifest_path(backup).unlink()
        backup.unlink()
    return old


if __name__ == "__main__":
    raise SystemExit(main())
