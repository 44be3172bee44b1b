"""The registry of sites, in the main database: every statement about it; nothing here commits."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.sites import SiteRow
from api_service.repositories.bulk import is_sqlite
from api_service.site_names import role_of, schema_of


async def list_sites(session: AsyncSession) -> Sequence[str]:
    """The names of all further sites."""
    return (await session.scalars(select(SiteRow.name).order_by(SiteRow.name))).all()


async def is_site(session: AsyncSession, name: str) -> bool:
    """Whether there is such a further site."""
    return await session.get(SiteRow, name) is not None


async def act_as(session: AsyncSession, site: str) -> None:
    """Do for a moment what the site's connections will do all the time; raises where PostgreSQL refuses.

    Nothing on SQLite, whose sites are files.
    """
    if is_sqlite(session):
        return
    role, schema = role_of(site), schema_of(site)
    await session.execute(text(f"SET LOCAL ROLE {role}"))
    await session.execute(text(f"SELECT 1 FROM {schema}.electrical_data LIMIT 1"))  # noqa: S608 (our own names)
    await session.execute(text("CREATE TEMPORARY TABLE of_a_site (id integer) ON COMMIT DROP"))
