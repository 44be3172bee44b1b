"""Energy of a device in pieces of time: hours from rollups, shorter ones from readings added up in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, not_, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.devices.retention import require_readings
from api_service.metering.power_curve import (
    HOUR_US,
    MICROSECONDS,
    Segments,
    clip,
    device_curves,
    split,
)
from api_service.metering.units import JOULES_PER_WATT_HOUR
from api_service.metering.windows import RollupSpan, Span, neighbouring_hours, rollups_between
from api_service.repositories.bulk import EpochUs
from api_service.repositories.device_repository import StoredDevice, with_intervals
from api_service.repositories.reading_spans import (
    READINGS,
    load_readings,
    power_after,
    power_before,
    row_of,
    rows_of_selects,
    with_neighbours,
    within,
)
from api_service.repositories.rollup_refresh import Ranges, chunks
from api_service.repositories.rollup_repository import ROLLUPS, life_of, rows_of

FED_AND_DRAWN = "within an hour of both signs only they say how much flowed which way"
# Every zone's offset is a multiple of this, so that local days are made of such pieces.
QUARTER_US = 900 * MICROSECONDS
Parts = list[tuple[IntArray, FloatArray, FloatArray]]
"""Start (epoch microseconds), energy (Wh) and covered time (s) of pieces that cross no edge."""


async def energy_parts(
    session: AsyncSession,
    device: StoredDevice,
    within_us: tuple[int, int],
    edges_us: IntArray,
    grain_us: int,
) -> Parts:
    """A device's energy in `[start, end)` in pieces, none of which crosses an edge.

    The edges lie on a grid of `grain_us` that begins at the first one.
    """
    start_us = max(within_us[0], device.first_seen_us)
    end_us = min(within_us[1], device.curve_end_us)
    first_us, last_us = -(-start_us // HOUR_US) * HOUR_US, end_us // HOUR_US * HOUR_US
    if np.any(edges_us % HOUR_US) or first_us >= last_us:
        raw, parts = [(start_us, end_us)], []
    else:
        parts = [await _hours(session, (device.cluster,), (first_us, last_us), edges_us)]
        raw = [(start_us, first_us), (last_us, end_us)]
    for piece_us in raw:
        if piece_us[0] < piece_us[1]:
            parts += await _pieces(session, device, piece_us, (int(edges_us[0]), grain_us))
    return parts


async def _hours(
    session: AsyncSession, clusters: tuple[int, ...], within_us: tuple[int, int], edges_us: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    sums = func.sum(ROLLUPS.c.energy_wh), func.sum(ROLLUPS.c.covered_s)
    added = select(EpochUs(ROLLUPS.c.bucket), *sums).group_by(ROLLUPS.c.bucket)
    spans = rollups_between(clusters, within_us, edges_us.tolist())
    statement = union_all(*(added.where(rows_of(span)) for span in spans))
    rows = (await session.execute(statement)).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2]


async def site_parts(
    session: AsyncSession, devices: Sequence[StoredDevice], within_us: tuple[int, int], edges_us: IntArray
) -> Parts:
    """Energy drawn and fed back of several devices together, in pieces that cross no edge.

    Those that never fed anything back, nearly all, are added up by the database.
    """
    feeding = await _clusters_that_feed(session, [device.cluster for device in devices])
    parts: Parts = []
    for device in devices:
        if device.cluster in feeding:
            parts += await signed_parts(session, device, within_us, edges_us)
    drawing = [device for device in devices if device.cluster not in feeding]
    if not drawing:
        return parts
    first_us, last_us = -(-within_us[0] // HOUR_US) * HOUR_US, within_us[1] // HOUR_US * HOUR_US
    raw = [within_us]
    if not np.any(edges_us % HOUR_US) and first_us < last_us:
        clusters = tuple(device.cluster for device in drawing)
        start_us, energy_wh, _ = await _hours(session, clusters, (first_us, last_us), edges_us)
        parts.append((start_us, energy_wh, np.zeros(len(energy_wh))))
        raw = [(within_us[0], first_us), (last_us, within_us[1])]
    for piece_us in raw:
        parts += await _drawn(session, drawing, piece_us, edges_us)
    return parts


async def _clusters_that_feed(session: AsyncSession, clusters: Sequence[int]) -> set[int]:
    lives = rows_of(life_of(clusters))
    statement = select(ROLLUPS.c.cluster).where(lives, ROLLUPS.c.power_min_w < 0).distinct()
    return set((await session.execute(statement)).scalars())


async def _drawn(
    session: AsyncSession, devices: Sequence[StoredDevice], within_us: tuple[int, int], edges_us: IntArray
) -> Parts:
    """Pieces of a stretch as short as an hour from the readings of all devices at once, else one by one."""
    alive = [d for d in devices if d.first_seen_us < within_us[1] and d.curve_end_us > within_us[0]]
    if within_us[0] >= within_us[1] or not alive:
        return []
    if within_us[1] - within_us[0] > HOUR_US:
        grid = int(edges_us[0]), QUARTER_US
        found = [await _pieces(session, device, within_us, grid) for device in alive]
        return [(start, wh, np.zeros(len(wh))) for parts in found for start, wh, _ in parts]
    require_readings(alive, *within_us)
    span = Span(tuple(device.cluster for device in alive), *within_us)
    gaps_us = {device.cluster: device.largest_gap_us for device in alive}
    names = ("real_power_watt",)
    selects = with_neighbours(span, max(gaps_us.values()), row_of(names))
    readings = with_intervals(await load_readings(session, selects, names), alive)
    pieces = split(clip(device_curves(readings, gaps_us), *within_us), QUARTER_US, int(edges_us[0]))
    return [(pieces.start_us, pieces.energy_wh, np.zeros(len(pieces)))]


async def signed_parts(
    session: AsyncSession, device: StoredDevice, within_us: tuple[int, int], edges_us: IntArray
) -> Parts:
    """The same with energy drawn and energy fed back apart: start, import (Wh), export (Wh) of each piece.

    Hours whose powers have one sign come from rollups; the others are read again, since within them only
    the readings say how much flowed which way.
    """
    start_us = max(within_us[0], device.first_seen_us)
    end_us = min(within_us[1], device.curve_end_us)
    first_us, last_us = -(-start_us // HOUR_US) * HOUR_US, end_us // HOUR_US * HOUR_US
    if start_us >= end_us:
        return []
    if np.any(edges_us % HOUR_US) or first_us >= last_us:
        return await _signed_pieces(session, device, [(start_us, end_us)], edges_us)
    reach_us = -(-device.largest_gap_us // HOUR_US) * HOUR_US
    hours = await _signed_hours(session, device.cluster, (first_us - reach_us, last_us + reach_us))
    inside = (hours.start_us >= first_us) & (hours.start_us < last_us)
    draws, feeds = (
        inside & (_around(hours.low_w, np.fmin) >= 0),
        inside & (_around(hours.high_w, np.fmax) <= 0),
    )
    mixed = hours.start_us[inside & ~draws & ~feeds].tolist()
    raw = [(start_us, first_us), (last_us, end_us), *neighbouring_hours(sorted(mixed))]
    energies = hours.energy_wh[draws | feeds]
    pure = hours.start_us[draws | feeds], np.maximum(energies, 0.0), np.maximum(-energies, 0.0)
    return [pure, *await _signed_pieces(session, device, raw, edges_us)]


@dataclass(frozen=True)
class _Hours:
    """Stored hours, ascending: energy, and lowest and highest power of the readings (NaN: none)."""

    start_us: IntArray
    energy_wh: FloatArray
    low_w: FloatArray
    high_w: FloatArray


def _around(values: FloatArray, pick: np.ufunc) -> FloatArray:
    """The extreme of each hour and of the readings next to it, between which its curve runs."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return values
    place = np.arange(len(values))
    before = values[known[np.maximum(np.searchsorted(known, place) - 1, 0)]]
    after = values[known[np.minimum(np.searchsorted(known, place, side="right"), len(known) - 1)]]
    extreme: FloatArray = pick(pick(before, values), after)
    return extreme


