"""Readings outside of limits, looked for only in the hours whose extremes reach out of them."""

from math import isfinite

from sqlalchemy import func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import ReadingBlock
from api_service.metering.measure import Measure
from api_service.metering.power_curve import HOUR_US
from api_service.metering.windows import RollupSpan, Span, neighbouring_hours
from api_service.repositories.bulk import EpochUs
from api_service.repositories.queries.reading_columns import load_columns
from api_service.repositories.rollup_refresh import Ranges
from api_service.repositories.rollup_repository import ROLLUPS, rows_of


async def hours_out_of_limits(
    session: AsyncSession, cluster: int, within_us: tuple[int, int], row: Measure, limits: tuple[float, float]
) -> Ranges:
    """The whole hours in which a measure went below or above its limits, neighbouring ones as one range."""
    start_us, end_us = within_us
    hours = rows_of(RollupSpan("hour", (cluster,), start_us // HOUR_US * HOUR_US, end_us))
    kept, conditions = row.rollup, []
    if isfinite(limits[0]):
        # Without a kept extreme every hour may hold such a reading.
        conditions.append(func.min(ROLLUPS.c[kept.minimum.column]) < limits[0] if kept.minimum else true())
    if isfinite(limits[1]):
        conditions.append(func.max(ROLLUPS.c[kept.maximum.column]) > limits[1] if kept.maximum else true())
    statement = select(EpochUs(ROLLUPS.c.bucket)).where(hours).group_by(ROLLUPS.c.bucket)
    statement = statement.having(or_(*conditions)).order_by(ROLLUPS.c.bucket)
    ranges = neighbouring_hours((await session.execute(statement)).scalars())
    return [(max(begin, start_us), min(end, end_us)) for begin, end in ranges]


async def load_values(
    session: AsyncSession, cluster: int, span_us: tuple[int, int], row: Measure
) -> ReadingBlock:
    """A device's readings in a span, with the columns of one measure only, in order."""
    names = [column.name for column in row.columns]
    block = await load_columns(session, Span((cluster,), *span_us), names, (0, 0), states=False)
    return block.take(block.timestamp_us.argsort(kind="stable"))
