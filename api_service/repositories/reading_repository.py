"""Readings into the table, with everything that is kept about them, in the caller's one transaction."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import (
    MEASURES,
    BoolArray,
    IntArray,
    ReadingBlock,
    WriteResult,
    distinct,
    joined,
)
from api_service.metering.rollups import RollupBlock
from api_service.metering.windows import Span
from api_service.repositories.bulk import insert_rows
from api_service.repositories.device_repository import (
    StoredDevice,
    add_devices,
    load_devices,
    lock_devices,
    save_devices,
    with_readings,
)
from api_service.repositories.reading_spans import READINGS, load_keys, load_readings, power_before
from api_service.repositories.rollup_refresh import (
    Ranges,
    hour_ranges,
    is_due,
    median_periods_s,
    ranges_with_new_gap_limit,
    rebuild_hours,
    rollups_of,
)
from api_service.repositories.rollup_repository import add_rollups, reading_counts

NAME_LENGTH = 200


@dataclass(frozen=True)
class _Held:
    """A device that this transaction holds, with the number of its readings stored before."""

    device: StoredDevice
    count: int

    @property
    def is_new(self) -> bool:
        return self.count == 0


async def write_readings(session: AsyncSession, columns: ReadingBlock) -> WriteResult:
    """Store a block within the caller's transaction: readings, devices and rollups.

    A reading whose (cluster, timestamp) is stored already, or stands earlier in the block, is a duplicate and
    changes nothing. Nothing else may write to these tables. Safe with other writers at the same time.
    """
    if not len(columns):
        return WriteResult(0, np.empty(0, np.int64))
    rows = _first_of_each(columns)
    held = await _hold_devices(session, columns)
    fresh = rows[~await _are_stored(session, columns.take(rows), held)]
    is_fresh = np.zeros(len(columns), np.bool_)
    is_fresh[fresh] = True
    block = columns.take(fresh)
    if len(fresh):
        await _store(session, block, held)
    else:
        await save_devices(session, [_named(entry.device, columns) for entry in held.values()])
    return WriteResult(len(fresh), np.flatnonzero(~is_fresh))


def _first_of_each(columns: ReadingBlock) -> IntArray:
    """Rows ordered by (cluster, timestamp), of equal ones only the first of the block."""
    order = np.lexsort((columns.timestamp_us, columns.cluster))
    cluster, moment = columns.cluster[order], columns.timestamp_us[order]
    repeats = (cluster[1:] == cluster[:-1]) & (moment[1:] == moment[:-1])
    return order[np.concatenate(([True], ~repeats))]


async def _hold_devices(session: AsyncSession, columns: ReadingBlock) -> dict[int, _Held]:
    """Lock the rows of the block's devices, made where they are missing."""
    clusters = distinct(columns.cluster)
    known = await load_devices(session, clusters)
    missing = [cluster for cluster in clusters if cluster not in known]
    if missing:
        await add_devices(session, dict.fromkeys(missing, int(columns.timestamp_us.min())))
    devices = await lock_devices(session, clusters)
    counts = await reading_counts(session, clusters)
    return {cluster: _Held(device, counts.get(cluster, 0)) for cluster, device in devices.items()}


async def _are_stored(session: AsyncSession, block: ReadingBlock, held: Mapping[int, _Held]) -> BoolArray:
    """Which rows of an ordered block are stored already."""
    stored = np.zeros(len(block), np.bool_)
    parts, spans = {}, []
    for cluster, part in _parts(block).items():
        moments = block.timestamp_us[part]
        device = held[cluster].device
        overlap = moments[(moments >= device.first_seen_us) & (moments <= device.last_seen_us)]
        if len(overlap) and not held[cluster].is_new:
            parts[cluster] = part
            spans.append(Span((cluster,), int(overlap[0]), int(overlap[-1]) + 1))
    stored_clusters, stored_us = await load_keys(session, spans)
    for cluster, part in parts.items():
        stored[part] = np.isin(block.timestamp_us[part], stored_us[stored_clusters == cluster])
    return stored


