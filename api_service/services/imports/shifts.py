"""Readings that are stored already at other times: their zone was another one when they were imported."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.blocks import FloatArray, IntArray, ReadingBlock, distinct
from api_service.metering.windows import Span
from api_service.repositories.reading_spans import load_readings, overlap, row_of

MINUTE_US = 60_000_000
# Zones differ by whole quarters of an hour, up to 26 hours from one end of the world to the other.
STEP_US, FARTHEST_US = 15 * MINUTE_US, 26 * 60 * MINUTE_US
COMPARED_ROWS, COMPARED_DEVICES = 500, 3
# So few readings, or readings of so few different values, may be alike by chance.
FEWEST_ROWS, FEWEST_VALUES = 20, 8
EQUAL_SHARE = 0.98
_POWER = "real_power_watt"


async def shifted_rows(session: AsyncSession, block: ReadingBlock) -> tuple[str, list[int]] | None:
    """What to warn of and the indexes in `block`, where its readings equal stored ones at other times."""
    for cluster in distinct(block.cluster)[:COMPARED_DEVICES]:
        rows = np.flatnonzero((block.cluster == cluster) & np.isfinite(block.measure(_POWER)))[:COMPARED_ROWS]
        if len(rows) < FEWEST_ROWS:
            continue
        times = block.timestamp_us[rows]
        span = Span((cluster,), int(times.min()) - FARTHEST_US, int(times.max()) + FARTHEST_US + 1)
        stored = await load_readings(session, [overlap(span, row_of((_POWER,)))], (_POWER,))
        shift_us = shift_between(
            (times, block.measure(_POWER)[rows]), (stored.timestamp_us, stored.values[_POWER])
        )
        if shift_us:
            return _sentence(shift_us), rows.tolist()
    return None


def shift_between(new: tuple[IntArray, FloatArray], stored: tuple[IntArray, FloatArray]) -> int:
    """How many microseconds later the same values are stored; 0 where they are not, or at the same times."""
    times, values = new
    order = np.argsort(stored[0], kind="stable")
    stored_times, stored_values = stored[0][order], stored[1][order]
    if len(times) < FEWEST_ROWS or len(np.unique(values)) < FEWEST_VALUES or not len(stored_times):
        return 0
    if _equal_share(times, values, (stored_times, stored_values)) >= EQUAL_SHARE:
        return 0
    shifts = [step * sign for step in range(STEP_US, FARTHEST_US + 1, STEP_US) for sign in (1, -1)]
    found = (
        s for s in shifts if _equal_share(times + s, values, (stored_times, stored_values)) >= EQUAL_SHARE
    )
    return next(found, 0)


def _equal_share(times: IntArray, values: FloatArray, stored: Sequence[IntArray | FloatArray]) -> float:
    """The part of these readings that is stored with the same moment and value."""
    places = np.minimum(np.searchsorted(stored[0], times), len(stored[0]) - 1)
    return float(np.mean((stored[0][places] == times) & (stored[1][places] == values)))


def _sentence(shift_us: int) -> str:
    hours = abs(shift_us) / (60 * MINUTE_US)
    direction = "later" if shift_us > 0 else "earlier"
    return (
        f"these readings equal stored ones {hours:g} h {direction}: was the zone another one when those were "
        "imported? They are stored twice now; make undo-import takes an import out"
    )