async def _signed_hours(session: AsyncSession, cluster: int, within_us: tuple[int, int]) -> _Hours:
    c = ROLLUPS.c
    values = func.sum(c.energy_wh), func.min(c.power_min_w), func.max(c.power_max_w)
    hours = rows_of(RollupSpan("hour", (cluster,), *within_us))
    statement = select(EpochUs(c.bucket), *values).where(hours).group_by(c.bucket).order_by(c.bucket)
    rows = (await session.execute(statement)).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 4)
    return _Hours(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3])


async def _signed_pieces(
    session: AsyncSession, device: StoredDevice, ranges: Ranges, edges_us: IntArray
) -> Parts:
    parts = []
    for piece_us in chunks([piece for piece in ranges if piece[0] < piece[1]], device.median_period_s):
        require_readings([device], *piece_us, FED_AND_DRAWN)
        span = Span((device.cluster,), *piece_us)
        readings = await load_readings(session, with_neighbours(span, device.largest_gap_us))
        gaps_us = {device.cluster: device.largest_gap_us}
        curve = clip(device_curves(with_intervals(readings, [device]), gaps_us), *piece_us)
        pieces = split(curve, QUARTER_US, int(edges_us[0]))
        parts.append((pieces.start_us, pieces.imported_wh, pieces.imported_wh - pieces.energy_wh))
    return parts


