"""The one aggregation over readings: API, page, chat and metrics all ask here."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import MEASURES
from api_service.metering.devices.device_names import device_name
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.devices.retention import require_readings
from api_service.metering.moments import MICROSECOND, epoch_us
from api_service.metering.rollups import RollupBlock, columns_for, concatenated
from api_service.metering.window_stats import DeviceTotal, WindowStats, summed_by_device
from api_service.metering.windows import KnownDevice, Span, plan_window
from api_service.repositories.device_repository import DEVICES, StoredDevice, load_devices, with_intervals
from api_service.repositories.queries.edge_sums import sum_readings
from api_service.repositories.reading_spans import load_readings, row_of, with_neighbours
from api_service.repositories.rollup_refresh import rollups_of
from api_service.repositories.rollup_repository import life_of, load_rollups, load_state_counts, sum_rollups
from shared.settings import Clock

_NEWEST = select(func.max(DEVICES.c.last_seen))


async def window_stats(
    session: AsyncSession,
    start: datetime,
    end: datetime,
    devices: Iterable[KnownDevice] | None = None,
    *,
    names: Sequence[str] | None = None,
) -> dict[int, WindowStats]:
    """Statistics of each device that has readings in `[start, end)`, by cluster.

    Of `devices`, as this session has read them; of all by default. Given the `names` of the columns that
    matter, the rest is not read, and without the moments of extremes the database adds up whole hours, which
    is several times quicker: other quantities and moments then mean nothing.

    Raises `NotKept` where an end of the window lies within an hour of which single readings were dropped.
    """
    known = list((await load_devices(session)).values() if devices is None else devices)
    start_us, end_us = epoch_us(start), epoch_us(end)
    plan = plan_window(start_us, end_us, known)
    if names is None:
        parts, columns = [await load_rollups(session, plan.rollups)], tuple(MEASURES)
    else:
        columns = tuple(names)
        parts = [await sum_rollups(session, plan.rollups, columns_for(columns))]
    for span in plan.raw:
        within_us = (span.start_us, span.end_us)
        own = [device for device in known if device.cluster in span.clusters]
        require_readings(own, *within_us)
        if names is not None and not any(device.interval_us for device in own):
            gaps_us = {device.cluster: device.largest_gap_us for device in own}
            parts.append(await sum_readings(session, span, gaps_us, columns))
        else:
            parts.append(await _rollups_within(session, span, own, columns))
    by_device = summed_by_device(concatenated(parts))
    return {cluster: WindowStats(total, start, end) for cluster, total in by_device.items()}


async def _rollups_within(
    session: AsyncSession, span: Span, devices: Sequence[KnownDevice], columns: Sequence[str]
) -> RollupBlock:
    """The readings of a span and the curve within it, with the moments of extremes."""
    gaps_us = {device.cluster: device.largest_gap_us for device in devices}
    selects = with_neighbours(span, max(gaps_us.values()), row_of(columns))
    readings = with_intervals(await load_readings(session, selects, columns), devices)
    counted = (readings.timestamp_us >= span.start_us) & (readings.timestamp_us < span.end_us)
    within_us = (span.start_us, span.end_us)
    return await asyncio.to_thread(rollups_of, readings, counted, gaps_us, within_us)


async def device_summaries(
    session: AsyncSession, clusters: Sequence[int] | None = None
) -> list[tuple[DeviceStatus, WindowStats]]:
    """Every known device (of `clusters`, if given) with the statistics of all of its readings, by cluster."""
    devices = await load_devices(session, clusters)
    totals = summed_by_device(await sum_rollups(session, [life_of(list(devices))]))
    # Row and rollups of a device come in one transaction, but a reset may have come between the two reads.
    return [
        (_status(device, totals[cluster].state_counts), _life(device, totals[cluster]))
        for cluster, device in devices.items()
        if cluster in totals
    ]


async def device_statuses(session: AsyncSession, clusters: Sequence[int] | None = None) -> list[DeviceStatus]:
    """Every known device (of `clusters`, if given), by cluster."""
    devices = await load_devices(session, clusters)
    counts = await load_state_counts(session, list(devices))
    return [_status(device, counts[cluster]) for cluster, device in devices.items() if cluster in counts]


async def newest_reading_at(session: AsyncSession) -> datetime | None:
    """The moment of the newest reading of any device; None in an empty database."""
    newest: datetime | None = await session.scalar(_NEWEST)
    return newest


async def current_moment(session: AsyncSession, clock: Clock) -> datetime:
    """ "Now" as `CLOCK` says: the wall clock, or the moment just after the newest reading.

    Just after, so that half-open windows up to "now" hold that reading. An empty database has the wall clock.
    """
    return moment_after(await newest_reading_at(session) if clock is Clock.LATEST else None, clock)


def moment_after(newest: datetime | None, clock: Clock) -> datetime:
    """ "Now" as `current_moment` has it, for who knows the newest reading already."""
    return datetime.now(UTC) if newest is None or clock is not Clock.LATEST else newest + MICROSECOND


def _life(device: StoredDevice, total: DeviceTotal) -> WindowStats:
    return WindowStats(total, device.first_seen, device.last_seen + MICROSECOND)


def _status(device: StoredDevice, state_counts: Mapping[str, int]) -> DeviceStatus:
    return DeviceStatus(
        cluster=device.cluster,
        name=device_name(device.cluster, device.given_name, device.file_name, state_counts),
        first_seen=device.first_seen,
        last_seen=device.last_seen,
        last_state=device.last_state,
        last_power_w=device.last_power_w,
        last_thd_percent=device.last_thd_percent,
        median_period_s=device.median_period_s,
        max_sample_period_s=device.largest_gap_s,
        groups=tuple(device.groups or ()),
        role=device.role,
        interval_s=device.interval_s,
        file_name=device.file_name,
        readings_from=device.readings_from,
    )
