"""The site as a whole: its zone, its clock, its newest reading."""

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, snapshot
from api_service.repositories.aggregates import current_moment, device_statuses
from api_service.schemas.site import Site
from shared import VERSION
from shared.settings import Settings


class SiteService:
    """What a client has to know before it can show a moment."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def site(self) -> Site:
        """Zone, clock and "now" as they are at this moment."""
        async with snapshot(self._sessions) as session:
            return await self._read(session)

    async def _read(self, session: AsyncSession) -> Site:
        statuses = await device_statuses(session)
        return Site(
            timezone=self._settings.site_timezone,
            clock=self._settings.clock,
            now=await current_moment(session, self._settings.clock),
            newest_reading=max((status.last_seen for status in statuses), default=None),
            version=VERSION,
        )
