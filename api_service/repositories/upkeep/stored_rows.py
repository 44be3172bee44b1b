"""What is stored around the readings of a block: the same keys, and each stretch's neighbours.

A device's readings in a block are cut into stretches wherever the block has a hole, so that no more is read
than a few times what was sent, however old and large the device is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import IntArray, ReadingBlock
from api_service.metering.moments import epoch_us
from api_service.metering.spacings import Sequences
from api_service.metering.windows import Span
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.upkeep.neighbours import Ends, load_neighbours
from api_service.repositories.upkeep.stretch_rows import load_stretches

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
    rows = await load_stretches(session, spans, names)
    neighbours = await load_neighbours(session, devices, spans)
    return await asyncio.to_thread(_around, rows, neighbours, devices)


def _around(
    rows: ReadingBlock, neighbours: Mapping[int, Ends], devices: Mapping[int, StoredDevice]
) -> dict[int, Around]:
    rows = rows.take(np.lexsort((rows.timestamp_us, rows.cluster)))
    around = {}
    for cluster, device in devices.items():
        own = rows.take(np.arange(*np.searchsorted(rows.cluster, (cluster, cluster + 1))))
        powered = own.timestamp_us[~np.isnan(own.measure("real_power_watt"))]
        ends, powered_ends = neighbours.get(cluster, (set(), set()))
        ends = ends | powered_ends  # a gap's end is known even where its reading was dropped
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
