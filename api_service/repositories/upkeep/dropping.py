"""Old single readings taken away while all that is made of them stays: first marked, then dropped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.devices.retention import latest_drop
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import HOUR_US
from api_service.repositories.bulk import is_sqlite
from api_service.repositories.device_repository import DEVICES, StoredDevice, lock_devices, save_devices
from api_service.repositories.reading_spans import READINGS
from api_service.repositories.rollup_refresh import with_readings_from
from api_service.repositories.rollup_repository import ROLLUPS

ROWS_AT_ONCE = 20_000
LOCK_TIMEOUT_MS = 500
LOCK_NOT_AVAILABLE = "55P03"
PARTITION = "electrical_data_y%Ym%m"


async def mark_dropped(session: AsyncSession, until: datetime, now: datetime) -> list[int]:
    """Let rollups alone count for readings before a moment, of every device that has any; its cluster.

    A device whose largest gap reaches from there to `now` keeps more: its new readings need those.
    """
    known = await lock_devices(session, (await session.scalars(select(DEVICES.c.cluster))).all())
    whole_months = not is_sqlite(session)
    devices = []
    for device in known.values():
        latest = latest_drop(now, device.largest_gap_us, whole_months=whole_months)
        own = min(until, latest)
        if max(device.first_seen, device.dropped_until or device.first_seen) < own:
            devices.append(with_readings_from(replace(device, dropped_until=own)))
    await save_devices(session, devices)
    return [device.cluster for device in devices]


async def drop_rows(session: AsyncSession) -> int:
    """Delete some readings that are marked; how many (0: there are none left). For SQLite."""
    marked = await session.execute(
        select(DEVICES.c.cluster, DEVICES.c.dropped_until).where(DEVICES.c.dropped_until.is_not(None))
    )
    for cluster, until in marked.all():
        own = select(READINGS.c.id).where(READINGS.c.cluster == cluster, READINGS.c.timestamp < until)
        some = own.order_by(READINGS.c.timestamp).limit(ROWS_AT_ONCE)
        result = await session.execute(
            delete(READINGS).where(READINGS.c.cluster == cluster, READINGS.c.id.in_(some))
        )
        if result.rowcount:  # type: ignore[attr-defined]  # of a cursor's result
            return int(result.rowcount)  # type: ignore[attr-defined]
    return 0


async def act_as_owner(session: AsyncSession) -> None:
    """Be the role that logged in until the transaction ends. For PostgreSQL.

    A site's role owns no table, and is not told of what other connections do.
    """
    await session.execute(text("SET LOCAL ROLE NONE"))


async def months_to_drop(session: AsyncSession) -> list[str]:
    """The partitions in which every device's readings are marked, oldest first. For PostgreSQL."""
    names = await session.scalars(
        text(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
            "WHERE inhparent = 'electrical_data'::regclass ORDER BY relname"
        )
    )
    # A device of which nothing is marked keeps its first month and all later ones.
    kept_from = await session.scalar(
        select(func.min(func.coalesce(DEVICES.c.dropped_until, DEVICES.c.first_seen)))
    )
    return [name for name in names if kept_from is not None and _end_of(name) <= kept_from]


async def drop_month(session: AsyncSession, name: str) -> bool:
    """Drop a partition if all in it is still marked; whether it was dropped.

    It is not where somebody holds the table for too long, or has dropped it already. Writers and readers
    wait for half a second at most.
    """
    try:
        async with session.begin_nested():
            await session.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            await session.execute(text("LOCK TABLE electrical_data IN ACCESS EXCLUSIVE MODE"))
            if name not in await months_to_drop(session):
                return False
            await act_as_owner(session)
            await session.execute(text(f"DROP TABLE {name}"))
            return True
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False


async def has_older_snapshots(session: AsyncSession, transaction_id: int) -> bool:
    """Whether somebody may still read the database as it was before a transaction. For PostgreSQL."""
    await act_as_owner(session)
    statement = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND age(backend_xmin) >= age(CAST(CAST(:id AS text) AS xid))"
    )
    return bool(await session.scalar(statement, {"id": str(transaction_id % (1 << 32))}))


async def last_reading_at(session: AsyncSession, device: StoredDevice) -> datetime:
    """When the last of a device's readings came that rollups alone know."""
    own = (ROLLUPS.c.cluster == device.cluster, ROLLUPS.c.resolution == "hour", ROLLUPS.c.n > 0)
    kept = from_epoch_us(device.readings_from_us or HOUR_US)
    last: datetime | None = await session.scalar(
        select(func.max(ROLLUPS.c.last_at)).where(*own, ROLLUPS.c.bucket < kept)
    )
    return last or device.first_seen


def _end_of(name: str) -> datetime:
    begin = datetime.strptime(name, PARTITION).replace(tzinfo=UTC)
    return (begin + timedelta(days=32)).replace(day=1)
