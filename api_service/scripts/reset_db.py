"""`make reset`: delete all records of a site and keep the schema."""

import argparse
import asyncio

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from api_service.database.sessions import transaction
from api_service.models import ApiKey, AuditEntry, Base, Login, SiteRow
from api_service.services.access.audit_service import AuditService
from api_service.services.access.site_registry import open_site
from api_service.site_names import DEFAULT_SITE, site_name
from shared.errors import AskWattError
from shared.settings import Environment, Settings, load_settings_or_exit
from shared.terminal import agrees, report

REFUSED = 2
# Who may come in is no record: who resets the data would lock everybody out. The log tells of the reset.
KEPT = {model.__tablename__ for model in (ApiKey, AuditEntry, Login, SiteRow)}


def main(arguments: list[str] | None = None) -> int:
    """Delete after a yes; 0 when done, 1 when the database says no, 2 when nothing was to be deleted."""
    parser = argparse.ArgumentParser("python -m api_service.scripts.reset_db", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force", action="store_true", help="also where ENVIRONMENT=production")
    parser.add_argument(
        "--site", type=site_name, default=DEFAULT_SITE, help="another site than the default one"
    )
    given = parser.parse_args(arguments)
    settings = load_settings_or_exit()
    address = make_url(settings.database_url).render_as_string(hide_password=True)
    if given.site != DEFAULT_SITE:
        address = f"site {given.site} of {address}"
    if settings.environment is Environment.PRODUCTION and not given.force:
        return report(f"{address} is production; FORCE=1 deletes its records all the same", REFUSED)
    if not given.yes and not agrees(f"Delete all readings, devices, imports and chats of {address}? [y/N] "):
        return report("nothing was deleted", REFUSED)
    try:
        asyncio.run(delete_all(settings, given.site))
    except (AskWattError, SQLAlchemyError, OSError) as problem:
        reason = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        return report(f"nothing was deleted: {reason}", 1)
    return report(f"all records of {address} are deleted", 0)


async def delete_all(settings: Settings, site: str = DEFAULT_SITE) -> None:
    """Empty a site's tables of records in one transaction; the schema, its version and the keys stay."""
    tables = reversed(Base.metadata.sorted_tables)  # those that refer to others first
    names = [table.name for table in tables if table.name not in KEPT]
    async with open_site(settings, site) as opened:
        if opened.sessions.writers is None:
            statements = [
                f"TRUNCATE {', '.join(names)} RESTART IDENTITY"
            ]  # DELETE takes minutes on many rows
        else:
            statements = [f"DELETE FROM {name}" for name in names]  # noqa: S608 names of our own tables
        audit = AuditService(opened.main)
        async with audit.command("reset_db", site), transaction(opened.sessions) as session:
            for statement in statements:
                await session.execute(text(statement))


if __name__ == "__main__":
    raise SystemExit(main())
