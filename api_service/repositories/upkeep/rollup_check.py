"""Rollups compared with the readings, and made from them again."""

import asyncio

import numpy as np
from sqlalchemy import ColumnElement, delete, or_
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.power_curve import HOUR_US
from api_service.metering.rollups import RollupBlock
from api_service.metering.windows import RollupSpan, Span
from api_service.repositories.device_repository import StoredDevice, lock_devices, with_intervals
from api_service.repositories.reading_spans import load_readings, with_neighbours
from api_service.repositories.rollup_refresh import Ranges, chunks, rebuild_hours, rollups_of
from api_service.repositories.rollup_repository import ROLLUPS, load_rollups

COMPARED = ("n", "power_n", "power_sum_w", "energy_wh", "covered_s")


def _life(device: StoredDevice) -> Ranges:
    """All whole hours whose readings are kept."""
    first_us = device.first_seen_us // HOUR_US * HOUR_US
    first_us = max(first_us, device.readings_from_us or first_us)
    return [(first_us, device.curve_end_us // HOUR_US * HOUR_US + HOUR_US)]


async def differing_hours(session: AsyncSession, device: StoredDevice) -> list[int]:
    """The hours (epoch microseconds) whose stored sums are not those of the device's readings, ascending."""
    differing: list[int] = []
    gaps_us = {device.cluster: device.largest_gap_us}
    for start_us, end_us in chunks(_life(device), device.median_period_s):
        selects = with_neighbours(Span((device.cluster,), start_us, end_us), device.largest_gap_us)
        readings = with_intervals(await load_readings(session, selects), [device])
        counted = (readings.timestamp_us >= start_us) & (readings.timestamp_us < end_us)
        made = await asyncio.to_thread(rollups_of, readings, counted, gaps_us, (start_us, end_us))
        stored = await load_rollups(session, [RollupSpan("hour", (device.cluster,), start_us, end_us)])
        differing += _differing(made, stored)
    return differing


async def rebuild_rollups(session: AsyncSession, cluster: int) -> None:
    """Make all rollups of a device from its readings again; nothing for a device that there is not."""
    held = await lock_devices(session, [cluster])
    if cluster in held:
        await session.execute(
            delete(ROLLUPS).where(ROLLUPS.c.cluster == cluster, *_made_again(held[cluster]))
        )
        await rebuild_hours(session, held[cluster], _life(held[cluster]))


def _made_again(device: StoredDevice) -> list[ColumnElement[bool]]:
    """All rollups, but for hours and days of which the readings are no longer kept."""
    if device.readings_from is None:
        return []
    return [or_(ROLLUPS.c.resolution == "life", ROLLUPS.c.bucket >= device.readings_from)]


def _differing(made: RollupBlock, stored: RollupBlock) -> list[int]:
    ours, theirs = _by_hour(made), _by_hour(stored)
    nothing = np.zeros(len(COMPARED))
    return [
        hour
        for hour in sorted(ours.keys() | theirs.keys())
        if not np.allclose(ours.get(hour, nothing), theirs.get(hour, nothing), rtol=1e-9, atol=1e-6)
    ]


def _by_hour(rollups: RollupBlock) -> dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """All states together: which states there are apart may depend on the order of arrival."""
    hours, place = np.unique(rollups.bucket_us, return_inverse=True)
    sums = np.zeros((len(hours), len(COMPARED)))
    for column, name in enumerate(COMPARED):
        np.add.at(sums[:, column], place, rollups.columns[name])
    return dict(zip(hours.tolist(), sums, strict=True))
