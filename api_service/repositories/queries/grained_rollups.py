"""Rollups added up in the database by device and a grain of local time, only the columns that are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.analysis.calendar.local_time import LocalClock
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
    """Which rows, how grouped, and which sums.

    `columns` names those of `COLUMNS` that are needed. `states`: only readings in these recorded states count
    (None: all); the record's length counts all. `week_hours`: only local hours `weekday * 24 + hour` of these
    (None: all). `clock` must be of whole hours unless the grain is ALL without `week_hours`. Without
    `by_device` all devices' rows are added up, and the cluster is 0.
    """

    spans: tuple[RollupSpan, ...]
    measure: Measure
    columns: frozenset[str]
    clock: LocalClock
    grain: Grain
    states: frozenset[str] | None = None
    week_hours: frozenset[int] | None = None
    by_device: bool = True


@dataclass(frozen=True)
class GrainedRows:
    """Added-up rollups: `grain` is 0, the UTC hour's epoch microseconds, the hour of the day or local day.

    `values` holds every one of `COLUMNS`, NaN where it was not asked for or nothing was read.
    """

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
    names = [name for name in COLUMNS if name in request.columns]
    columns = list(zip(*rows, strict=True)) or [()] * (2 + len(names))
    found = {name: np.array(column, np.float64) for name, column in zip(names, columns[2:], strict=True)}
    grain = np.array(columns[1], np.int64) * (HOUR_US if request.grain is Grain.HOUR else 1)
    nothing = np.full(len(rows), np.nan)
    return GrainedRows(
        cluster=np.array(columns[0], np.int64),
        grain=grain,
        values={name: found.get(name, nothing) for name in COLUMNS},
    )


def _select(request: GrainRequest, span: RollupSpan) -> Select[Any]:
    cluster = ROLLUPS.c.cluster if request.by_device else literal(0)
    grain = _grain(request).label("grain")
    statement = select(cluster.label("device"), grain, *_sums(request)).where(rows_of(span))
    if request.week_hours is not None:
        week_hour = (_local_hour(request.clock) + 3 * HOURS_PER_DAY) % (7 * HOURS_PER_DAY)
        statement = statement.where(week_hour.in_(sorted(request.week_hours)))
    groups = ["device"] if request.by_device else []
    if request.grain is not Grain.ALL:
        groups.append("grain")
    # Without groups SQL makes one row of nothing; there must be none.
    return statement.group_by(*groups) if groups else statement.having(func.count() > 0)


def _grain(request: GrainRequest) -> ColumnElement[Any]:
    if request.grain is Grain.ALL:
        return literal(0)
    if request.grain is Grain.HOUR:
        return EpochUs(ROLLUPS.c.bucket) // HOUR_US
    local_hour = _local_hour(request.clock)
    return local_hour % HOURS_PER_DAY if request.grain is Grain.HOUR_OF_DAY else local_hour // HOURS_PER_DAY


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
        "n": "n",
        "count": kept.count,
        "total": kept.sum,
        "weight": kept.mean_weight,
        "low": kept.minimum.column if kept.minimum else None,
        "high": kept.maximum.column if kept.maximum else None,
        "energy_wh": "energy_wh",
        "covered_s": "covered_s",
        "record_s": "covered_s",
    }
    sums: list[ColumnElement[Any]] = []
    for name in COLUMNS:
        column = names[name]
        if name not in request.columns:
            continue
        if column is None:
            sums.append(literal(None).label(name))
        elif name == "record_s":
            sums.append(func.sum(ROLLUPS.c[column]).label(name))
        else:
            sums.append(_reduced(name, _counted(request, ROLLUPS.c[column])).label(name))
    return sums


def _reduced(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if name == "low":
        return func.min(column)
    return func.max(column) if name == "high" else func.sum(column)


def _counted(request: GrainRequest, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if request.states is None:
        return column
    return case((ROLLUPS.c.device_state.in_(sorted(request.states)), column))


@dataclass(frozen=True)
class DeviceLife:
    """What rollups say of a device's whole record: its states (without none), its largest |P| (0: none)."""

    states: tuple[str, ...]
    largest_w: float


async def device_lives(session: AsyncSession, clusters: Sequence[int]) -> dict[int, DeviceLife]:
    """The record of each of these devices."""
    columns = (ROLLUPS.c.cluster, ROLLUPS.c.device_state, ROLLUPS.c.power_min_w, ROLLUPS.c.power_max_w)
    statement = select(*columns).where(rows_of(life_of(clusters)), ROLLUPS.c.n > 0)
    states: dict[int, list[str]] = {}
    largest_w: dict[int, float] = {}
    for cluster, state, low, high in (await session.execute(statement)).all():
        states.setdefault(cluster, []).append(state)
        if low is not None:
            largest_w[cluster] = max(largest_w.get(cluster, 0.0), abs(low), abs(high))
    return {
        cluster: DeviceLife(tuple(sorted(state for state in own if state)), largest_w.get(cluster, 0.0))
        for cluster, own in states.items()
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
