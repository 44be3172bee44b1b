"""Rollups added up in the database by device and a grain of local time, only the columns that are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.analysis.local_time import LocalClock
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.measure import Extreme, Measure
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import HOUR_US
from api_service.metering.windows import RollupSpan
from api_service.repositories.bulk import EpochUs
from api_service.repositories.rollup_repository import ROLLUPS, life_of, rows_of

HOURS_PER_DAY = 24


class Grain(StrEnum):
    """What rows are added up by: nothing, the UTC hour, the local hour of the day, the local day."""

    ALL = "all"
    HOUR = "hour"
    HOUR_OF_DAY = "hour_of_day"
    DAY = "day"


@dataclass(frozen=True)
class GrainRequest:
    """Which rows, how grouped.

    `states`: only readings in these recorded states count (None: all); the record's length counts all.
    `week_hours`: only local hours `weekday * 24 + hour` of these (None: all). `clock` must be of whole hours
    unless the grain is ALL without `week_hours`.
    """

    spans: tuple[RollupSpan, ...]
    measure: Measure
    clock: LocalClock
    grain: Grain
    states: frozenset[str] | None = None
    week_hours: frozenset[int] | None = None


@dataclass(frozen=True)
class GrainedRows:
    """Added-up rollups: `grain` is 0, the UTC hour's epoch microseconds, the hour of the day or local day."""

    cluster: IntArray
    grain: IntArray
    values: dict[str, FloatArray]


COLUMNS = ("n", "count", "total", "weight", "low", "high", "energy_wh", "covered_s", "record_s")


async def load_grained(session: AsyncSession, request: GrainRequest) -> GrainedRows:
    """The rows of all spans; a (cluster, grain) may come once for each span."""
    selects = [_select(request, span) for span in request.spans]
    rows: Sequence[Any] = ()
    if selects:
        statement = selects[0] if len(selects) == 1 else union_all(*selects)
        rows = (await session.execute(statement)).all()
    columns = np.array([tuple(row) for row in rows], np.float64).reshape(len(rows), 2 + len(COLUMNS)).T
    return GrainedRows(
        cluster=columns[0].astype(np.int64),
        grain=columns[1].astype(np.int64) * (HOUR_US if request.grain is Grain.HOUR else 1),
        values=dict(zip(COLUMNS, columns[2:], strict=True)),
    )


def _select(request: GrainRequest, span: RollupSpan) -> Select[Any]:
    local_hour = _local_hour(request.clock)
    grain: ColumnElement[Any] = {
        Grain.ALL: literal(0),
        Grain.HOUR: EpochUs(ROLLUPS.c.bucket) // HOUR_US,
        Grain.HOUR_OF_DAY: local_hour % HOURS_PER_DAY,
        Grain.DAY: local_hour // HOURS_PER_DAY,
    }[request.grain]
    statement = select(ROLLUPS.c.cluster, grain.label("grain"), *_sums(request)).where(rows_of(span))
    if request.week_hours is not None:
        week_hour = (local_hour + 3 * HOURS_PER_DAY) % (7 * HOURS_PER_DAY)
        statement = statement.where(week_hour.in_(sorted(request.week_hours)))
    groups = ["grain"] if request.grain is not Grain.ALL else []
    return statement.group_by(ROLLUPS.c.cluster, *groups)


def _local_hour(clock: LocalClock) -> ColumnElement[Any]:
    """Hours since 1970-01-01 00:00 on the wall clock; for buckets after that."""
    offsets_h = (clock.offsets_us // HOUR_US).tolist()
    offset: ColumnElement[Any] = literal(offsets_h[-1])
    if len(offsets_h) > 1:
        changes = zip(clock.starts_us[1:].tolist(), offsets_h[:-1], strict=True)
        steps = [(ROLLUPS.c.bucket < from_epoch_us(change), hours) for change, hours in changes]
        offset = case(*steps, else_=offsets_h[-1])
    return EpochUs(ROLLUPS.c.bucket) // HOUR_US + offset


def _sums(request: GrainRequest) -> list[ColumnElement[Any]]:
    kept = request.measure.rollup
    names = {
        "count": kept.count,
        "total": kept.sum,
        "weight": kept.mean_weight,
        "low": kept.minimum.column if kept.minimum else None,
        "high": kept.maximum.column if kept.maximum else None,
        "n": "n",
        "energy_wh": "energy_wh" if "power" in (request.measure.key, *request.measure.derived_from) else None,
        "covered_s": "covered_s",
    }
    if request.measure.key == "cost":
        names["energy_wh"] = "energy_wh"
    sums = []
    for name in COLUMNS[:-1]:
        column = names[name]
        value = literal(None) if column is None else _reduced(name, _counted(request, ROLLUPS.c[column]))
        sums.append(value.label(name))
    return [*sums, func.sum(ROLLUPS.c.covered_s).label("record_s")]


def _reduced(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if name == "low":
        return func.min(column)
    return func.max(column) if name == "high" else func.sum(column)


def _counted(request: GrainRequest, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if request.states is None:
        return column
    return case((ROLLUPS.c.device_state.in_(sorted(request.states)), column))


async def largest_powers_w(session: AsyncSession, clusters: Sequence[int]) -> dict[int, float]:
    """The largest |P| on record of each of these devices that has any power."""
    low, high = func.min(ROLLUPS.c.power_min_w), func.max(ROLLUPS.c.power_max_w)
    statement = select(ROLLUPS.c.cluster, low, high).where(rows_of(life_of(clusters)))
    rows = (await session.execute(statement.group_by(ROLLUPS.c.cluster))).all()
    return {
        cluster: max(abs(least), abs(most))
        for cluster, least, most in rows
        if least is not None and most is not None
    }


async def hours_reaching(
    session: AsyncSession, span: RollupSpan, extreme: Extreme | None, value: float
) -> list[int]:
    """The hours (epoch microseconds, ascending) in which a minimum or maximum has this very value."""
    if extreme is None:
        return []
    bucket = EpochUs(ROLLUPS.c.bucket)
    statement = select(bucket).where(rows_of(span), ROLLUPS.c[extreme.column] == value).distinct()
    return sorted((await session.scalars(statement)).all())
