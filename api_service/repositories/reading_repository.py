"""Readings into the table, with everything that is kept about them, in the caller's one transaction."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import (
    MEASURES,
    IntArray,
    ReadingBlock,
    WriteOptions,
    WriteResult,
    distinct,
    joined,
)
from api_service.metering.power_curve import HOUR_US, MICROSECONDS
from api_service.metering.rollups import RollupBlock, with_few_states
from api_service.metering.spacings import spacing_change
from api_service.metering.windows import Span
from api_service.repositories.bulk import insert_rows, update_rows
from api_service.repositories.device_repository import (
    StoredDevice,
    add_devices,
    load_devices,
    lock_devices,
    save_devices,
    with_changed,
    with_intervals,
    with_readings,
)
from api_service.repositories.reading_spans import READINGS, load_readings, power_before
from api_service.repositories.rollup_refresh import (
    Ranges,
    hour_ranges,
    is_due,
    median_periods_s,
    rebuild_hours,
    rollups_of,
    with_first_spacings,
    with_new_gap_limit,
    with_readings_from,
)
from api_service.repositories.rollup_repository import add_rollups, load_state_counts
from api_service.repositories.upkeep.block_parts import (
    POWER,
    Held,
    Part,
    differing_repeats,
    first_of_each,
    rows_by_device,
    sequences_of,
    sort_out,
)
from api_service.repositories.upkeep.deletion import record_import
from api_service.repositories.upkeep.partitions import make_months
from api_service.repositories.upkeep.spacing_repository import save_changes
from api_service.repositories.upkeep.stored_rows import Around, load_around, stretches

NAME_LENGTH = 200


async def write_readings(
    session: AsyncSession, columns: ReadingBlock, options: WriteOptions | None = None
) -> WriteResult:
    """Store a block within the caller's transaction: readings, devices and rollups.

    A reading whose (cluster, timestamp) is stored already, or stands earlier in the block, is a duplicate and
    changes nothing but what `options` say. One that is older than the single readings that are kept of its
    device is left out (`WriteResult.expired`). Nothing else may write to these tables. Safe with other
    writers at the same time.
    """
    options = options or WriteOptions()
    if not len(columns):
        return WriteResult(0, np.empty(0, np.int64))
    held = await _hold_devices(session, columns)
    expired = _expired(columns, held)
    rows = first_of_each(columns)
    rows = rows[~np.isin(rows, expired)] if len(expired) else rows
    if not len(rows):
        return WriteResult(0, np.empty(0, np.int64), expired=expired)
    block = columns.take(rows)
    sorted_out = sort_out(block, held, await _load_around(session, block, held), options)
    parts = sorted_out.parts
    if any(len(part.fresh) or len(part.changed) for part in parts.values()):
        await _store(session, parts, columns, options)
    else:
        await save_devices(session, [_named(entry.device, columns) for entry in held.values()])
    is_duplicate = np.ones(len(columns), np.bool_)
    is_duplicate[rows[sorted_out.is_fresh]] = False
    is_duplicate[expired] = False
    return WriteResult(
        accepted=int(sorted_out.is_fresh.sum()),
        duplicates=np.flatnonzero(is_duplicate),
        conflicts=np.union1d(rows[sorted_out.differs], differing_repeats(columns, rows, expired)),
        changed=sum(len(part.changed) for part in parts.values()),
        expired=expired,
    )


def _expired(columns: ReadingBlock, held: Mapping[int, Held]) -> IntArray:
    """Rows older than the single readings that are kept of their device: nothing can be added there."""
    kept_us = {c: own.device.readings_from_us for c, own in held.items() if own.device.readings_from_us}
    if not kept_us:
        return np.empty(0, np.int64)
    too_old = [
        (columns.cluster == cluster) & (columns.timestamp_us < kept_us[cluster]) for cluster in kept_us
    ]
    return np.flatnonzero(np.any(too_old, axis=0))


async def _hold_devices(session: AsyncSession, columns: ReadingBlock) -> dict[int, Held]:
    """Lock the rows of the block's devices, made where they are missing."""
    clusters = distinct(columns.cluster)
    known = await load_devices(session, clusters)
    missing = [cluster for cluster in clusters if cluster not in known]
    if missing:
        await add_devices(session, dict.fromkeys(missing, int(columns.timestamp_us.min())))
    devices = await lock_devices(session, clusters)
    counts = await load_state_counts(session, clusters)
    return {cluster: _held(device, counts.get(cluster, {})) for cluster, device in devices.items()}


def _held(device: StoredDevice, counts: Mapping[str, int]) -> Held:
    return Held(device, sum(counts.values()), [state for state in counts if state])


async def _load_around(
    session: AsyncSession, block: ReadingBlock, held: Mapping[int, Held]
) -> dict[int, Around]:
    known = {cluster: entry.device for cluster, entry in held.items() if not entry.is_new}
    spans = [
        span
        for cluster, part in rows_by_device(block).items()
        if cluster in known
        for span in stretches(known[cluster], block.timestamp_us[part])
    ]
    names = list(dict.fromkeys([POWER, *block.values]))
    return await load_around(session, known, spans, names)


