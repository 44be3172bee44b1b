"""Two devices made one: the readings of one are written again as the other's, and it is forgotten."""

from dataclasses import replace

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import MEASURES, ConflictRule, IntArray, ReadingBlock, WriteOptions
from api_service.metering.moments import from_epoch_us
from api_service.models import DeviceSource
from api_service.repositories.bulk import EpochUs
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.reading_spans import READINGS
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.repositories.upkeep.deletion import delete_device

ROWS_AT_ONCE = 20_000
_C = READINGS.c
_PAGE = (
    select(EpochUs(_C.timestamp), _C.import_number, *(_C[name] for name in MEASURES), _C.device_state)
    .order_by(_C.timestamp)
    .limit(ROWS_AT_ONCE)
)


async def merge_devices(
    session: AsyncSession, source: StoredDevice, target: int, rule: ConflictRule
) -> tuple[int, int]:
    """Give a device's readings to another one, both held by this transaction, and forget it.

    Where both have a reading of one moment, the rule says which values stay. Returns the number of readings
    that moved and of those whose moment was taken. Files that name the source mean the target from then on.
    """
    moved = taken = 0
    after_us = source.first_seen_us - 1
    while (page := await _page(session, source.cluster, after_us)) is not None:
        block, numbers = page
        after_us = int(block.timestamp_us[-1])
        for number in np.unique(numbers).tolist():
            own = replace(block, cluster=np.full(len(block), target)).take(np.flatnonzero(numbers == number))
            result = await write_readings(session, own, WriteOptions(rule, number or None))
            moved, taken = moved + result.accepted, taken + len(result.duplicates)
    await delete_device(session, source.cluster)
    names = update(DeviceSource).where(DeviceSource.cluster == source.cluster)
    await session.execute(names.values(cluster=target))
    await refresh_periods(session, [target])
    return moved, taken


async def _page(session: AsyncSession, cluster: int, after_us: int) -> tuple[ReadingBlock, IntArray] | None:
    """A device's next readings in order, and the numbers of their imports (0: sent live)."""
    own = _PAGE.where(_C.cluster == cluster, _C.timestamp > from_epoch_us(after_us))
    rows = (await session.execute(own)).all()
    if not rows:
        return None
    moments, numbers, *values, states = zip(*rows, strict=True)
    block = ReadingBlock(
        timestamp_us=np.array(moments, np.int64),
        cluster=np.full(len(rows), cluster),
        values={name: np.array(column, np.float64) for name, column in zip(MEASURES, values, strict=True)},
        device_state=states,
    )
    return block, np.array([number or 0 for number in numbers], np.int64)
