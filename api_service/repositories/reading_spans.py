"""Raw readings out of the table: spans of some devices, with the readings next to them."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from sqlalchemy import Select, Table, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api_service.metering.blocks import MEASURES, IntArray, ReadingBlock, distinct
from api_service.metering.moments import from_epoch_us
from api_service.metering.windows import Span
from api_service.models import Device, ElectricalData
from api_service.repositories.bulk import EpochUs

READINGS = cast(Table, ElectricalData.__table__)
ROW = (
    EpochUs(READINGS.c.timestamp).label("timestamp_us"),
    READINGS.c.cluster,
    *(READINGS.c[name] for name in MEASURES),
    READINGS.c.device_state,
)
# A compound statement may have 500 terms on SQLite; fewer keep its plan cheap.
MAX_TERMS = 60
ROWS_AT_ONCE = 50_000


def overlap(span: Span, columns: Sequence[Any] = ROW) -> Select[Any]:
    """The readings in a span."""
    return select(*columns).where(
        READINGS.c.cluster.in_(span.clusters),
        READINGS.c.timestamp >= from_epoch_us(span.start_us),
        READINGS.c.timestamp < from_epoch_us(span.end_us),
    )


def power_before(span: Span, reach_us: int) -> Select[Any]:
    """Each device's last reading with power before the span, at most `reach_us` before."""
    return _one_each(span.clusters, span.start_us - reach_us, span.start_us, newest=True)


def power_after(span: Span, reach_us: int) -> Select[Any]:
    """Each device's first reading with power from the span's end on, at most `reach_us` after."""
    return _one_each(span.clusters, span.end_us, span.end_us + reach_us + 1, newest=False)


def with_neighbours(span: Span, reach_us: int) -> list[Select[Any]]:
    """The readings in a span and all that bears on the power curve within it."""
    return [overlap(span), power_before(span, reach_us), power_after(span, reach_us)]


def _one_each(clusters: Sequence[int], start_us: int, end_us: int, *, newest: bool) -> Select[Any]:
    other = aliased(ElectricalData)
    best = (
        select(other.id)
        .where(
            other.cluster == Device.cluster,
            other.timestamp >= from_epoch_us(start_us),
            other.timestamp < from_epoch_us(end_us),
            other.real_power_watt.is_not(None),
        )
        .order_by(other.timestamp.desc() if newest else other.timestamp)
        .limit(1)
        .correlate(Device)
        .scalar_subquery()
    )
    return (
        select(*ROW)
        .select_from(Device)
        .join(READINGS, READINGS.c.id == best)
        .where(Device.cluster.in_(clusters))
    )


async def load_readings(session: AsyncSession, selects: Sequence[Select[Any]]) -> ReadingBlock:
    """The rows of selects over `ROW`, in no order, as one block."""
    rows = await _rows(session, selects)
    columns = list(zip(*rows, strict=True)) or [()] * len(ROW)
    return ReadingBlock(
        timestamp_us=np.array(columns[0], np.int64),
        cluster=np.array(columns[1], np.int64),
        values={
            name: np.array(column, np.float64) for name, column in zip(MEASURES, columns[2:-1], strict=True)
        },
        device_state=columns[-1],
    )


async def load_keys(session: AsyncSession, spans: Sequence[Span]) -> tuple[IntArray, IntArray]:
    """Cluster and moment of every stored reading in the spans."""
    rows = await _rows(session, [overlap(span, (ROW[1], ROW[0])) for span in spans])
    clusters, moments_us = zip(*rows, strict=True) if rows else ((), ())
    return np.array(clusters, np.int64), np.array(moments_us, np.int64)


async def load_spacings(
    session: AsyncSession, clusters: Sequence[int]
) -> dict[int, tuple[IntArray, IntArray]]:
    """By device, each spacing (microseconds, ascending) of neighbouring readings, and its number.

    Counted by the database over its index: a device that is read regularly has very few. A device with fewer
    than two readings has none and is left out.
    """
    earlier = func.lag(READINGS.c.timestamp).over(
        partition_by=READINGS.c.cluster, order_by=READINGS.c.timestamp
    )
    pairs = (
        select(READINGS.c.cluster, READINGS.c.timestamp, earlier.label("earlier"))
        .where(READINGS.c.cluster.in_(clusters))
        .subquery()
    )
    spacing = EpochUs(pairs.c.timestamp) - EpochUs(pairs.c.earlier)
    statement = (
        select(pairs.c.cluster, spacing, func.count())
        .where(pairs.c.earlier.is_not(None))
        .group_by(pairs.c.cluster, spacing)
        .order_by(pairs.c.cluster, spacing)
    )
    rows = (await session.execute(statement)).all()
    if not rows:
        return {}
    cluster, spacings_us, counts = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return {own: (spacings_us[cluster == own], counts[cluster == own]) for own in distinct(cluster)}


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


async def _rows(session: AsyncSession, selects: Sequence[Select[Any]]) -> list[Any]:
    rows: list[Any] = []
    for first in range(0, len(selects), MAX_TERMS):
        terms = selects[first : first + MAX_TERMS]
        statement = terms[0] if len(terms) == 1 else union_all(*terms)
        rows.extend((await session.execute(statement)).all())
    return rows
