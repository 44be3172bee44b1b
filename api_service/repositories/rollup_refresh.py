"""Rollups made from readings: added for readings at the end, made again for what came late or changed.

Whatever is stored equals what the raw readings give under the device's stored limit for a gap. That limit
follows the median spacing of the device's readings, which is exact after `refresh_periods` and, in between,
for the first `ALWAYS_EXACT` readings and whenever their number has passed a power of two.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import BoolArray, IntArray, ReadingBlock
from api_service.metering.devices.retention import readings_from_us
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.power_curve import HOUR_US, MICROSECONDS, clip, device_curves, split
from api_service.metering.rollups import RollupBlock, of_readings, with_few_states
from api_service.metering.spacings import Sequences, gap_floor_us, gaps, spacing_change, weighted_median
from api_service.metering.windows import RollupSpan, Span
from api_service.repositories.device_repository import (
    StoredDevice,
    lock_devices,
    save_devices,
    with_intervals,
)
from api_service.repositories.reading_spans import (
    load_powered_moments,
    load_readings,
    with_neighbours,
)
from api_service.repositories.rollup_repository import (
    load_state_counts,
    rebuild_above_hours,
    replace_rollups,
)
from api_service.repositories.upkeep.spacing_repository import (
    drop_short_gaps,
    load_gaps,
    load_spacings,
    replace_gaps,
)
from shared.errors import Conflict

ALWAYS_EXACT = 64
NO_GAPS = np.empty((0, 2), np.int64)
NO_MOMENTS = Sequences(np.empty(0, np.int64), np.empty(0, np.int64))
CHUNK_READINGS = 100_000
# Ranges of hours closer than this are made again as one: reading on is cheaper than another round trip.
NEAR_US = 6 * HOUR_US

Ranges = list[tuple[int, int]]


def rollups_of(
    readings: ReadingBlock,
    counted: BoolArray,
    gaps_us: Mapping[int, int],
    within_us: tuple[int, int] | None = None,
) -> RollupBlock:
    """Hours of the counted readings and of the curve through all of them, clipped to `within_us`."""
    curve = device_curves(readings, gaps_us)
    if within_us is not None:
        curve = clip(curve, *within_us)
    return of_readings(readings, counted, split(curve, HOUR_US), HOUR_US)


async def rebuild_hours(session: AsyncSession, device: StoredDevice, ranges: Ranges) -> None:
    """Make these ranges of whole hours, and all that is built on them, from the raw readings again.

    Hours whose readings are no longer kept stay as they are.
    """
    ranges = _kept(device, ranges)
    gap_us = device.largest_gap_us
    counts = await load_state_counts(session, [device.cluster])
    known = {state for state in counts.get(device.cluster, {}) if state}
    for start_us, end_us in chunks(ranges, device.median_period_s):
        span = Span((device.cluster,), start_us, end_us)
        readings = with_intervals(await load_readings(session, with_neighbours(span, gap_us)), [device])
        readings = with_few_states(readings, {device.cluster: known})
        known |= {state for state in readings.device_state if state}
        counted = (readings.timestamp_us >= start_us) & (readings.timestamp_us < end_us)
        gaps_us, within_us = {device.cluster: gap_us}, (start_us, end_us)
        hours = await asyncio.to_thread(rollups_of, readings, counted, gaps_us, within_us)
        await replace_rollups(session, RollupSpan("hour", (device.cluster,), start_us, end_us), hours)
    await rebuild_above_hours(session, device.cluster, ranges)


async def refresh_periods(session: AsyncSession, clusters: Sequence[int]) -> None:
    """Make the median spacing of these devices exact, and their rollups agree with it."""
    devices = await lock_devices(session, clusters)
    periods_s = await median_periods_s(session, devices)
    for cluster, device in devices.items():
        refreshed = replace(device, median_period_s=periods_s.get(cluster))
        if refreshed != device:
            refreshed, ranges = await with_new_gap_limit(session, device, refreshed)
            await _change(session, refreshed, ranges)


async def set_largest_gap(
    session: AsyncSession, device: StoredDevice, max_sample_period_s: float | None
) -> None:
    """Give a device that this transaction holds a limit of its own (None: back to the default).

    Raises `Conflict` for one that reaches from its newest reading to those that are no longer kept.
    """
    changed = replace(device, max_sample_period_s=max_sample_period_s)
    if _shuts_out_new_readings(changed):
        raise Conflict(
            f"Readings before {changed.dropped_until:%Y-%m-%dT%H:%M:%SZ} are no longer kept of this device: "
            f"a largest period of {changed.largest_gap_s:g} s reaches back to them from its newest reading."
        )
    changed, ranges = await with_new_gap_limit(session, device, changed)
    await _change(session, changed, ranges)


async def median_periods_s(session: AsyncSession, clusters: Collection[int]) -> dict[int, float]:
    """The median spacing (to three digits) of devices; none of those with fewer than two readings."""
    return {
        cluster: weighted_median(spacings_us, numbers) / MICROSECONDS
        for cluster, (spacings_us, numbers) in (await load_spacings(session, clusters)).items()
    }


def with_first_spacings(device: StoredDevice, moments: Sequences) -> StoredDevice:
    """A device of which nothing was stored, with its median spacing and the limits that follow from it.

    Otherwise every spacing of an hourly meter is kept as a gap, only to be dropped once its median is known.
    """
    counts = spacing_change(NO_MOMENTS, moments, device.gap_floor_us).counts
    spacings_us = np.array(sorted(counts), np.int64)
    numbers = np.array([counts[spacing] for spacing in spacings_us.tolist()], np.int64)
    median_s = weighted_median(spacings_us, numbers) / MICROSECONDS if counts else None
    device = replace(device, median_period_s=median_s)
    return replace(device, gap_floor_us=gap_floor_us((median_s or 0.0) * MICROSECONDS, device.largest_gap_us))


def is_due(count_before: int, count_after: int) -> bool:
    """True if the median spacing is to be made exact on the way from one number of readings to another."""
    return count_after <= ALWAYS_EXACT or count_before.bit_length() != count_after.bit_length()


def hour_ranges(first_us: IntArray, last_us: IntArray) -> Ranges:
    """The whole hours that contain the spans `[first_us, last_us]`, near ones as one range."""
    order = np.argsort(first_us, kind="stable")
    begins = first_us[order] // HOUR_US * HOUR_US
    ends = np.maximum.accumulate(last_us[order] // HOUR_US * HOUR_US + HOUR_US)
    breaks = np.flatnonzero(begins[1:] > ends[:-1] + NEAR_US)
    starts = begins[np.concatenate(([0], breaks + 1))] if len(begins) else begins
    stops = ends[np.concatenate((breaks, [len(ends) - 1]))] if len(ends) else ends
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


async def _change(session: AsyncSession, device: StoredDevice, ranges: Ranges) -> None:
    await save_devices(session, [device])
    if ranges:
        await rebuild_hours(session, device, ranges)


async def with_new_gap_limit(
    session: AsyncSession, before: StoredDevice, after: StoredDevice
) -> tuple[StoredDevice, Ranges]:
    """The device with kept gaps that fit its limit, and the hours that the change of limit touches.

    Those are the hours of the spacings that one limit bridges and the other does not. They stand in the
    table of gaps, but for a limit that falls below everything seen before: then the device's readings are
    looked through once, and the table reaches down to the new limit from then on. A median whose limit would
    reach from the newest reading to those that were dropped waits for newer ones.
    """
    if _shuts_out_new_readings(after):
        return replace(after, median_period_s=before.median_period_s), []
    lower, upper = sorted((before.largest_gap_us, after.largest_gap_us))
    floor_us = gap_floor_us((after.median_period_s or 0.0) * MICROSECONDS, after.largest_gap_us)
    if after.dropped_until is not None:
        after = with_readings_from(after)
    if lower < upper and lower < before.gap_floor_us:
        kept = await _all_gaps(session, after, min(lower, floor_us))
        await replace_gaps(session, after.cluster, kept[_lengths(kept) > floor_us])
    else:
        kept = await load_gaps(session, after.cluster, lower) if lower < upper else NO_GAPS
        if floor_us > before.gap_floor_us:
            await drop_short_gaps(session, after.cluster, floor_us)
        floor_us = max(floor_us, before.gap_floor_us)
    changed = kept[(_lengths(kept) > lower) & (_lengths(kept) <= upper)]
    return replace(after, gap_floor_us=floor_us), hour_ranges(changed[:, 0], changed[:, 1])


def with_readings_from(device: StoredDevice) -> StoredDevice:
    """A device of which readings were dropped, with the hour from which on those left suffice.

    A longer gap reaches further back; hours that were once beyond reach stay as they are.
    """
    if device.dropped_until is None:
        return device
    kept_us = readings_from_us(epoch_us(device.dropped_until), device.largest_gap_us)
    return replace(device, readings_from=from_epoch_us(max(kept_us, device.readings_from_us or kept_us)))


def _shuts_out_new_readings(device: StoredDevice) -> bool:
    """Whether a changed limit would move `readings_from` beyond the device's newest reading."""
    moved = with_readings_from(device)
    return moved != device and (moved.readings_from_us or 0) > device.last_seen_us


