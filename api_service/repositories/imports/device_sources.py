"""The table `device_sources`: which cluster a device is that files name, the same over all files."""

from collections.abc import Iterable

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.moments import epoch_us
from api_service.models import Device, DeviceSource
from api_service.repositories.bulk import is_sqlite

# PostgreSQL's advisory lock on giving out numbers, of clusters and of imports; further sites have their own.
_LOCK = 7_204_119
_WAIT = text(
    "SELECT pg_advisory_xact_lock(CASE WHEN starts_with(current_schema(), 'site_') "
    "THEN hashtextextended(current_schema(), :lock) ELSE :lock END)"
)


def source_key(name: str) -> str:
    """What two spellings of a device's name have in common."""
    return " ".join(name.casefold().split())


async def clusters_of(session: AsyncSession, names: Iterable[str]) -> dict[str, int]:
    """The cluster of each named device; one that is new gets the next free number.

    A device that is stored under this very name, given or from a file, is found by it. Other transactions
    that name new devices wait for this one.
    """
    wanted = {source_key(name): name for name in names}
    known = await _known(session, wanted)
    missing = [key for key in wanted if key not in known]
    if missing:
        await lock_numbers(session)
        known |= await _known(session, missing)
        named = await _by_device_name(session)
        free = await _next_free(session)
        rows = []
        for key in (key for key in missing if key not in known):
            known[key] = named.get(key, free)
            free += known[key] == free
            rows.append({"source_key": key, "cluster": known[key]})
        if rows:
            await session.execute(insert(DeviceSource), rows)
    return {name: known[source_key(name)] for name in names}


async def lock_numbers(session: AsyncSession) -> None:
    """Wait for other transactions that give out numbers; SQLite has one writer at a time anyway."""
    if not is_sqlite(session):
        await session.execute(_WAIT, {"lock": _LOCK})


async def device_names(session: AsyncSession, clusters: Iterable[int]) -> dict[int, str]:
    """The given name of each of these devices, or that from a file; devices without either are left out."""
    statement = select(Device.cluster, Device.given_name, Device.file_name).where(
        Device.cluster.in_(list(clusters))
    )
    rows = (await session.execute(statement)).all()
    return {cluster: name for cluster, given, from_file in rows if (name := given or from_file)}


async def newest_moments_us(session: AsyncSession) -> dict[int | str, int]:
    """The newest moment of each device, by its cluster and by the keys under which files name it."""
    rows = await session.execute(select(Device.cluster, Device.last_seen))
    by_cluster = {row.cluster: epoch_us(row.last_seen) for row in rows}
    sources = await session.execute(select(DeviceSource.source_key, DeviceSource.cluster))
    by_key = {row.source_key: by_cluster[row.cluster] for row in sources if row.cluster in by_cluster}
    return {**by_cluster, **by_key}


async def _known(session: AsyncSession, keys: Iterable[str]) -> dict[str, int]:
    statement = select(DeviceSource.source_key, DeviceSource.cluster)
    rows = await session.execute(statement.where(DeviceSource.source_key.in_(list(keys))))
    return {row.source_key: row.cluster for row in rows}


async def _by_device_name(session: AsyncSession) -> dict[str, int]:
    """Stored devices by the keys of their names; a name that two of them share names neither."""
    rows = await session.execute(select(Device.cluster, Device.given_name, Device.file_name))
    found: dict[str, set[int]] = {}
    for cluster, *names in rows.all():
        for name in names:
            if name:
                found.setdefault(source_key(name), set()).add(cluster)
    return {key: next(iter(clusters)) for key, clusters in found.items() if len(clusters) == 1}


async def _next_free(session: AsyncSession) -> int:
    used = [await session.scalar(select(func.max(model.cluster))) for model in (Device, DeviceSource)]
    return max((number for number in used if number is not None), default=0) + 1
