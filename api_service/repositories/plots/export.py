"""Readings in the order of device and time, a page at a time: what an export sends."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import MEASURES
from api_service.metering.moments import from_epoch_us
from api_service.repositories.bulk import EpochUs
from api_service.repositories.reading_spans import READINGS

ROWS_PER_PAGE = 20_000
COLUMNS = ("timestamp", "cluster", *MEASURES, "device_state")

_C = READINGS.c
_PAGE = (
    select(EpochUs(_C.timestamp), _C.cluster, *(_C[name] for name in MEASURES), _C.device_state)
    .order_by(_C.cluster, _C.timestamp)
    .limit(ROWS_PER_PAGE)
)


async def page(session: AsyncSession, cluster: int, after_us: int, end_us: int) -> list[Any]:
    """A device's next rows of `COLUMNS` (moments in epoch microseconds) after a moment, before `end_us`."""
    own = _PAGE.where(
        _C.cluster == cluster, _C.timestamp > from_epoch_us(after_us), _C.timestamp < from_epoch_us(end_us)
    )
    return list((await session.execute(own)).all())