@dataclass(frozen=True)
class _Pairs:
    """Neighbouring readings with power, as columns of a common table: times in microseconds, powers in W."""

    start: ColumnElement[Any]
    start_w: ColumnElement[Any]
    end: ColumnElement[Any]
    end_w: ColumnElement[Any]


async def _pieces(
    session: AsyncSession, device: StoredDevice, within_us: tuple[int, int], grid: tuple[int, int]
) -> Parts:
    """Pieces within single grains are added up by the database; those that cross an edge are split here."""
    origin_us, grain_us = grid
    require_readings([device], *within_us)
    pairs = await _pairs(session, device, within_us)
    grain = (pairs.start - origin_us) // grain_us
    is_joined = pairs.end - pairs.start <= device.largest_gap_us
    is_inside = and_(
        pairs.start >= within_us[0],
        pairs.end <= within_us[1],
        grain == (pairs.end - 1 - origin_us) // grain_us,
    )
    length = pairs.end - pairs.start
    area = func.sum((pairs.start_w + pairs.end_w) / 2.0 * length) / (JOULES_PER_WATT_HOUR * MICROSECONDS)
    covered_s = func.sum(length) / float(MICROSECONDS)
    added = select(grain, area, covered_s, cast(null(), BigInteger)).where(is_joined, is_inside)
    crossing = select(pairs.start, pairs.start_w, pairs.end_w, pairs.end).where(is_joined, not_(is_inside))
    rows = (await session.execute(union_all(added.group_by(grain), crossing))).all()
    whole = np.array([row[:3] for row in rows if row[3] is None], np.float64).reshape(-1, 3)
    cut = np.array([tuple(row) for row in rows if row[3] is not None], np.float64).reshape(-1, 4)
    segments = Segments(
        row=np.arange(len(cut)),
        start_us=cut[:, 0].astype(np.int64),
        end_us=cut[:, 3].astype(np.int64),
        start_w=cut[:, 1],
        end_w=cut[:, 2],
    )
    split_ones = split(clip(segments, *within_us), grain_us, origin_us)
    starts_us = origin_us + whole[:, 0].astype(np.int64) * grain_us
    return [
        (starts_us, whole[:, 1], whole[:, 2]),
        (split_ones.start_us, split_ones.energy_wh, split_ones.covered_s),
    ]


async def _pairs(session: AsyncSession, device: StoredDevice, within_us: tuple[int, int]) -> _Pairs:
    """The neighbouring readings with power of which some part lies within a span."""
    span = Span((device.cluster,), *within_us)
    reach_us = device.largest_gap_us
    ends = await rows_of_selects(session, [power_before(span, reach_us), power_after(span, reach_us)])
    moments = [row[0] for row in ends]
    first_us, last_us = min([*moments, within_us[0]]), max([*moments, within_us[1]])
    c = READINGS.c
    at = EpochUs(c.timestamp)
    own = (
        select(
            at.label("t0"),
            c.real_power_watt.label("w0"),
            func.lead(at).over(order_by=c.timestamp).label("t1"),
            func.lead(c.real_power_watt).over(order_by=c.timestamp).label("w1"),
        )
        .where(*within(Span(span.clusters, first_us, last_us + 1)), c.real_power_watt.is_not(None))
        .cte("pairs")
    )
    if device.interval_us:  # means of intervals: each reading is a step of its own
        return _Pairs(own.c.t0, own.c.w0, own.c.t0 + device.interval_us, own.c.w0)
    return _Pairs(own.c.t0, own.c.w0, own.c.t1, own.c.w1)
