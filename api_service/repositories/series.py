"""One quantity of one device over time, reduced to buckets."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, case, func, literal
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.measure import Measure
from api_service.metering.measures import measure
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.power_curve import HOUR_US, MICROSECONDS, clip, split
from api_service.metering.rollups import Column
from api_service.metering.units import WATT_HOURS_PER_KILOWATT_HOUR
from api_service.metering.windows import RollupSpan, Span
from api_service.repositories.bulk import EpochUs
from api_service.repositories.device_repository import StoredDevice, load_devices
from api_service.repositories.reading_spans import READINGS, load_readings, overlap, with_neighbours
from api_service.repositories.rollup_refresh import chunks, curve_of
from api_service.repositories.rollup_repository import load_rollups

DAY_S = 86_400
# Every zone's offset is a multiple of this, so that local days are made of such pieces.
QUARTER_US = 900 * MICROSECONDS


@dataclass(frozen=True)
class Grid:
    """`[start, end)` in buckets of `bucket_s`, counted from local midnight; whole days are local days."""

    start: datetime
    end: datetime
    bucket_s: int
    timezone: ZoneInfo

    @property
    def edges_us(self) -> IntArray:
        """Ascending edges of the buckets that reach into the span: one more than there are buckets."""
        midnight = datetime.combine(self.start.astimezone(self.timezone).date(), time(), self.timezone)
        if self.bucket_s % DAY_S:
            return self._even_edges(epoch_us(midnight))
        step, edges = timedelta(days=self.bucket_s // DAY_S), [midnight]
        while edges[-1] < self.end:
            edges.append(edges[-1] + step)  # local arithmetic: midnight to midnight, 23 to 25 hours
        return np.array([epoch_us(edge) for edge in edges], np.int64)

    def _even_edges(self, origin_us: int) -> IntArray:
        width_us = self.bucket_s * MICROSECONDS
        first = (epoch_us(self.start) - origin_us) // width_us
        last = -((origin_us - epoch_us(self.end)) // width_us)
        return origin_us + np.arange(first, last + 1) * width_us


@dataclass(frozen=True)
class Point:
    """One bucket; `sum` is the energy in kWh, the others are in the quantity's unit."""

    start: datetime
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None
    samples: int | None = None


_R = READINGS.c


def _value(row: Measure) -> ColumnElement[Any]:
    """A recorded measure in its unit: of its columns the first one that has a value."""
    columns = [_R[column.name] * column.to_unit for column in row.columns]
    return columns[0] if len(columns) == 1 else func.coalesce(*columns)


async def series_points(session: AsyncSession, cluster: int, quantity: str, grid: Grid) -> list[Point]:
    """The buckets that hold anything, in order. `quantity` is "energy" or one of the measured ones.

    The mean of a power factor is ΣP/ΣS over its bucket.
    """
    edges_us = grid.edges_us
    if quantity == "energy":
        device = (await load_devices(session, [cluster]))[cluster]
        energy_wh, covered_s = await _energy(session, device, grid, edges_us)
        return [
            Point(from_epoch_us(int(edges_us[place])), sum=energy_wh[place] / WATT_HOURS_PER_KILOWATT_HOUR)
            for place in np.flatnonzero(covered_s).tolist()
        ]
    return await _measured(session, cluster, quantity, grid, edges_us)


def _grain_us(grid: Grid) -> int:
    """Width of equal pieces that make up each bucket."""
    return grid.bucket_s * MICROSECONDS if grid.bucket_s % DAY_S else QUARTER_US


def _terms(row: Measure) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Of single readings: the value, and the two whose sums make a mean."""
    if not row.rollup.weight:
        return _value(row), _value(row), literal(1.0)
    above, below = (_value(measure(key)) for key in row.derived_from)
    return above / func.nullif(below, 0), above, below


async def _measured(
    session: AsyncSession, cluster: int, quantity: str, grid: Grid, edges_us: IntArray
) -> list[Point]:
    grain_us, origin_us = _grain_us(grid), int(edges_us[0])
    grain = (EpochUs(_R.timestamp) - origin_us) // grain_us
    value, weighted, weight = _terms(measure(quantity))
    columns = (
        func.count(value),
        func.sum(case((value.is_not(None), weighted))),
        func.sum(case((value.is_not(None), weight))),
        func.min(value),
        func.max(value),
    )
    span = Span((cluster,), epoch_us(grid.start), epoch_us(grid.end))
    statement = overlap(span, (grain, *columns)).where(value.is_not(None)).group_by(grain).order_by(grain)
    rows = (await session.execute(statement)).all()
    if not rows:
        return []
    grains, counts, sums, weights, minima, maxima = (np.array(column) for column in zip(*rows, strict=True))
    bucket = np.searchsorted(edges_us, origin_us + grains * grain_us, side="right") - 1
    places, starts = np.unique(bucket, return_index=True)
    means = np.add.reduceat(sums, starts) / np.add.reduceat(weights, starts)
    reduced = (
        places,
        means,
        np.minimum.reduceat(minima, starts),
        np.maximum.reduceat(maxima, starts),
        np.add.reduceat(counts, starts),
    )
    return [
        Point(from_epoch_us(int(edges_us[place])), mean=mean, min=least, max=most, samples=count)
        for place, mean, least, most, count in zip(*(column.tolist() for column in reduced), strict=True)
    ]


async def _energy(
    session: AsyncSession, device: StoredDevice, grid: Grid, edges_us: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Energy (Wh) and covered time (s) of each bucket: from rollups where hours fit, else from readings."""
    start_us = max(epoch_us(grid.start), device.first_seen_us)
    end_us = min(epoch_us(grid.end), device.last_seen_us)
    first_us, last_us = -(-start_us // HOUR_US) * HOUR_US, end_us // HOUR_US * HOUR_US
    pieces = []
    if not np.any(edges_us % HOUR_US) and first_us < last_us:
        span = RollupSpan("hour", (device.cluster,), first_us, last_us)
        hours = await load_rollups(session, [span])
        pieces.append((hours.bucket_us, hours.columns["energy_wh"], hours.columns["covered_s"]))
        raw = [(start_us, first_us), (last_us, end_us)]
    else:
        raw = [(start_us, end_us)]
    for within_us in chunks(raw, device.median_period_s):
        piece = Span((device.cluster,), *within_us)
        readings = await load_readings(session, with_neighbours(piece, device.largest_gap_us))
        curve = clip(curve_of(readings, {device.cluster: device.largest_gap_us}), *within_us)
        parts = split(curve, _grain_us(grid), int(edges_us[0]))
        pieces.append((parts.start_us, parts.energy_wh, parts.covered_s))
    return _per_bucket(edges_us, pieces)


def _per_bucket(
    edges_us: IntArray, pieces: list[tuple[IntArray, Column, Column]]
) -> tuple[FloatArray, FloatArray]:
    energy_wh, covered_s = np.zeros(len(edges_us) - 1), np.zeros(len(edges_us) - 1)
    for start_us, piece_wh, piece_s in pieces:
        place = np.searchsorted(edges_us, start_us, side="right") - 1
        np.add.at(energy_wh, place, piece_wh)
        np.add.at(covered_s, place, piece_s)
    return energy_wh, covered_s