def _kept(device: StoredDevice, ranges: Ranges) -> Ranges:
    kept_us = device.readings_from_us
    if kept_us is None:
        return ranges
    return [(max(start_us, kept_us), end_us) for start_us, end_us in ranges if end_us > kept_us]


async def _all_gaps(session: AsyncSession, device: StoredDevice, longer_than_us: int) -> IntArray:
    """The gaps between readings with power: by a look at all of them; of dropped ones those that are kept."""
    moments_us = await load_powered_moments(session, device.cluster)
    found = gaps(moments_us, longer_than_us)
    if device.dropped_until is None:
        return found
    earlier = await load_gaps(session, device.cluster, longer_than_us)
    first_us = moments_us[0] if len(moments_us) else device.last_seen_us + 1
    return np.concatenate((earlier[earlier[:, 0] < first_us], found))


def _lengths(gaps_us: IntArray) -> IntArray:
    return gaps_us[:, 1] - gaps_us[:, 0]


def chunks(ranges: Ranges, period_s: float | None) -> Ranges:
    """The ranges cut into pieces, each whole hours long and about `CHUNK_READINGS` readings large."""
    width_us = max(1, int(CHUNK_READINGS * (period_s or 1.0) / 3600)) * HOUR_US
    return [
        (start_us, min(start_us + width_us, end_us))
        for range_start_us, end_us in ranges
        for start_us in range(range_start_us, end_us, width_us)
    ]
