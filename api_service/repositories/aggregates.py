"""The one aggregation over readings: API, page, chat and metrics all ask here."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.device_names import device_name
from api_service.metering.device_totals import DeviceTotal, summed_by_device
from api_service.metering.moments import MICROSECOND, epoch_us, from_epoch_us
from api_service.metering.rollups import concatenated
from api_service.repositories.device_repository import DEVICES, StoredDevice, load_devices
from api_service.repositories.reading_spans import load_readings
from api_service.repositories.rollup_refresh import rollups_of
from api_service.repositories.rollup_repository import life_of, load_rollups, load_state_counts
from api_service.repositories.window_plan import KnownDevice, plan_window
from shared.settings import Clock

_NEWEST = select(func.max(DEVICES.c.last_seen))


@dataclass(frozen=True)
class WindowStats:
    """One device over `[start, end)`; None where the quantity was not recorded in it.

    `energy_wh` is the integral of the device's power curve within the window and `covered_s` the length of
    that curve; `coverage` is `covered_s` over the window's length. `power_factor` is ΣP/ΣS over the readings
    that carry both, whose sums `power_sum_w` and `apparent_sum_va` add up over devices. Extremes name their
    earliest moment. `last_state` is the state of the window's last reading.
    """

    cluster: int
    start: datetime
    end: datetime
    samples: int
    power_mean_w: float | None
    power_min_w: float | None
    power_min_at: datetime | None
    power_max_w: float | None
    power_max_at: datetime | None
    energy_wh: float
    covered_s: float
    coverage: float
    thd_mean_percent: float | None
    thd_max_percent: float | None
    thd_max_at: datetime | None
    power_factor: float | None
    power_sum_w: float
    apparent_sum_va: float
    voltage_mean_v: float | None
    voltage_min_v: float | None
    voltage_max_v: float | None
    current_mean_a: float | None
    current_max_a: float | None
    frequency_mean_hz: float | None
    reactive_mean_var: float | None
    apparent_mean_va: float | None
    most_common_state: str | None
    first_at: datetime
    last_at: datetime
    last_state: str | None = None


@dataclass(frozen=True)
class DeviceStatus:
    """One device as it stands: its resolved name, its newest reading, its spacing.

    `max_sample_period_s` is the gap in force: the user's own, else max(60, 10 × median spacing).
    """

    cluster: int
    name: str
    first_seen: datetime
    last_seen: datetime
    last_state: str | None
    last_power_w: float | None
    last_thd_percent: float | None
    median_period_s: float | None
    max_sample_period_s: float

    @property
    def first_seen_us(self) -> int:
        """Its first reading in epoch microseconds."""
        return epoch_us(self.first_seen)

    @property
    def last_seen_us(self) -> int:
        """Its newest reading in epoch microseconds."""
        return epoch_us(self.last_seen)

    @property
    def largest_gap_us(self) -> int:
        """The longest spacing that its power curve bridges, in microseconds."""
        return round(self.max_sample_period_s * 1_000_000)


async def window_stats(
    session: AsyncSession, start: datetime, end: datetime, devices: Iterable[KnownDevice] | None = None
) -> dict[int, WindowStats]:
    """Statistics of each device that has readings in `[start, end)`, by cluster.

    Of `devices`, as this session has read them; of all by default.
    """
    known = list((await load_devices(session)).values() if devices is None else devices)
    start_us, end_us = epoch_us(start), epoch_us(end)
    plan = plan_window(start_us, end_us, known)
    parts = [await load_rollups(session, plan.rollups)]
    gaps_us = {device.cluster: device.largest_gap_us for device in known}
    for span in plan.raw:
        reach_us = max(gaps_us[cluster] for cluster in span.clusters)
        readings = await load_readings(session, span.with_neighbours(reach_us))
        counted = (readings.timestamp_us >= span.start_us) & (readings.timestamp_us < span.end_us)
        within_us = (span.start_us, span.end_us)
        parts.append(await asyncio.to_thread(rollups_of, readings, counted, gaps_us, within_us))
    by_device = summed_by_device(concatenated(parts))
    return {cluster: _window(total, start, end) for cluster, total in by_device.items()}


async def device_summaries(session: AsyncSession) -> list[tuple[DeviceStatus, DeviceTotal]]:
    """Every known device with the sums over all of its readings, by cluster."""
    devices = await load_devices(session)
    totals = summed_by_device(await load_rollups(session, [life_of(list(devices))]))
    # Row and rollups of a device come in one transaction, but a reset may have come between the two reads.
    return [
        (_status(device, totals[cluster].state_counts), totals[cluster])
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
    newest = await newest_reading_at(session) if clock is Clock.LATEST else None
    return datetime.now(UTC) if newest is None else newest + MICROSECOND


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
    )


def _window(total: DeviceTotal, start: datetime, end: datetime) -> WindowStats:
    covered_s = total.value("covered_s") or 0.0
    return WindowStats(
        cluster=total.cluster,
        start=start,
        end=end,
        samples=total.samples,
        power_mean_w=total.mean("power", "w"),
        power_min_w=total.value("power_min_w"),
        power_min_at=total.moment("power_min_at"),
        power_max_w=total.value("power_max_w"),
        power_max_at=total.moment("power_max_at"),
        energy_wh=total.value("energy_wh") or 0.0,
        covered_s=covered_s,
        coverage=min(1.0, covered_s / (end - start).total_seconds()),
        thd_mean_percent=total.mean("thd", "percent"),
        thd_max_percent=total.value("thd_max_percent"),
        thd_max_at=total.moment("thd_max_at"),
        power_factor=total.power_factor,
        power_sum_w=total.value("pf_real_sum_w") or 0.0,
        apparent_sum_va=total.value("pf_apparent_sum_va") or 0.0,
        voltage_mean_v=total.mean("voltage", "v"),
        voltage_min_v=total.value("voltage_min_v"),
        voltage_max_v=total.value("voltage_max_v"),
        current_mean_a=total.mean("current", "a"),
        current_max_a=total.value("current_max_a"),
        frequency_mean_hz=total.mean("frequency", "hz"),
        reactive_mean_var=total.mean("reactive", "var"),
        apparent_mean_va=total.mean("apparent", "va"),
        most_common_state=total.most_common_state,
        first_at=from_epoch_us(int(total.row["first_at"])),
        last_at=from_epoch_us(int(total.row["last_at"])),
        last_state=total.last_state,
    )