async def _store(session: AsyncSession, block: ReadingBlock, held: Mapping[int, _Held]) -> None:
    """Write an ordered block of readings none of which is stored yet."""
    known = [entry.device for cluster, entry in held.items() if not entry.is_new]
    tails = await _tails(session, known)
    await _insert(session, block)
    parts = _parts(block)
    counts = {cluster: held[cluster].count + len(part) for cluster, part in parts.items()}
    due = {cluster: count for cluster, count in counts.items() if is_due(held[cluster].count, count)}
    periods_s = await median_periods_s(session, due)
    devices: dict[int, StoredDevice] = {}
    remade: dict[int, Ranges] = {}
    for cluster, part in parts.items():
        entry, ends = held[cluster], block.take(part[[0, -1]])
        device = _named(with_readings(entry.device, ends, is_new=entry.is_new), block)
        if cluster in due:
            device = replace(device, median_period_s=periods_s.get(cluster))
        devices[cluster] = device
        if ranges := await _touched(session, entry, device, block.timestamp_us[part]):
            remade[cluster] = ranges
    await save_devices(session, devices.values())
    appended = {cluster: device for cluster, device in devices.items() if cluster not in remade}
    hours = await asyncio.to_thread(_appended_hours, block, tails, appended)
    await add_rollups(session, hours, {device.cluster: device.last_seen_us for device in known})
    for cluster, ranges in remade.items():
        await rebuild_hours(session, devices[cluster], ranges)


async def _touched(session: AsyncSession, entry: _Held, device: StoredDevice, moments_us: IntArray) -> Ranges:
    """The hours to make again after a device's new readings (ascending): none if they only add at its end."""
    before = entry.device
    if entry.is_new:
        return []
    changed = await ranges_with_new_gap_limit(session, before, device)
    if not changed and moments_us[0] > before.last_seen_us:
        return []
    # A reading changes the curve as far as its neighbours, which are at most one gap away.
    reach_us = max(before.largest_gap_us, device.largest_gap_us)
    begins, ends = np.array(changed, np.int64).reshape(-1, 2).T
    return hour_ranges(
        np.concatenate((begins, moments_us - reach_us)), np.concatenate((ends - 1, moments_us + reach_us))
    )


async def _tails(session: AsyncSession, devices: list[StoredDevice]) -> ReadingBlock:
    """The newest stored reading with power of each device, from where its curve goes on."""
    if not devices:
        return await load_readings(session, [])
    seen_us = [device.last_seen_us for device in devices]
    clusters = tuple(device.cluster for device in devices)
    reach_us = max(device.largest_gap_us for device in devices) + max(seen_us) - min(seen_us)
    span = Span(clusters, max(seen_us) + 1, max(seen_us) + 1)
    return await load_readings(session, [power_before(span, reach_us + 1)])


def _appended_hours(
    block: ReadingBlock, tails: ReadingBlock, devices: Mapping[int, StoredDevice]
) -> RollupBlock:
    """What the block adds to the rollups of these devices, all of whose readings in it are newest."""
    clusters = list(devices)
    readings = joined(
        tails.take(np.flatnonzero(np.isin(tails.cluster, clusters))),
        block.take(np.flatnonzero(np.isin(block.cluster, clusters))),
    )
    counted = np.arange(len(readings)) >= np.count_nonzero(np.isin(tails.cluster, clusters))
    return rollups_of(readings, counted, {cluster: devices[cluster].largest_gap_us for cluster in clusters})


async def _insert(session: AsyncSession, block: ReadingBlock) -> None:
    await insert_rows(
        session,
        READINGS,
        {
            "timestamp": block.timestamp_us,
            "cluster": block.cluster,
            **{name: block.measure(name) for name in MEASURES},
            "device_state": list(block.device_state),
        },
    )


def _parts(block: ReadingBlock) -> dict[int, IntArray]:
    """The rows of each device in a block ordered by device."""
    clusters, starts = np.unique(block.cluster, return_index=True)
    rows = np.split(np.arange(len(block)), starts[1:])
    return dict(zip(clusters.tolist(), rows, strict=True))


def _named(device: StoredDevice, columns: ReadingBlock) -> StoredDevice:
    name = columns.device_name.get(device.cluster, "").strip()[:NAME_LENGTH]
    return replace(device, file_name=name) if name else device
