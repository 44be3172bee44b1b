"""`python -m migrations [upgrade | downgrade REVISION | check]`: the schema of `DATABASE_URL`, all sites.

`upgrade --site NAME` also makes a site.
"""

import argparse
import asyncio
import re
import sqlite3
import sys
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from api_service.site_names import DEFAULT_SITE, SITE_NAME, is_site_name
from migrations import check_drift, downgrade, known_revisions, upgrade_to_head
from migrations.sites import close_site, make_place, register, site_names
from shared.settings import load_settings_or_exit

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def main(arguments: list[str] | None = None) -> int:
    """Migrate; 0, or 1 with one line when the database is away or the schema is not what it should be."""
    parser = argparse.ArgumentParser("python -m migrations", description=__doc__)
    parser.add_argument("action", nargs="?", default="upgrade", choices=["upgrade", "downgrade", "check"])
    parser.add_argument("revision", nargs="?", help="where to go back to; base drops every table")
    parser.add_argument("--site", type=_site, help="upgrade: make this site, where it is not there")
    given = parser.parse_args(arguments)
    if given.site and given.action != "upgrade":
        parser.error("--site goes with upgrade alone")
    if (given.action == "downgrade") != bool(given.revision):
        parser.error("downgrade, and only downgrade, takes a revision")
    url = load_settings_or_exit().database_url
    try:
        asyncio.run(_migrate(url, given))
    except (SQLAlchemyError, CommandError, OSError, ValueError) as problem:
        reason = _reason(problem)
        sys.stderr.write(f"askwatt: {given.action} of {describe(url)} failed: {reason} (DATABASE_URL)\n")
        return 1
    sys.stderr.write(f"askwatt: {describe(url)}: {given.action} done\n")
    return 0


def _reason(problem: Exception) -> str:
    driver = getattr(problem, "orig", None) or problem
    reason = str(driver).splitlines()[0]
    if getattr(driver, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
        remedy = "it is damaged: stop everything, keep its files, and restore a backup (`make restore`)"
        return f"{reason}; {remedy}"
    unknown = re.search(r"locate revision identified by '(\w+)'", reason)
    if unknown is None:
        return reason
    return (
        f"schema {unknown[1]} is of a newer AskWatt than this one (which ends at {known_revisions()[0]}); "
        "install that version, or restore a backup made by this one (`make restore`)"
    )


async def _migrate(url: str, given: argparse.Namespace) -> None:
    _make_folder(url)
    if given.action == "upgrade":
        await upgrade_to_head(url)
    for site in dict.fromkeys([*await site_names(url), *([given.site] if given.site else [])]):
        await _migrate_site(url, site, given)
    if given.action == "downgrade":
        await downgrade(url, given.revision)
    elif given.action == "check":
        await check_drift(url)


async def _migrate_site(url: str, site: str, given: argparse.Namespace) -> None:
    if given.action == "downgrade":
        await downgrade(url, given.revision, site)
    elif given.action == "check":
        await check_drift(url, site)
    else:
        await make_place(url, site)
        await upgrade_to_head(url, site)
        if reason := await close_site(url, site):
            sys.stderr.write(
                f"askwatt: site {site}: without PostgreSQL's own lock between sites: {reason} "
                "(`ALTER ROLE … CREATEROLE`, then `make db-init`; docs/access.md)\n"
            )
        await register(url, site)
        sys.stderr.write(f"askwatt: site {site}: {given.action} done\n")


def _site(name: str) -> str:
    if not is_site_name(name) or name == DEFAULT_SITE:
        raise argparse.ArgumentTypeError(f"{name!r} is no name of a further site ({SITE_NAME})")
    return name


def describe(database_url: str) -> str:
    """The database's address without its password."""
    return make_url(database_url).render_as_string(hide_password=True)


def _make_folder(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


if __name__ == "__main__":
    raise SystemExit(main())
