"""`python -m api_service.scripts.undo_import [NUMBER]`: take out what an import stored, or list imports.

Exit codes: 0 done or listed, 1 the database says no, 2 there is no such import, or nothing was to be undone.
"""

import argparse
import asyncio

from sqlalchemy.exc import SQLAlchemyError

from api_service.database.sessions import SessionFactory, snapshot
from api_service.models import Import
from api_service.repositories.imports.progress import has_tables, list_imports
from api_service.services.access.audit_service import AuditService
from api_service.services.access.site_registry import open_site
from api_service.services.imports.undo import take_out
from api_service.site_names import DEFAULT_SITE, site_name
from shared.errors import AskWattError
from shared.settings import Settings, load_settings_or_exit
from shared.terminal import agrees, report

REFUSED = 2
LISTED = 20


def main(arguments: list[str] | None = None) -> int:
    """List the newest imports, or undo one after a yes; returns the exit code."""
    parser = argparse.ArgumentParser(
        "python -m api_service.scripts.undo_import",
        description="Take out the readings that an import stored; hours, days and totals are made anew. "
        "Stored readings that it filled or replaced keep their new values. Without a number: list imports.",
        epilog="Exit codes: 0 done or listed, 1 the database says no, 2 no such import, or not agreed to.",
    )
    parser.add_argument("number", type=int, nargs="?", help="the import, as the list numbers it")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--site", type=site_name, default=DEFAULT_SITE, help="another site than the default one"
    )
    given = parser.parse_args(arguments)
    try:
        return asyncio.run(_run(load_settings_or_exit(), given))
    except (AskWattError, SQLAlchemyError, OSError) as problem:
        reason = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        return report(f"nothing was undone: {reason}", 1)


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    async with open_site(settings, given.site) as opened:
        number: int | None = given.number
        if number is None:
            return await _list(opened.sessions)
        row = next(iter(await _imports(opened.sessions, number + 1, 1)), None)
        if row is None or row.number != number:
            return report(f"there is no import {number}; without a number they are listed", REFUSED)
        question = f"Take out what import {number} ({row.file_name}) stored? [y/N] "
        if not given.yes and not await asyncio.to_thread(agrees, question):
            return report("nothing was undone", REFUSED)
        audit = AuditService(opened.main)
        async with audit.command(f"undo_import {number} ({row.file_name})", opened.name):
            removed = await take_out(opened.sessions, row.id, row.number)
    return report(f"{removed} readings of {row.file_name} are taken out", 0)


async def _imports(sessions: SessionFactory, before: int | None, limit: int) -> list[Import]:
    async with snapshot(sessions) as session:
        return await list_imports(session, before, limit) if await has_tables(session) else []


async def _list(sessions: SessionFactory) -> int:
    for row in await _imports(sessions, None, LISTED):
        begun = f"{row.created_at:%Y-%m-%d %H:%M}Z"
        print(f"{row.number:>5}  {begun}  {row.state:<10} {row.accepted:>10}  {row.file_name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
