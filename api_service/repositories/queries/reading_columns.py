"""Some columns of raw readings, with the readings next to a span."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api_service.metering.blocks import MEASURES, ReadingBlock, joined
from api_service.metering.moments import from_epoch_us
from api_service.metering.windows import Span
from api_service.models import Device, ElectricalData
from api_service.repositories.bulk import EpochUs, one_of
from api_service.repositories.device_repository import DEVICES
from api_service.repositories.reading_spans import (
    READINGS,
    ROW,
    load_readings,
    overlap,
    power_after,
    power_before,
)
from api_service.repositories.rollup_repository import ROLLUPS


async def load_columns(
    session: AsyncSession, span: Span, names: Collection[str], reach_us: tuple[int, int], *, states: bool
) -> ReadingBlock:
    """The readings of a span with the columns `names`, and each device's neighbours of the span.

    A neighbour is the last reading with power before the span, at most `reach_us[0]` before, and the first
    one from its end on, at most `reach_us[1]` after. `states`: read states too (else they are None).
    """
    before_us, after_us = reach_us
    own = [name for name in MEASURES if name in names]
    columns = [EpochUs(READINGS.c.timestamp), READINGS.c.cluster, *(READINGS.c[name] for name in own)]
    if states:
        columns.append(READINGS.c.device_state)
    rows = (await session.execute(overlap(span, columns))).all()
    inner = _block(rows, own, states=states)
    around = await load_readings(session, [power_before(span, before_us), power_after(span, after_us)])
    return joined(inner, around)


async def newest_with(session: AsyncSession, clusters: Sequence[int], column: str) -> ReadingBlock:
    """Each device's newest reading that carries `column`."""
    other = aliased(ElectricalData)
    newest = (
        select(other.timestamp)
        .where(other.cluster == Device.cluster, getattr(other, column).is_not(None))
        .order_by(other.timestamp.desc())
        .limit(1)
        .correlate(Device)
        .scalar_subquery()
    )
    is_newest = and_(READINGS.c.cluster == Device.cluster, READINGS.c.timestamp == newest)
    rows = select(*ROW).select_from(Device).join(READINGS, is_newest)
    return await load_readings(session, [rows.where(one_of(DEVICES.c.cluster, clusters))])


async def device_groups(session: AsyncSession) -> dict[int, tuple[tuple[str, ...], str | None]]:
    """The groups and the role of every device."""
    rows = (await session.execute(select(Device.cluster, Device.groups, Device.role))).all()
    return {cluster: (tuple(groups or ()), role) for cluster, groups, role in rows}


def _block(rows: Sequence[Any], names: Sequence[str], *, states: bool) -> ReadingBlock:
    columns = list(zip(*rows, strict=True)) or [()] * (2 + len(names) + states)
    return ReadingBlock(
        timestamp_us=np.array(columns[0], np.int64),
        cluster=np.array(columns[1], np.int64),
        values={name: np.array(columns[2 + at], np.float64) for at, name in enumerate(names)},
        device_state=columns[-1] if states else [None] * len(rows),
    )


async def first_and_last(
    session: AsyncSession, clusters: Sequence[int], within_us: tuple[int, int]
) -> dict[int, tuple[int, int]]:
    """The first and last moment (epoch microseconds) of readings in `[start, end)`, of devices with any."""
    moment = READINGS.c.timestamp
    found = await _dropped_ends(session, clusters, within_us)
    for cluster in clusters:  # one by one each is two steps down an index
        span = overlap(Span((cluster,), *within_us), (EpochUs(func.min(moment)), EpochUs(func.max(moment))))
        first, last = (await session.execute(span)).one()
        if first is not None:
            earlier, later = found.get(cluster, (int(first), int(last)))
            found[cluster] = (min(earlier, int(first)), max(later, int(last)))
    return found


async def _dropped_ends(
    session: AsyncSession, clusters: Sequence[int], within_us: tuple[int, int]
) -> dict[int, tuple[int, int]]:
    """The same of readings that were dropped, as their hours know it; not further out than the span."""
    c = ROLLUPS.c
    statement = (
        select(c.cluster, EpochUs(func.min(c.first_at)), EpochUs(func.max(c.last_at)))
        .join(Device, Device.cluster == c.cluster)
        .where(c.resolution == "hour", one_of(c.cluster, clusters), c.n > 0, c.bucket < Device.readings_from)
        .where(c.last_at >= from_epoch_us(within_us[0]), c.first_at < from_epoch_us(within_us[1]))
        .group_by(c.cluster)
    )
    return {
        cluster: (max(first, within_us[0]), min(last, within_us[1] - 1))
        for cluster, first, last in (await session.execute(statement)).all()
    }
