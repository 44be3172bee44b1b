"""The kind of database behind a URL, and a trial of a backup in a fresh place of that kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType

from sqlalchemy import make_url

from api_service.scripts.check_rollups import check
from api_service.site_names import DEFAULT_SITE
from launcher.backups import postgresql, sqlite
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import figures_at
from launcher.backups.manifest import Manifest
from shared.settings import Settings


def kind_of(database_url: str) -> ModuleType:
    """`sqlite` or `postgresql`: modules of the same functions."""
    return sqlite if make_url(database_url).get_backend_name() == "sqlite" else postgresql


@asynccontextmanager
async def restored(
    backup: Path, manifest: Manifest, settings: Settings, moment: datetime, *, deep: bool = False
) -> AsyncIterator[str]:
    """The URL of a fresh database that equals the backup; removed at the end, unless moved meanwhile.

    `deep`: every hour of every device is also computed anew from its readings. Raises `BackupProblem`.
    """
    kind = kind_of(settings.database_url)
    async with kind.fresh_place(settings.database_url, moment) as url:
        await kind.load(backup, url)
        differences = manifest.figures.differences(await figures_at(url))
        if differences:
            raise BackupProblem(f"{backup} does not restore to what was backed up: {'; '.join(differences)}")
        copy = settings.model_copy(update={"database_url": url})
        sites = [DEFAULT_SITE, *manifest.figures.sites] if deep else []
        wrong = [device for site in sites for device in await check(copy, site, rebuild=False)]
        if wrong:
            raise BackupProblem(
                f"the rollups of {len(wrong)} devices are not what their readings give; "
                "`python -m api_service.scripts.check_rollups --rebuild` mends them"
            )
        yield url
