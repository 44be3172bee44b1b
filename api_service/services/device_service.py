"""Devices one by one: their whole lives, what users set about them, and their plots."""

import re
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.device_status import DeviceStatus
from api_service.metering.display import exchange_unit
from api_service.metering.measure import Statistic
from api_service.metering.measures import measure
from api_service.repositories.aggregates import (
    current_moment,
    device_statuses,
    device_summaries,
)
from api_service.repositories.device_repository import lock_devices, rename
from api_service.repositories.rollup_refresh import set_largest_gap
from api_service.repositories.series import Grid, series_points
from api_service.schemas.devices import (
    ClusterSummary,
    DeviceChange,
    DeviceDetails,
    Series,
    SeriesPoint,
    SeriesQuery,
)
from api_service.services.data_service import moment_in_range
from shared.errors import InputError, InvalidInput, NotFound
from shared.settings import Settings

MAX_POINTS = 5000
DEFAULT_POINTS = 300
DEFAULT_SPAN = timedelta(hours=24)
DAY_S = 86_400
MAX_BUCKET_S = 366 * DAY_S
UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": DAY_S}
STEPS_S = (1, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, DAY_S, 7 * DAY_S, 30 * DAY_S)


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
                most_common_state=stats.most_common_state,
                samples=stats.samples,
                first_seen=status.first_seen,
                last_seen=status.last_seen,
            )
            for status, stats in summaries
        ]

    async def change(self, cluster: int, change: DeviceChange) -> DeviceDetails:
        """Set a device's name or largest sample period; raises `NotFound`."""
        async with transaction(self._sessions) as session:
            held = await lock_devices(session, [cluster])
            if cluster not in held:
                raise _unknown(cluster)
            if "device_name" in change.model_fields_set:
                await rename(session, cluster, change.device_name)
            if "max_sample_period_s" in change.model_fields_set:
                current = (await lock_devices(session, [cluster]))[cluster]
                await set_largest_gap(session, current, change.max_sample_period_s)
            return _details(await _status(session, cluster))

    async def series(self, cluster: int, query: SeriesQuery) -> Series:
        """One quantity of one device over time; raises `NotFound`, or `InvalidInput` for too many points."""
        async with snapshot(self._sessions) as session:
            status = await _status(session, cluster)
            start, end = await self._span(session, query)
            bucket_s = _bucket_s(query.bucket, start, end)
            grid = Grid(start, end, bucket_s, self._settings.timezone)
            points = await series_points(session, cluster, query.quantity, grid)
        return Series(
            cluster=cluster,
            device_name=status.name,
            quantity=query.quantity,
            unit=exchange_unit(measure(query.quantity))[0],
            start=start,
            end=end,
            timezone=self._settings.site_timezone,
            bucket_s=bucket_s,
            points=[
                SeriesPoint(start=p.start, mean=p.mean, min=p.min, max=p.max, sum=p.sum, samples=p.samples)
                for p in points
            ],
        )

    async def _span(self, session: AsyncSession, query: SeriesQuery) -> tuple[datetime, datetime]:
        if query.end:
            end = moment_in_range("end", query.end)
        else:
            end = await current_moment(session, self._settings.clock)
        start = moment_in_range("start", query.start) if query.start else end - DEFAULT_SPAN
        if start >= end:
            reason = "must lie before end" if query.end else 'must lie before "now"'
            raise InvalidInput(f"start {reason}.", [InputError("start", reason)])
        return start, end


def _bucket_s(text: str | None, start: datetime, end: datetime) -> int:
    span_s = (end - start).total_seconds()
    if text is None:
        return next((step for step in STEPS_S if span_s <= step * DEFAULT_POINTS), STEPS_S[-1])
    number, unit = re.fullmatch(r"(\d+)(\D?)", text).groups()  # type: ignore[union-attr]  # the schema's pattern
    bucket_s = int(number) * UNIT_SECONDS[unit]
    if bucket_s > MAX_BUCKET_S:
        reason = f"must not be longer than {MAX_BUCKET_S // DAY_S} days"
    elif span_s > bucket_s * MAX_POINTS:
        smallest_s = ceil(span_s / MAX_POINTS)
        reason = f"makes more than {MAX_POINTS} points; the smallest for this span is {smallest_s}s"
    else:
        return bucket_s
    raise InvalidInput(f"bucket {reason}.", [InputError("bucket", reason)])


async def _status(session: AsyncSession, cluster: int) -> DeviceStatus:
    for status in await device_statuses(session, [cluster]):
        return status
    raise _unknown(cluster)


def _unknown(cluster: int) -> NotFound:
    return NotFound(f"There is no device with cluster {cluster}.")


def _details(status: DeviceStatus) -> DeviceDetails:
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
    )
