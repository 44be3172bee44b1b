"""`make reset`: delete all records and keep the schema."""

import argparse
import asyncio

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from api_service.database.sessions import create_engine, session_factory, transaction
from api_service.models import ApiKey, AuditEntry, Base, Login
from api_service.services.access.audit_service import AuditService
from shared.errors import AskWattError
from shared.settings import Environment, Settings, load_settings_or_exit
from shared.terminal import agrees, report

REFUSED = 2
# Who may come in is no record: who resets the data would lock everybody out. The log tells of the reset.
KEPT = {ApiKey.__tablename__, AuditEntry.__tablename__, Login.__tablename__}


def main(arguments: list[str] | None = None) -> int:
    """Delete after a yes; 0 when done, 1 when the database says no, 2 when nothing was to be deleted."""
    parser = argparse.ArgumentParser("python -m api_service.scripts.reset_db", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force", action="store_true", help="also where ENVIRONMENT=production")
    given = parser.parse_args(arguments)
    settings = load_settings_or_exit()
    address = make_url(settings.database_url).render_as_string(hide_password=True)
    if settings.environment is Environment.PRODUCTION and not given.force:
        return report(f"{address} is production; FORCE=1 deletes its records all the same", REFUSED)
    if not given.yes and not agrees(f"Delete all readings, devices, imports and chats of {address}? [y/N] "):
        return report("nothing was deleted", REFUSED)
    try:
        asyncio.run(delete_all(settings))
    except (AskWattError, SQLAlchemyError, OSError) as problem:
        reason = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        return report(f"nothing was deleted: {reason}", 1)
    return report(f"all records of {address} are deleted", 0)


async def delete_all(settings: Settings) -> None:
    """Empty every table of records in one transaction; the schema, its version and the keys stay."""
    engine = create_engine(settings)
    tables = reversed(Base.metadata.sorted_tables)  # those that refer to others first
    names = [table.name for table in tables if table.name not in KEPT]
    if engine.dialect.name == "postgresql":
        statements = [f"TRUNCATE {', '.join(names)} RESTART IDENTITY"]  # DELETE takes minutes on many rows
    else:
        statements = [f"DELETE FROM {name}" for name in names]  # noqa: S608 names of our own tables
    try:
        sessions = session_factory(engine)
        async with AuditService(sessions).command("reset_db"), transaction(sessions) as session:
            for statement in statements:
                await session.execute(text(statement))
    finally:
        await engine.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
