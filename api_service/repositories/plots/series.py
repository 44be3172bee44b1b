"""One quantity of one device over time, reduced to buckets: from rollups where hours fit, else from rows."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, Double, case, cast, func, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.devices.retention import require_readings
from api_service.metering.measure import Measure
from api_service.metering.measures import measure
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.power_curve import HOUR_US, MICROSECONDS
from api_service.metering.units import WATT_HOURS_PER_KILOWATT_HOUR
from api_service.metering.windows import Span, rollups_between
from api_service.repositories.bulk import EpochUs
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.plots.energy import QUARTER_US, energy_parts
from api_service.repositories.reading_spans import READINGS, overlap
from api_service.repositories.rollup_repository import ROLLUPS, rows_of

DAY_S = 86_400
WHOLE_HOUR_BUCKETS = "take buckets of whole hours"
_R = READINGS.c


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

    @property
    def grain_us(self) -> int:
        """Width of equal pieces that make up each bucket."""
        return self.bucket_s * MICROSECONDS if self.bucket_s % DAY_S else QUARTER_US

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


async def series_points(
    session: AsyncSession, device: StoredDevice, quantity: str, grid: Grid
) -> list[Point]:
    """The buckets that hold anything, in order. `quantity` is "energy" or one of the recorded measures.

    The mean of a power factor is ΣP/ΣS over its bucket.
    """
    edges_us = grid.edges_us
    if quantity == "energy":
        return await _energy(session, device, grid, edges_us)
    return await _measured(session, device, measure(quantity), grid, edges_us)


async def _energy(session: AsyncSession, device: StoredDevice, grid: Grid, edges_us: IntArray) -> list[Point]:
    energy_wh, covered_s = np.zeros(len(edges_us) - 1), np.zeros(len(edges_us) - 1)
    within_us = epoch_us(grid.start), epoch_us(grid.end)
    for start_us, piece_wh, piece_s in await energy_parts(
        session, device, within_us, edges_us, grid.grain_us
    ):
        place = np.searchsorted(edges_us, start_us, side="right") - 1
        np.add.at(energy_wh, place, piece_wh)
        np.add.at(covered_s, place, piece_s)
    return [
        Point(from_epoch_us(int(edges_us[place])), sum=float(energy_wh[place]) / WATT_HOURS_PER_KILOWATT_HOUR)
        for place in np.flatnonzero(covered_s).tolist()
    ]


async def _measured(
    session: AsyncSession, device: StoredDevice, row: Measure, grid: Grid, edges_us: IntArray
) -> list[Point]:
    raw, parts = [(epoch_us(grid.start), epoch_us(grid.end))], []
    if (hours_us := _hours_from_rollups(device, row, raw[0], edges_us)) is not None:
        parts.append(await _from_rollups(session, device.cluster, row, hours_us, edges_us))
        raw = [(raw[0][0], hours_us[0]), (hours_us[1], raw[0][1])]
    for start_us, end_us in raw:
        if start_us < end_us:
            remedy = WHOLE_HOUR_BUCKETS if row.rollup.count else f"{row.noun} is not kept by the hour"
            require_readings([device], start_us, end_us, remedy)
            span = Span((device.cluster,), start_us, end_us)
            parts.append(await _from_rows(session, span, row, grid, int(edges_us[0])))
    table = np.concatenate(parts)
    table = table[np.argsort(table[:, 0], kind="stable")]
    if not len(table):
        return []
    bucket = np.searchsorted(edges_us, table[:, 0], side="right") - 1
    places, starts = np.unique(bucket, return_index=True)
    counts, sums, weights = (np.add.reduceat(table[:, column], starts) for column in (1, 2, 3))
    lows, highs = np.minimum.reduceat(table[:, 4], starts), np.maximum.reduceat(table[:, 5], starts)
    return [
        Point(_at(edges_us[place]), mean=mean, min=_known(low), max=_known(high), samples=int(count))
        for place, mean, low, high, count in zip(
            *(column.tolist() for column in (places, sums / weights, lows, highs, counts)), strict=True
        )
    ]


def _hours_from_rollups(
    device: StoredDevice, row: Measure, within_us: tuple[int, int], edges_us: IntArray
) -> tuple[int, int] | None:
    """The whole hours that rollups answer: all where they keep the extremes, else those without readings."""
    first_us, last_us = -(-within_us[0] // HOUR_US) * HOUR_US, within_us[1] // HOUR_US * HOUR_US
    if not (row.rollup.minimum and row.rollup.maximum):
        last_us = min(last_us, device.readings_from_us or first_us)
    if np.any(edges_us % HOUR_US) or first_us >= last_us or not (row.rollup.count and row.rollup.sum):
        return None
    return first_us, last_us


def _at(moment_us: int) -> datetime:
    return from_epoch_us(int(moment_us))


def _known(value: float) -> float | None:
    return None if isnan(value) else value


async def _from_rollups(
    session: AsyncSession, cluster: int, row: Measure, within_us: tuple[int, int], edges_us: IntArray
) -> FloatArray:
    """Start, count, sum, weight, minimum, maximum of each stored hour or day with values; shape (rows, 6)."""
    kept = row.rollup
    names = (kept.count, kept.sum, kept.mean_weight)
    count, total, weight = (ROLLUPS.c[name] for name in names if name)
    low, high = (
        reduced(ROLLUPS.c[extreme.column]) if extreme else cast(null(), Double)
        for extreme, reduced in ((kept.minimum, func.min), (kept.maximum, func.max))
    )
    sums = (func.sum(count), func.sum(total), func.sum(weight), low, high)
    added = select(EpochUs(ROLLUPS.c.bucket), *sums).where(count > 0).group_by(ROLLUPS.c.bucket)
    spans = rollups_between((cluster,), within_us, edges_us.tolist())
    statement = union_all(*(added.where(rows_of(span)) for span in spans))
    return _table((await session.execute(statement)).all())


async def _from_rows(
    session: AsyncSession, span: Span, row: Measure, grid: Grid, origin_us: int
) -> FloatArray:
    """The same of the readings in a span, by grain of the grid."""
    grain = (EpochUs(_R.timestamp) - origin_us) // grid.grain_us
    value, weighted, weight = _terms(row)
    columns = (
        func.count(value),
        func.sum(case((value.is_not(None), weighted))),
        func.sum(case((value.is_not(None), weight))),
        func.min(value),
        func.max(value),
    )
    statement = overlap(span, (grain, *columns)).where(value.is_not(None)).group_by(grain)
    table = _table((await session.execute(statement)).all())
    table[:, 0] = origin_us + table[:, 0] * grid.grain_us
    return table


def _table(rows: Any) -> FloatArray:
    # Epoch microseconds are below 2^53: exact as floats.
    return np.array([tuple(row) for row in rows], np.float64).reshape(-1, 6)


def _terms(row: Measure) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Of single readings: the value, and the two whose sums make a mean."""
    if not row.rollup.weight:
        return _value(row), _value(row), literal(1.0)
    above, below = (_value(measure(key)) for key in row.derived_from)
    return above / func.nullif(below, 0), above, below


def _value(row: Measure) -> ColumnElement[Any]:
    """A recorded measure in its unit: of its columns the first one that has a value."""
    columns = [_R[column.name] * column.to_unit for column in row.columns]
    return columns[0] if len(columns) == 1 else func.coalesce(*columns)
