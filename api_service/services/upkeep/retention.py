"""RETENTION_DAYS: single readings older than that go, their hours, days and lives stay."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.devices.retention import begin_of
from api_service.metering.units import as_utc
from api_service.repositories.aggregates import current_moment
from api_service.repositories.bulk import is_sqlite
from api_service.repositories.imports.progress import is_importing
from api_service.repositories.upkeep.dropping import (
    drop_month,
    drop_rows,
    has_older_snapshots,
    mark_dropped,
    months_to_drop,
)
from api_service.timeouts import OLD_SNAPSHOTS_PATIENCE_S, RETENTION_EVERY_S
from shared.logs import get_logger
from shared.settings import Settings
from shared.tasks import cancel_and_wait

log = get_logger(__name__)
LOOK_AGAIN_S = 0.2
# What the rest may wait for until the next time.
IMPORT = "a file that is being imported"
OLD_READERS = "somebody who has read the database since before the readings were marked"
TABLE_USERS = "those who read and write readings now"


@dataclass(frozen=True)
class Dropped:
    """What one run did: clusters that were marked, partitions or single rows that are gone.

    `waits_for` says what is in the way of the rest, which goes next time.
    """

    clusters: tuple[int, ...] = ()
    months: tuple[str, ...] = ()
    readings: int = 0
    waits_for: str | None = None


class RetentionService:
    """Drops old readings once in a while; every gateway may do so at the same time."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look once in a while, where RETENTION_DAYS is set."""
        if self._settings.retention_days:
            self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop; what is left goes next time."""
        if self._task is not None:
            await cancel_and_wait([self._task])

    async def apply(self) -> Dropped:
        """Drop what RETENTION_DAYS says; on PostgreSQL whole months (UTC), on SQLite whole days.

        Safe at any moment and at every interruption: first the devices are marked, so that rollups alone
        count from then on, and only when nobody sees them unmarked any more the readings go.
        """
        if not self._settings.retention_days:
            return Dropped()
        async with transaction(self._sessions) as session:
            on_sqlite = is_sqlite(session)
            now = as_utc(await current_moment(session, self._settings.clock))
            oldest = now - timedelta(days=self._settings.retention_days)
            until = begin_of(oldest, whole_months=not on_sqlite)
            # Readings of a file that is being imported would be left out from the moment they are marked.
            waits_for = IMPORT if await is_importing(session) else None
            clusters = () if waits_for else tuple(await mark_dropped(session, until, now))
            number = None if on_sqlite else int(str(await session.scalar(select(func.pg_current_xact_id()))))
        if number is None:
            return Dropped(clusters, readings=await self._drop_rows(), waits_for=waits_for)
        if not await self._is_seen_by_all(number):
            return Dropped(clusters, waits_for=OLD_READERS)
        months, are_left = await self._drop_months()
        return Dropped(clusters, months, waits_for=TABLE_USERS if are_left else waits_for)

    async def _drop_rows(self) -> int:
        """In short transactions, so that writers get their turn in between."""
        dropped = 0
        while True:
            async with transaction(self._sessions) as session:
                number = await drop_rows(session)
            if not number:
                return dropped
            dropped += number

    async def _is_seen_by_all(self, number: int) -> bool:
        for _ in range(int(OLD_SNAPSHOTS_PATIENCE_S / LOOK_AGAIN_S)):
            async with transaction(self._sessions) as session:
                if not await has_older_snapshots(session, number):
                    return True
            await asyncio.sleep(LOOK_AGAIN_S)
        return False

    async def _drop_months(self) -> tuple[tuple[str, ...], bool]:
        """Those that are gone, and whether some are left that should be."""
        async with snapshot(self._sessions) as session:
            names = await months_to_drop(session)
        dropped = []
        for name in names:
            async with transaction(self._sessions) as session:
                if await drop_month(session, name):
                    dropped.append(name)
        async with snapshot(self._sessions) as session:
            return tuple(dropped), bool(await months_to_drop(session))

    async def _watch(self) -> None:
        while True:
            try:
                _log(await self.apply())
            except Exception:  # whatever it was must not end the watch: the disk would fill unseen
                log.exception("retention_failed")
            await asyncio.sleep(RETENTION_EVERY_S)


def _log(dropped: Dropped) -> None:
    if dropped.clusters or dropped.months or dropped.readings:
        log.info(
            "readings_dropped",
            clusters=len(dropped.clusters),
            months=dropped.months,
            readings=dropped.readings,
        )
    if dropped.waits_for:
        log.info("retention_waits", waits_for=dropped.waits_for)
