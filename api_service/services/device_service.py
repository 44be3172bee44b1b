"""Devices one by one: their whole lives, what users set about them, and their plots."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.measure import Statistic
from api_service.metering.moments import epoch_us
from api_service.repositories.aggregates import device_statuses, device_summaries
from api_service.repositories.device_repository import lock_devices, rename, set_columns
from api_service.repositories.imports.device_sources import lock_numbers
from api_service.repositories.imports.progress import is_importing
from api_service.repositories.rollup_refresh import set_largest_gap
from api_service.repositories.upkeep.deletion import delete_device, delete_span
from api_service.repositories.upkeep.merging import merge_devices
from api_service.schemas.devices import (
    ClusterSummary,
    Deleted,
    DeviceChange,
    DeviceDetails,
    Merge,
    Merged,
)
from api_service.schemas.plots import SpanQuery
from api_service.services.data_service import moment_in_range
from shared.errors import Conflict, InputError, InvalidInput, NotFound
from shared.settings import Settings

# Further from 1970 than any reading.
BEYOND_US = 2**62


class DeviceService:
    """Use cases about single devices."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def get_cluster_summaries(self) -> list[ClusterSummary]:
        """Every cluster over all of its readings, in order of cluster."""
        async with snapshot(self._sessions) as session:
            summaries = await device_summaries(session)
        return [
            ClusterSummary(
                cluster=status.cluster,
                device_name=status.name,
                average_power_w=stats["power", Statistic.MEAN],
                average_thd_percent=stats["thd", Statistic.MEAN],
                average_power_factor=stats["power_factor", Statistic.MEAN],
                most_common_state=stats.most_common_state,
                samples=stats.samples,
                first_seen=status.first_seen,
                last_seen=status.last_seen,
                role=status.role,
            )
            for status, stats in summaries
        ]

    async def change(self, cluster: int, change: DeviceChange) -> DeviceDetails:
        """Set a device's name, largest sample period, groups or role; raises `NotFound`."""
        async with transaction(self._sessions) as session:
            held = await lock_devices(session, [cluster])
            if cluster not in held:
                raise unknown_device(cluster)
            if "device_name" in change.model_fields_set:
                await rename(session, cluster, change.device_name)
            if "max_sample_period_s" in change.model_fields_set:
                current = (await lock_devices(session, [cluster]))[cluster]
                await set_largest_gap(session, current, change.max_sample_period_s)
            if {"groups", "role"} & change.model_fields_set:
                given = change.model_dump(include=change.model_fields_set & {"groups", "role"})
                await set_columns(session, cluster, given)
            return await _details(session, cluster)

    async def device(self, cluster: int) -> DeviceDetails:
        """One device as it stands; raises `NotFound`."""
        async with snapshot(self._sessions) as session:
            return await _details(session, cluster)

    async def delete(self, cluster: int, span: SpanQuery) -> Deleted:
        """Take out a device's readings of a span, or the whole device; raises `NotFound`."""
        async with transaction(self._sessions) as session:
            if cluster not in await lock_devices(session, [cluster]):
                raise unknown_device(cluster)
            if span.start is None and span.end is None:
                return Deleted(readings=await delete_device(session, cluster))
            start_us, end_us = (_bound_us(name, getattr(span, name)) for name in ("start", "end"))
            return Deleted(readings=await delete_span(session, cluster, start_us, end_us))

    async def merge(self, cluster: int, merge: Merge) -> Merged:
        """Give a device's readings to another one and forget it.

        Raises `NotFound`, `InvalidInput` for one device twice, `Conflict` for two that do not fit and while a
        file is imported: it might go on writing to the device that is forgotten.
        """
        if cluster == merge.into:
            raise InvalidInput("A device is one already.", [InputError("into", "must be another device")])
        async with transaction(self._sessions) as session:
            await lock_numbers(session)  # no import begins before the merge is done
            if await is_importing(session):
                raise Conflict("A file is being imported: merge the devices when it is done.")
            held = await lock_devices(session, [cluster, merge.into])
            for number in (cluster, merge.into):
                if number not in held:
                    raise unknown_device(number)
            source, target = held[cluster], held[merge.into]
            if source.interval_us != target.interval_us:
                raise Conflict(
                    "One of the devices records means of intervals that the other does not: their readings "
                    "make no one curve."
                )
            if source.readings_from is not None or target.readings_from is not None:
                raise Conflict("Old readings of these devices are no longer kept: they cannot be merged.")
            moved, taken = await merge_devices(session, source, merge.into, merge.on_conflict)
        return Merged(readings=moved, duplicates=taken)


def _bound_us(name: str, moment: datetime | None) -> int:
    """A bound of a span; an open one lies beyond all readings."""
    if moment is None:
        return -BEYOND_US if name == "start" else BEYOND_US
    return epoch_us(moment_in_range(name, moment))


async def _details(session: AsyncSession, cluster: int) -> DeviceDetails:
    for status in await device_statuses(session, [cluster]):
        return DeviceDetails(
            cluster=status.cluster,
            device_name=status.name,
            first_seen=status.first_seen,
            last_seen=status.last_seen,
            device_state=status.last_state,
            power_w=status.last_power_w,
            thd_percent=status.last_thd_percent,
            median_sample_period_s=status.median_period_s,
            max_sample_period_s=status.max_sample_period_s,
            groups=list(status.groups),
            role=status.role,
            readings_from=status.readings_from,
        )
    raise unknown_device(cluster)


def unknown_device(cluster: int) -> NotFound:
    """The error for a cluster without readings."""
    return NotFound(f"There is no device with cluster {cluster}.")
