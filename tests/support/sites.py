"""Further sites in a test's database, and keys that open them."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import make_url

from api_service.services.access.key_service import digest_of
from api_service.site_names import DEFAULT_SITE, site_file
from migrations import upgrade_to_head
from migrations.sites import close_site, make_place, register


async def make_sites(database_url: str, names: Iterable[str]) -> None:
    """Make them in an empty, migrated database, as `make db-init SITE=…` does."""
    url = make_url(database_url)
    names = list(names)
    for name in names:
        if url.get_backend_name() == "sqlite":
            main = Path(str(url.database))
            shutil.copy(main, site_file(main, name))  # quicker, and the same: it is migrated and empty
        else:
            await make_place(database_url, name)
            await upgrade_to_head(database_url, name)
    for name in names:
        assert await close_site(database_url, name) is None
        await register(database_url, name)


def key_of(site: str) -> dict[str, str]:
    """The headers that open a site as its administrator."""
    return {"X-API-Key": f"the key of {site}"}


def keys_file(folder: Path, sites: Iterable[str]) -> Path:
    """A file of such keys."""
    path = folder / "keys"
    lines = []
    for site in sites:
        begin = "" if site == DEFAULT_SITE else f"{site}:"
        lines.append(f"{begin}{digest_of(key_of(site)['X-API-Key'])} owner of {site}\n")
    path.write_text("".join(lines))
    return path
