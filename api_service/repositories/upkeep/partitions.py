"""The months of `electrical_data`, which are partitions on PostgreSQL and nothing at all on SQLite."""

import numpy as np
from sqlalchemy import ARRAY, DateTime, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import IntArray, distinct
from api_service.metering.moments import from_epoch_us
from api_service.repositories.bulk import is_sqlite

# Made by the migration: what creates a partition belongs to the schema.
_MAKE_MONTHS = select(
    func.electrical_data_make_months(bindparam("moments", type_=ARRAY(DateTime(timezone=True))))
)


async def make_months(session: AsyncSession, moments_us: IntArray) -> None:
    """Make the partitions in which readings of these moments will lie, where they are missing.

    No month that is there goes away before the end of the caller's transaction.
    """
    if is_sqlite(session):
        return
    months = (moments_us.astype("datetime64[us]")).astype("datetime64[M]")
    firsts_us = distinct(np.unique(months).astype("datetime64[us]").astype(np.int64))
    await session.execute(_MAKE_MONTHS, {"moments": [from_epoch_us(first) for first in firsts_us]})