async def _store(
    session: AsyncSession, parts: Mapping[int, Part], columns: ReadingBlock, options: WriteOptions
) -> None:
    """Write the new readings of each device, change those that change, and keep what is kept about them."""
    known = [part.held.device for part in parts.values() if not part.held.is_new]
    # A mean of an interval ends with it: no curve goes on from there.
    tails = await _tails(session, [device for device in known if not device.interval_us])
    fresh = _together([part.fresh for part in parts.values()])
    await _insert(session, fresh, options.import_number)
    changed = _together([part.changed for part in parts.values()])
    if len(changed):
        await _update(session, changed)
    if options.import_number is not None:
        moments = {cluster: part.fresh.timestamp_us for cluster, part in parts.items()}
        await record_import(session, options.import_number, moments)
    devices, remade = await _keep_devices(session, parts, columns)
    await save_devices(session, devices.values())
    appended = {cluster: device for cluster, device in devices.items() if cluster not in remade}
    states = {cluster: part.held.states for cluster, part in parts.items()}
    added = with_few_states(fresh, states)
    hours = await asyncio.to_thread(_appended_hours, added, tails, appended)
    await add_rollups(session, hours, {device.cluster: device.curve_end_us for device in known})
    for cluster, ranges in remade.items():
        await rebuild_hours(session, devices[cluster], ranges)


async def _keep_devices(
    session: AsyncSession, parts: Mapping[int, Part], columns: ReadingBlock
) -> tuple[dict[int, StoredDevice], dict[int, Ranges]]:
    """The devices after this write, with spacings and gaps stored; and the hours to make again of each."""
    devices = {c: _with_interval(_named(_after(part), columns), columns) for c, part in parts.items()}
    sequences = {cluster: sequences_of(part) for cluster, part in parts.items()}
    new = {cluster for cluster, part in parts.items() if part.held.is_new}
    begun = {cluster for cluster in new if devices[cluster].dropped_until is None}
    devices |= {cluster: with_first_spacings(devices[cluster], sequences[cluster][1]) for cluster in begun}
    floors_us = {
        c: (devices[c] if c in begun else part.held.device).gap_floor_us for c, part in parts.items()
    }
    changes = {cluster: spacing_change(*sequences[cluster], floors_us[cluster]) for cluster in parts}
    await save_changes(session, changes, new)
    counts = {cluster: part.held.count + len(part.fresh) for cluster, part in parts.items()}
    due = [c for c, part in parts.items() if c not in begun and is_due(part.held.count, counts[c])]
    periods_s = await median_periods_s(session, due) if due else {}
    remade: dict[int, Ranges] = {}
    for cluster, part in parts.items():
        before = part.held.device
        device = devices[cluster]
        ranges: Ranges = []
        if device.interval_us != before.interval_us and not part.held.is_new:
            device = with_readings_from(device)
            end_us = before.curve_end_us // HOUR_US * HOUR_US + HOUR_US
            ranges = [(before.first_seen_us // HOUR_US * HOUR_US, end_us)]
        if cluster in due and periods_s.get(cluster) != device.median_period_s:
            device = replace(device, median_period_s=periods_s.get(cluster))
            device, changed = await with_new_gap_limit(session, before, device)
            ranges = ranges + changed
        devices[cluster] = device
        if touched := _touched(part, device, ranges):
            remade[cluster] = touched
    return devices, remade


def _after(part: Part) -> StoredDevice:
    device = part.held.device
    if len(part.changed):
        device = with_changed(device, part.changed)
    return with_readings(device, part.fresh, is_new=part.held.is_new) if len(part.fresh) else device


def _touched(part: Part, device: StoredDevice, changed: Ranges) -> Ranges:
    """The hours to make again after a device's new readings: none if they only add at its end."""
    before = part.held.device
    if part.held.is_new:
        return []
    late = part.fresh.timestamp_us[part.fresh.timestamp_us <= before.last_seen_us]
    if not changed and not len(late) and not len(part.changed):
        return []
    # A reading changes the curve as far as its neighbours, which are at most one gap away.
    reach_us = max(before.largest_gap_us, device.largest_gap_us)
    begins, ends = np.array(changed, np.int64).reshape(-1, 2).T
    moments_us = np.concatenate((part.fresh.timestamp_us, part.changed.timestamp_us))
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
    gaps_us = {cluster: device.largest_gap_us for cluster, device in devices.items()}
    return rollups_of(with_intervals(readings, devices.values()), counted, gaps_us)


async def _insert(session: AsyncSession, block: ReadingBlock, import_number: int | None) -> None:
    if not len(block):
        return
    await make_months(session, block.timestamp_us)
    columns: dict[str, Any] = {
        "timestamp": block.timestamp_us,
        "cluster": block.cluster,
        **{name: block.measure(name) for name in MEASURES},
        "device_state": list(block.device_state),
    }
    if import_number is not None:
        columns["import_number"] = np.full(len(block), import_number)
    await insert_rows(session, READINGS, columns)


async def _update(session: AsyncSession, block: ReadingBlock) -> None:
    columns: dict[str, Any] = {
        "timestamp": block.timestamp_us,
        "cluster": block.cluster,
        **block.values,
        "device_state": list(block.device_state),
    }
    await update_rows(session, READINGS, ("cluster", "timestamp"), columns)


def _together(parts: list[ReadingBlock]) -> ReadingBlock:
    """All rows of some blocks, one after another, with the columns that they have."""
    names = [name for name in MEASURES if any(name in part.values for part in parts)]
    return ReadingBlock(
        timestamp_us=np.concatenate([part.timestamp_us for part in parts]),
        cluster=np.concatenate([part.cluster for part in parts]),
        values={name: np.concatenate([part.measure(name) for part in parts]) for name in names},
        device_state=[state for part in parts for state in part.device_state],
    )


def _with_interval(device: StoredDevice, columns: ReadingBlock) -> StoredDevice:
    length_us = columns.interval_us.get(device.cluster)
    return replace(device, interval_s=length_us / MICROSECONDS) if length_us else device


def _named(device: StoredDevice, columns: ReadingBlock) -> StoredDevice:
    name = columns.device_name.get(device.cluster, "").strip()[:NAME_LENGTH]
    return replace(device, file_name=name) if name else device
