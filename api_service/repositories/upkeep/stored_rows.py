"""What is stored around the readings of a block: the same keys, and each stretch's neighbours.

A device's readings in a block are cut into stretches wherever the block has a hole, so that no more is read
than a few times what was sent, however old and large the device is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import IntArray, ReadingBlock
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.spacings import Sequences
from api_service.metering.windows import Span
from api_service.repositories.bulk import EpochUs
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.reading_spans import READINGS, load_readings, overlap, row_of, rows_of_selects
from api_service.repositories.upkeep.spacing_repository import GAPS

# A hole in a block of more than so many of the device's usual spacings is not read through.
HOLE_PER_MEDIAN, MIN_HOLE_US = 64.0, 60_000_000


@dataclass(frozen=True)
class Around:
    """The stored rows within the stretches of one device, and the sequences of moments around them."""

    rows: ReadingBlock
    known: Sequences


def stretches(device: StoredDevice, moments_us: IntArray) -> list[Span]:
    """Where stored readings may lie between a block's (ascending) moments of a device that has readings."""
    inside = moments_us[(moments_us >= device.first_seen_us) & (moments_us <= device.last_seen_us)]
    if not len(inside):
        return []
    hole_us = max(MIN_HOLE_US, HOLE_PER_MEDIAN * (device.median_period_s or 1.0) * 1e6)
    parts = np.split(inside, np.flatnonzero(np.diff(inside) > hole_us) + 1)
    return [Span((device.cluster,), int(part[0]), int(part[-1]) + 1) for part in parts]


async def load_around(
    session: AsyncSession,
    devices: Mapping[int, StoredDevice],
    spans: Sequence[Span],
    names: Sequence[str],
) -> dict[int, Around]:
    """What is stored within and next to the stretches of these devices; of the rows only these columns."""
    rows = await load_readings(session, [overlap(span, row_of(names)) for span in spans], names)
    order = np.lexsort((rows.timestamp_us, rows.cluster))
    rows = rows.take(order)
    neighbours = await _neighbours(session, devices, spans)
    around = {}
    for cluster, device in devices.items():
        own = rows.take(np.flatnonzero(rows.cluster == cluster))
        powered = own.timestamp_us[~np.isnan(own.measure("real_power_watt"))]
        ends, powered_ends = neighbours.get(cluster, (set(), set()))
        around[cluster] = Around(
            rows=own,
            known=Sequences(
                _merged(own.timestamp_us, ends | {device.first_seen_us, device.last_seen_us}),
                _merged(powered, powered_ends | _power_ends(device)),
            ),
        )
    return around


def _merged(moments_us: IntArray, more: set[int]) -> IntArray:
    return np.union1d(moments_us, np.array(sorted(more), np.int64))


def _power_ends(device: StoredDevice) -> set[int]:
    return {epoch_us(moment) for moment in (device.first_power_at, device.last_power_at) if moment}


async def _neighbours(
    session: AsyncSession, devices: Mapping[int, StoredDevice], spans: Sequence[Span]
) -> dict[int, tuple[set[int], set[int]]]:
    selects = [_ends(span, devices[span.clusters[0]].gap_floor_us) for span in spans]
    found: dict[int, tuple[set[int], set[int]]] = {}
    for cluster, *moments in await rows_of_selects(session, selects):
        ends, powered = found.setdefault(cluster, (set(), set()))
        ends.update(moment for moment in moments[:2] if moment is not None)
        powered.update(moment for moment in moments[2:] if moment is not None)
    return found


def _ends(span: Span, floor_us: int) -> Select[Any]:
    """One row: the device, its readings next to the span, and those with power.

    A neighbour with power lies within the floor of the kept gaps, or at the other end of such a gap: never
    is more than that looked through.
    """
    cluster, first_us, last_us = span.clusters[0], span.start_us, span.end_us - 1
    has_power = READINGS.c.real_power_watt.is_not(None)
    at = READINGS.c.timestamp
    columns: list[ColumnElement[Any]] = [
        literal(cluster),
        _one(cluster, func.max(at), at < from_epoch_us(first_us)),
        _one(cluster, func.min(at), at > from_epoch_us(last_us)),
        _one(
            cluster,
            func.max(at),
            has_power,
            at < from_epoch_us(first_us),
            at >= from_epoch_us(first_us - floor_us),
        ),
        _one(
            cluster,
            func.min(at),
            has_power,
            at > from_epoch_us(last_us),
            at <= from_epoch_us(last_us + floor_us),
        ),
        *_gap_over(cluster, GAPS.c.start_us < first_us),
        *_gap_over(cluster, GAPS.c.start_us <= last_us),
    ]
    return select(*columns)


def _one(cluster: int, moment: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(EpochUs(moment)).where(READINGS.c.cluster == cluster, *conditions).scalar_subquery()


def _gap_over(cluster: int, begins: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    """Both ends of the last kept gap that begins so: gaps never overlap."""
    return [
        select(column)
        .where(GAPS.c.cluster == cluster, begins)
        .order_by(GAPS.c.start_us.desc())
        .limit(1)
        .scalar_subquery()
        for column in (GAPS.c.start_us, GAPS.c.end_us)
    ]
