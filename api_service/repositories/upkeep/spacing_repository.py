"""The tables `device_spacings` and `device_gaps`: what is known of a device's spacings without a scan."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

import numpy as np
from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import IntArray, distinct
from api_service.metering.spacings import SpacingChange
from api_service.models import DeviceGap, DeviceSpacing
from api_service.repositories.bulk import insert_into, insert_rows, one_of

SPACINGS = cast(Table, DeviceSpacing.__table__)
GAPS = cast(Table, DeviceGap.__table__)


async def load_spacings(
    session: AsyncSession, clusters: Collection[int]
) -> dict[int, tuple[IntArray, IntArray]]:
    """By device, each spacing (microseconds, ascending, to three digits) of its readings, and its number."""
    statement = select(SPACINGS).where(one_of(SPACINGS.c.cluster, clusters)).order_by(*SPACINGS.primary_key)
    rows = (await session.execute(statement)).all()
    if not rows:
        return {}
    cluster, spacings_us, counts = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return {own: (spacings_us[cluster == own], counts[cluster == own]) for own in distinct(cluster)}


async def load_gaps(
    session: AsyncSession, cluster: int, longer_than_us: int, within_us: tuple[int, int] | None = None
) -> IntArray:
    """Start and end of the kept gaps longer than that, ascending; shape (gaps, 2).

    `within_us`: only those that reach into `[start, end)`.
    """
    statement = select(GAPS.c.start_us, GAPS.c.end_us).where(
        GAPS.c.cluster == cluster, GAPS.c.end_us - GAPS.c.start_us > longer_than_us
    )
    if within_us is not None:
        statement = statement.where(GAPS.c.start_us < within_us[1], GAPS.c.end_us > within_us[0])
    rows = (await session.execute(statement.order_by(GAPS.c.start_us))).all()
    return np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)


async def save_changes(
    session: AsyncSession, changes: Mapping[int, SpacingChange], new: Collection[int]
) -> None:
    """Apply changes of devices that this transaction holds; those of `new` have nothing stored yet."""
    counts = [(key, *item) for key, change in changes.items() for item in change.counts.items()]
    await _insert(session, SPACINGS, [row for row in counts if row[0] in new])
    known = [row for row in counts if row[0] not in new]
    if known:
        await _add_counts(session, known)
    for cluster, change in changes.items():
        if len(change.closed_us):
            await _delete_gaps(session, cluster, change.closed_us.tolist())
    opened = [(key, *pair) for key, change in changes.items() for pair in change.opened_us.tolist()]
    await _insert(session, GAPS, opened)


async def drop_short_gaps(session: AsyncSession, cluster: int, floor_us: int) -> None:
    """Forget gaps that are no longer than a raised floor."""
    short = GAPS.c.end_us - GAPS.c.start_us <= floor_us
    await session.execute(delete(GAPS).where(GAPS.c.cluster == cluster, short))


async def replace_gaps(session: AsyncSession, cluster: int, gaps_us: IntArray) -> None:
    """Put these gaps in the place of all that are kept of a device."""
    await session.execute(delete(GAPS).where(GAPS.c.cluster == cluster))
    await _insert(session, GAPS, [(cluster, *pair) for pair in gaps_us.tolist()])


async def forget_spacings(session: AsyncSession, cluster: int) -> None:
    """Forget all that is kept of a device."""
    for table in (SPACINGS, GAPS):
        await session.execute(delete(table).where(table.c.cluster == cluster))


async def _add_counts(session: AsyncSession, rows: Sequence[tuple[int, ...]]) -> None:
    insert = insert_into(session, SPACINGS)
    added = insert.on_conflict_do_update(
        index_elements=list(SPACINGS.primary_key), set_={"n": SPACINGS.c.n + insert.excluded.n}
    )
    await session.execute(added, [dict(zip(SPACINGS.c.keys(), row, strict=True)) for row in rows])
    if any(number < 0 for *_, number in rows):
        clusters = {cluster for cluster, *_ in rows}
        await session.execute(delete(SPACINGS).where(one_of(SPACINGS.c.cluster, clusters), SPACINGS.c.n <= 0))


async def _delete_gaps(session: AsyncSession, cluster: int, starts_us: Sequence[int]) -> None:
    # Some thousand parameters are the most that a statement may have.
    for first in range(0, len(starts_us), 1000):
        part = starts_us[first : first + 1000]
        await session.execute(delete(GAPS).where(GAPS.c.cluster == cluster, GAPS.c.start_us.in_(part)))


async def _insert(session: AsyncSession, table: Table, rows: Sequence[tuple[int, ...]]) -> None:
    if rows:
        columns = dict(zip(table.c.keys(), (list(column) for column in zip(*rows, strict=True)), strict=True))
        await insert_rows(session, table, columns)
