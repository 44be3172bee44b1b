"""Raw readings out of the table: spans of some devices, with the readings next to them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, Table, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import MEASURES, IntArray, ReadingBlock
from api_service.metering.moments import from_epoch_us
from api_service.metering.windows import Span
from api_service.models import Device, ElectricalData
from api_service.repositories.bulk import EpochUs, one_of

READINGS = cast(Table, ElectricalData.__table__)
_DEVICES = cast(Table, Device.__table__)
_OTHERS = READINGS.alias()


def row_of(names: Sequence[str]) -> tuple[ColumnElement[Any], ...]:
    """Key, these measured columns, and state, as `load_readings` takes them."""
    return _row_of(tuple(names))


@lru_cache(maxsize=256)
def _row_of(names: tuple[str, ...]) -> tuple[ColumnElement[Any], ...]:
    return (
        EpochUs(READINGS.c.timestamp).label("timestamp_us"),
        READINGS.c.cluster,
        *(READINGS.c[name] for name in names),
        READINGS.c.device_state,
    )


ROW = row_of(MEASURES)
# A compound statement may have 500 terms on SQLite; fewer keep its plan cheap.
MAX_TERMS = 60
ROWS_AT_ONCE = 50_000


def within(span: Span) -> list[ColumnElement[bool]]:
    """Which rows of the table lie in a span."""
    return [
        one_of(READINGS.c.cluster, span.clusters),
        READINGS.c.timestamp >= from_epoch_us(span.start_us),
        READINGS.c.timestamp < from_epoch_us(span.end_us),
    ]


def overlap(span: Span, columns: Sequence[Any] = ROW) -> Select[Any]:
    """The readings in a span."""
    return _of_readings(tuple(columns)).where(*within(span))


def power_before(span: Span, reach_us: int, columns: Sequence[Any] = ROW) -> Select[Any]:
    """Each device's last reading with power before the span, at most `reach_us` before."""
    before = Span(span.clusters, span.start_us - reach_us, span.start_us)
    return _one_each(before, columns, newest=True)


def power_after(span: Span, reach_us: int, columns: Sequence[Any] = ROW) -> Select[Any]:
    """Each device's first reading with power from the span's end on, at most `reach_us` after."""
    after = Span(span.clusters, span.end_us, span.end_us + reach_us + 1)
    return _one_each(after, columns, newest=False)


def with_neighbours(span: Span, reach_us: int, columns: Sequence[Any] = ROW) -> list[Select[Any]]:
    """The readings in a span and all that bears on the power curve within it."""
    around = (power_before(span, reach_us, columns), power_after(span, reach_us, columns))
    return [overlap(span, columns), *around]


def _one_each(span: Span, columns: Sequence[Any], *, newest: bool) -> Select[Any]:
    start, end = from_epoch_us(span.start_us), from_epoch_us(span.end_us)
    moment = _OTHERS.c.timestamp
    best = _BEST[newest].where(moment >= start, moment < end).scalar_subquery()
    # The bounds, said again, leave PostgreSQL only the months in which such readings may lie.
    return _of_devices(tuple(columns)).where(
        READINGS.c.timestamp == best,
        one_of(_DEVICES.c.cluster, span.clusters),
        READINGS.c.timestamp >= start,
        READINGS.c.timestamp < end,
    )


# Statements are put together once as far as they are the same: that costs more than to execute them.
_WITH_POWER = (
    select(_OTHERS.c.timestamp)
    .where(_OTHERS.c.cluster == _DEVICES.c.cluster, _OTHERS.c.real_power_watt.is_not(None))
    .limit(1)
    .correlate(_DEVICES)
)
_BEST = {
    True: _WITH_POWER.order_by(_OTHERS.c.timestamp.desc()),
    False: _WITH_POWER.order_by(_OTHERS.c.timestamp),
}


@lru_cache(maxsize=256)
def _of_readings(columns: tuple[Any, ...]) -> Select[Any]:
    return select(*columns)


@lru_cache(maxsize=256)
def _of_devices(columns: tuple[Any, ...]) -> Select[Any]:
    joined = _DEVICES.join(READINGS, READINGS.c.cluster == _DEVICES.c.cluster)
    return select(*columns).select_from(joined)


async def load_readings(
    session: AsyncSession, selects: Sequence[Select[Any]], names: Sequence[str] = MEASURES
) -> ReadingBlock:
    """The rows of selects over `row_of(names)`, in no order, as one block."""
    rows = await rows_of_selects(session, selects)
    columns = list(zip(*rows, strict=True)) or [()] * (len(names) + 3)
    return ReadingBlock(
        timestamp_us=np.array(columns[0], np.int64),
        cluster=np.array(columns[1], np.int64),
        values={
            name: np.array(column, np.float64) for name, column in zip(names, columns[2:-1], strict=True)
        },
        device_state=columns[-1],
    )


async def load_powered_moments(session: AsyncSession, cluster: int) -> IntArray:
    """The moments of all readings with power of one device, ascending."""
    statement = (
        select(ROW[0])
        .where(READINGS.c.cluster == cluster, READINGS.c.real_power_watt.is_not(None))
        .order_by(READINGS.c.timestamp)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    result = await session.stream_scalars(statement)
    parts = [np.array(part, np.int64) async for part in result.partitions()]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


async def rows_of_selects(session: AsyncSession, selects: Sequence[Select[Any]]) -> list[Any]:
    """The rows of all selects, which have the same columns."""
    rows: list[Any] = []
    for first in range(0, len(selects), MAX_TERMS):
        terms = selects[first : first + MAX_TERMS]
        statement = terms[0] if len(terms) == 1 else union_all(*terms)
        rows.extend((await session.execute(statement)).all())
    return rows
