"""Which further sites there are, and how PostgreSQL keeps them apart."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from api_service.database.outages import is_outage
from api_service.database.sessions import (
    SessionFactory,
    create_engine,
    session_factory,
    snapshot,
    transaction,
)
from api_service.repositories.access.site_repository import act_as, is_site, list_sites
from api_service.site_names import DEFAULT_SITE, role_of
from shared.errors import NotFound
from shared.settings import Settings


class SiteRegistry:
    """Reads the registry, which lies in the main database; `migrations` writes it."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def names(self) -> Sequence[str]:
        """All further sites."""
        async with snapshot(self._sessions) as session:
            return await list_sites(session)

    async def check(self, site: str) -> None:
        """Raise `NotFound` for a site that there is none of."""
        if site == DEFAULT_SITE:
            return
        async with snapshot(self._sessions) as session:
            if not await is_site(session, site):
                raise NotFound(f"There is no site {site}; `make db-init SITE={site}` makes it.")

    async def role(self, site: str) -> str | None:
        """As which role its statements run; None where it has none: on SQLite, or PostgreSQL refuses."""
        if self._sessions.kw["bind"].dialect.name == "sqlite":
            return None
        try:
            async with transaction(self._sessions) as session:
                await act_as(session, site)
        except DBAPIError as error:
            if is_outage(error):
                raise
            return None
        return role_of(site)


@dataclass(frozen=True)
class SiteSessions:
    """A site's sessions for a command, and those of the main database, which has the audit log."""

    name: str
    sessions: SessionFactory
    main: SessionFactory


@asynccontextmanager
async def open_site(settings: Settings, name: str = DEFAULT_SITE) -> AsyncIterator[SiteSessions]:
    """Open a site for a command of this machine. Raises `NotFound`."""
    engines = [create_engine(settings)]
    try:
        main = session_factory(engines[0])
        if name == DEFAULT_SITE:
            yield SiteSessions(name, main, main)
            return
        await SiteRegistry(main).check(name)
        engines.append(create_engine(settings, name))
        yield SiteSessions(name, session_factory(engines[1]), main)
    finally:
        for engine in engines:
            await engine.dispose()


async def all_sites(settings: Settings) -> list[str]:
    """Every site, the default one first; that alone where the registry is not there yet."""
    async with open_site(settings) as main:
        try:
            return [DEFAULT_SITE, *await SiteRegistry(main.main).names()]
        except (ProgrammingError, OperationalError):
            return [DEFAULT_SITE]
