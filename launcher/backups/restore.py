"""`make restore`: a backup in the place of the database; what was there is set aside, never deleted."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from launcher.backups.backup import FOLDER, PREFIX
from launcher.backups.errors import FAILURES, BackupProblem, reason_of
from launcher.backups.manifest import Manifest, manifest_path
from launcher.backups.places import kind_of, restored
from migrations import known_revisions
from migrations.sites import close_site
from shared.settings import Settings, load_settings_or_exit


def main(arguments: list[str] | None = None) -> int:
    """Restore; 0, or 1 with one line, and then the database is as it was."""
    parser = argparse.ArgumentParser("make restore", description=__doc__)
    parser.add_argument("backup", type=Path, nargs="?", help=f"the newest one of {FOLDER}/ unless given")
    parser.add_argument("--replace", action="store_true", help="set the present database aside")
    given = parser.parse_args(arguments)
    settings = load_settings_or_exit()
    try:
        backup = given.backup or newest(FOLDER, kind_of(settings.database_url).SUFFIX)
        aside = asyncio.run(restore(backup, settings, replace=given.replace))
    except FAILURES as failure:
        sys.stderr.write(f"askwatt: nothing was restored: {reason_of(failure)}\n")
        return 1
    address = make_url(settings.database_url).render_as_string(hide_password=True)
    kept = f"; the database before lies in {aside}" if aside else ""
    sys.stderr.write(
        f"askwatt: {address} is what {backup} holds{kept}. `make db-init` brings it up to date\n"
    )
    return 0


async def restore(backup: Path, settings: Settings, *, replace: bool = False) -> str | None:
    """Restore beside the present database, compare, then exchange the two; where the present one lies now.

    Raises `BackupProblem` where the backup is damaged or of another kind or newer than this version, where
    there is data and `replace` is not said, or somebody uses the database.
    """
    manifest = Manifest.read(backup)
    kind = kind_of(settings.database_url)
    if backup.suffix != kind.SUFFIX:
        raise BackupProblem(
            f"{backup} is not a backup of this kind of database ({kind.SUFFIX}, DATABASE_URL)"
        )
    if manifest.figures.revision not in known_revisions():
        raise BackupProblem(
            f"{backup} has schema {manifest.figures.revision}, which a newer AskWatt made; install that one"
        )
    if not replace and not await kind.is_empty(settings.database_url):
        raise BackupProblem("there is a database already; REPLACE=1 (--replace) sets it aside")
    moment = datetime.now(UTC)
    async with restored(backup, manifest, settings, moment) as url:
        for site in manifest.figures.sites:
            await close_site(url, site)  # rights are no part of a dump
        aside: str | None = await kind.swap(url, settings.database_url, moment)
    return aside


def newest(folder: Path, suffix: str) -> Path:
    """The newest whole backup of one kind."""
    whole = sorted(path for path in folder.glob(f"{PREFIX}*{suffix}") if manifest_path(path).is_file())
    if not whole:
        raise BackupProblem(f"there is no backup in {folder}/; name one: make restore FILE=…")
    return whole[-1]


if __name__ == "__main__":
    raise SystemExit(main())
