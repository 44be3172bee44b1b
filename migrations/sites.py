"""Sites on the way in: their databases are made, migrated, closed to each other, and then registered."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from api_service.models import SiteRow
from api_service.site_names import role_of, schema_of

# The function that makes partitions runs as its owner, who alone may make tables; its own search path is
# pinned, so that whoever calls it cannot lead it elsewhere.
CLOSE_SITE = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "REVOKE EXECUTE ON FUNCTION {schema}.electrical_data_make_months(timestamptz[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION {schema}.electrical_data_make_months(timestamptz[]) TO {role}",
    "ALTER FUNCTION {schema}.electrical_data_make_months(timestamptz[]) SECURITY DEFINER "
    "SET search_path = {schema}, pg_temp",
)
MAKE_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- made for another database of this server
END $$
"""


async def site_names(database_url: str) -> list[str]:
    """The registered sites; none where the registry is not there yet."""
    if _is_missing(database_url):
        return []
    engine = create_async_engine(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda plain: inspect(plain).has_table(SiteRow.__tablename__)):
                return []
            return list(await connection.scalars(text("SELECT name FROM sites ORDER BY name")))
    finally:
        await engine.dispose()


async def make_place(database_url: str, site: str) -> None:
    """Make what the site's tables will lie in; SQLite makes its file by itself."""
    if _is_sqlite(database_url):
        return
    engine = create_async_engine(database_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema_of(site)}"))
    finally:
        await engine.dispose()


async def close_site(database_url: str, site: str) -> str | None:
    """Let a role that owns nothing use the site's tables and nothing else; again after each migration.

    Where the role that migrates may not make roles the site goes without; the answer is why.
    """
    if _is_sqlite(database_url):
        return None
    names = {"schema": schema_of(site), "role": role_of(site)}
    engine = create_async_engine(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            try:
                await _make_role(connection, names["role"])
                for statement in CLOSE_SITE:
                    await connection.execute(text(statement.format(**names)))
            except DBAPIError as error:
                return str(error.orig).splitlines()[0].rpartition(">: ")[2]
            await connection.commit()
    finally:
        await engine.dispose()
    return None


async def register(database_url: str, site: str) -> None:
    """Let the site be used from now on."""
    if site in await site_names(database_url):
        return
    engine = create_async_engine(database_url, poolclass=NullPool)
    row = insert(SiteRow).values(name=site, created_at=datetime.now(UTC))
    try:
        with suppress(IntegrityError):  # registered meanwhile
            async with engine.begin() as connection:
                await connection.execute(row)
    finally:
        await engine.dispose()


async def _make_role(connection: AsyncConnection, role: str) -> None:
    """A role that may not log in, and that this one may act as."""
    await connection.execute(text(MAKE_ROLE.format(role=role)))
    try:
        async with connection.begin_nested():
            await connection.execute(text(f"SET LOCAL ROLE {role}"))
            await connection.execute(text("SET LOCAL ROLE NONE"))
    except DBAPIError:
        await connection.execute(text(f"GRANT {role} TO CURRENT_USER"))


def _is_sqlite(database_url: str) -> bool:
    return make_url(database_url).get_backend_name() == "sqlite"


def _is_missing(database_url: str) -> bool:
    """Whether there is no file, which a look into it would make."""
    path = make_url(database_url).database
    return _is_sqlite(database_url) and bool(path) and not Path(str(path)).exists()
