"""Readings taken out again: of a span, an import, a device; all that is kept beside them stays exact."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from sqlalchemy import ColumnElement, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import IntArray
from api_service.metering.devices.retention import require_readings
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.power_curve import HOUR_US
from api_service.metering.spacings import Sequences, spacing_change
from api_service.metering.windows import Span
from api_service.models import ImportSpan
from api_service.repositories.bulk import EpochUs, insert_into, is_sqlite
from api_service.repositories.device_repository import (
    DEVICES,
    StoredDevice,
    lock_devices,
    save_devices,
    with_newest,
)
from api_service.repositories.reading_spans import READINGS, load_readings, overlap, within
from api_service.repositories.rollup_refresh import (
    chunks,
    hour_ranges,
    rebuild_hours,
    refresh_periods,
)
from api_service.repositories.rollup_repository import ROLLUPS
from api_service.repositories.upkeep.block_parts import POWER
from api_service.repositories.upkeep.dropping import last_reading_at
from api_service.repositories.upkeep.spacing_repository import forget_spacings, save_changes
from api_service.repositories.upkeep.stored_rows import load_around

IMPORT_SPANS = cast(Table, ImportSpan.__table__)


async def delete_device(session: AsyncSession, cluster: int) -> int:
    """Forget a device with all its readings; the number of these. The caller's transaction holds it."""
    result = await session.execute(delete(READINGS).where(READINGS.c.cluster == cluster))
    for table in (ROLLUPS, IMPORT_SPANS, DEVICES):
        await session.execute(delete(table).where(table.c.cluster == cluster))
    await forget_spacings(session, cluster)
    return int(result.rowcount)  # type: ignore[attr-defined]  # of a cursor's result


async def delete_span(
    session: AsyncSession, cluster: int, start_us: int, end_us: int, import_number: int | None = None
) -> int:
    """Take out a device's readings in `[start_us, end_us)` (of one import, if given); the number of them.

    A device that has no readings left is forgotten. Raises `NotKept` where single readings were dropped.
    """
    held = await lock_devices(session, [cluster])
    if cluster not in held:
        return 0
    device = held[cluster]
    require_readings([device], start_us, end_us, "delete what is newer, or the whole device")
    start_us = max(start_us, device.first_seen_us)
    end_us = min(end_us, device.last_seen_us + 1)
    removed = 0
    whole_hours = (start_us // HOUR_US * HOUR_US, end_us)
    for first_us, last_us in chunks([whole_hours] if start_us < end_us else [], device.median_period_s):
        span = Span((cluster,), max(first_us, start_us), min(last_us, end_us))
        left, number = await _take_out(session, device, span, import_number)
        removed += number
        if left is None:
            return removed
        device = left
    if removed:
        await refresh_periods(session, [cluster])
    return removed


async def undo_import(session: AsyncSession, import_number: int) -> int:
    """Take out what an import stored, in order of device; the number of readings.

    Readings of others that it replaced or filled keep their new values: the old ones are not kept. Raises
    `NotKept`, with nothing taken out by the caller's transaction, where single readings of it were dropped.
    """
    statement = select(IMPORT_SPANS).where(IMPORT_SPANS.c.import_number == import_number)
    removed = 0
    for row in (await session.execute(statement.order_by(IMPORT_SPANS.c.cluster))).all():
        removed += await delete_span(session, row.cluster, row.first_us, row.last_us + 1, import_number)
    await session.execute(delete(IMPORT_SPANS).where(IMPORT_SPANS.c.import_number == import_number))
    return removed


async def record_import(
    session: AsyncSession, import_number: int, moments_us: Mapping[int, IntArray]
) -> None:
    """Remember where an import has stored readings: ascending moments by device."""
    rows = [
        {
            "import_number": import_number,
            "cluster": cluster,
            "first_us": int(moments[0]),
            "last_us": int(moments[-1]),
        }
        for cluster, moments in moments_us.items()
        if len(moments)
    ]
    if not rows:
        return
    least, most = (func.min, func.max) if is_sqlite(session) else (func.least, func.greatest)
    insert = insert_into(session, IMPORT_SPANS)
    first, last = IMPORT_SPANS.c.first_us, IMPORT_SPANS.c.last_us
    widened = insert.on_conflict_do_update(
        index_elements=list(IMPORT_SPANS.primary_key),
        set_={
            "first_us": least(first, insert.excluded.first_us),
            "last_us": most(last, insert.excluded.last_us),
        },
    )
    await session.execute(widened, rows)


async def _take_out(
    session: AsyncSession, device: StoredDevice, span: Span, import_number: int | None
) -> tuple[StoredDevice | None, int]:
    """One piece of a span; the device as it is then, None if nothing of it is left."""
    around = (await load_around(session, {device.cluster: device}, [span], [POWER]))[device.cluster]
    gone_us = await _moments(session, span, import_number)
    if not len(gone_us):
        return device, 0
    known = around.known
    after = Sequences(np.setdiff1d(known.all_us, gone_us), np.setdiff1d(known.powered_us, gone_us))
    if not len(after.all_us):
        await delete_device(session, device.cluster)
        return None, len(gone_us)
    await session.execute(delete(READINGS).where(*_rows(span, import_number)))
    change = spacing_change(known, after, device.gap_floor_us)
    await save_changes(session, {device.cluster: change}, ())
    left = await _with_ends(session, device, after)
    await save_devices(session, [left])
    reach_us = device.largest_gap_us
    await rebuild_hours(session, left, hour_ranges(gone_us - reach_us, gone_us + reach_us))
    return left, len(gone_us)


def _rows(span: Span, import_number: int | None) -> Sequence[ColumnElement[bool]]:
    own = within(span)
    return own if import_number is None else [*own, READINGS.c.import_number == import_number]


async def _moments(session: AsyncSession, span: Span, import_number: int | None) -> IntArray:
    statement = select(EpochUs(READINGS.c.timestamp)).where(*_rows(span, import_number))
    moments = (await session.execute(statement.order_by(READINGS.c.timestamp))).scalars().all()
    return np.array(moments, np.int64)


async def _with_ends(session: AsyncSession, device: StoredDevice, after: Sequences) -> StoredDevice:
    """The device with its first and newest readings as they are after a deletion."""
    powered = [from_epoch_us(int(end)) for end in after.powered_us[[0, -1]]] if len(after.powered_us) else []
    left = replace(
        device,
        first_seen=from_epoch_us(int(after.all_us[0])),
        first_power_at=powered[0] if powered else None,
        last_power_at=powered[-1] if powered else None,
    )
    last_us = int(after.all_us[-1])
    if last_us == epoch_us(device.last_seen):
        return left
    newest = await load_readings(session, [overlap(Span((device.cluster,), last_us, last_us + 1))])
    if len(newest):
        return with_newest(left, newest)
    # It was dropped: its hour knows when it came, and nothing more is known about it.
    last_seen = await last_reading_at(session, device)
    return replace(left, last_seen=last_seen, last_state=None, last_power_w=None, last_thd_percent=None)
