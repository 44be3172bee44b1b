"""Runs of one state of a device, found by the database."""

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.windows import Span
from api_service.repositories.bulk import EpochUs
from api_service.repositories.reading_spans import READINGS, within


async def state_changes(
    session: AsyncSession, cluster: int, within_us: tuple[int, int], most: int
) -> list[tuple[int, str | None]]:
    """When a device's state changed within a span, and to what, first reading included; at most `most`."""
    c = READINGS.c
    before = func.lag(c.device_state).over(order_by=c.timestamp)
    number = func.row_number().over(order_by=c.timestamp)
    rows = (
        select(EpochUs(c.timestamp).label("at"), c.device_state, before.label("before"), number.label("n"))
        .where(*within(Span((cluster,), *within_us)))
        .subquery()
    )
    changed: Any = rows.c.device_state.is_distinct_from(rows.c.before)
    statement = select(rows.c.at, rows.c.device_state).where(or_(changed, rows.c.n == 1))
    found = (await session.execute(statement.order_by(rows.c.at).limit(most))).all()
    return [(int(at), state) for at, state in found]
