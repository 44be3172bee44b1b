"""The rows of a sample that belong together, in the order of time, and what their numbers say of a meter."""

from collections.abc import Sequence as Items
from dataclasses import dataclass

import numpy as np

from api_service.ingest.rows import BAD_STAMP
from api_service.metering.blocks import BoolArray, FloatArray, IntArray

# A meter's index is many times what one interval adds to it.
INDEX_OVER_STEP = 20
FEWEST_STEPS = 5
# An index that starts over falls nearly to 0, and seldom.
STARTED_OVER_SHARE = 0.05
STEPS_PER_START = 50
# Of an energy whose name says that it counts on, more of them are believed.
STEPS_PER_START_OF_TOTAL = 4
# Consumption that happens to rise all the time does not do so for so many intervals.
FEWEST_STEPS_OF_CONSUMPTION = 95
# Nor does any power rise for most of a day: what does so from 0 on counts since the logger was started.
LONGEST_RISE_US = 18 * 3_600_000_000


@dataclass(frozen=True)
class Sequence:
    """Rows of one device from the earliest to the latest; `is_next` says of each but the first whether it
    follows its predecessor in the file, rather than after a part that the sample leaves out. `span_us` is the
    time from the first to the last.
    """

    rows: IntArray
    is_next: BoolArray
    span_us: int = 0


def sequences(us: IntArray, owners: Items[object], runs: Items[int]) -> list[Sequence]:
    """The rows of each owner. The moments `us` tell whether a file begins with the newest reading."""
    run_of_row = np.repeat(np.arange(len(runs)), runs)
    by_owner: dict[object, list[int]] = {}
    for at, owner in enumerate(owners):
        by_owner.setdefault(owner, []).append(at)
    found = []
    for places in by_owner.values():
        rows = np.array(places, dtype=np.int64)
        known = us[rows][us[rows] > BAD_STAMP]
        steps = np.diff(known)
        if np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0):
            rows = rows[::-1]
        span_us = int(known.max() - known.min()) if len(known) else 0
        found.append(Sequence(rows, np.diff(run_of_row[rows]) == 0, span_us))
    return found


def are_indexes(
    numbers: FloatArray, found: Items[Sequence], *, is_consumption: bool = False, is_total: bool = False
) -> bool:
    """Whether the numbers of most devices are a meter's index.

    `is_consumption`: by name they are none; `is_total`: by name they may be.
    """
    steps_per_start = STEPS_PER_START_OF_TOTAL if is_total else STEPS_PER_START
    judged = [
        _is_index(numbers[each.rows], each.is_next, steps_per_start, is_consumption=is_consumption)
        or (each.span_us >= LONGEST_RISE_US and _counts_from_zero(numbers[each.rows], each.is_next))
        for each in found
        if np.count_nonzero(np.isfinite(numbers[each.rows])) > FEWEST_STEPS
    ]
    return sum(judged) * 2 > len(judged)


def _counts_from_zero(values: FloatArray, is_next: BoolArray) -> bool:
    """Whether numbers begin at 0, or one step above it, and never fall after that."""
    given = np.isfinite(values)
    follows = np.append(True, is_next)[given][1:]
    values = values[given]
    steps = np.diff(values)
    if (
        len(steps) < FEWEST_STEPS_OF_CONSUMPTION
        or (steps < 0).any()
        or np.count_nonzero(steps) * 2 < len(steps)
    ):
        return False
    largest = steps[follows].max(initial=0.0)
    return bool(0 <= values[0] <= largest and values[-1] > INDEX_OVER_STEP * largest)


def never_fall(numbers: FloatArray, found: Items[Sequence]) -> bool:
    """Whether the numbers of no device fall."""
    series = (numbers[each.rows] for each in found)
    return all(bool((np.diff(each[np.isfinite(each)]) >= 0).all()) for each in series)


def _is_index(values: FloatArray, is_next: BoolArray, steps_per_start: int, *, is_consumption: bool) -> bool:
    """Whether numbers only grow, from far above what they grow by; those of an export may be negative."""
    given = np.isfinite(values)
    follows = np.append(True, is_next)[given][1:]
    values = values[given]
    values = -values if (values <= 0).all() else values
    steps = np.diff(values)
    falls = steps < 0
    starts = falls & (values[1:] <= STARTED_OVER_SHARE * values[:-1])
    if len(steps) < (FEWEST_STEPS_OF_CONSUMPTION if is_consumption else FEWEST_STEPS):
        return False
    if (falls & ~starts).any() or np.count_nonzero(starts) * steps_per_start > len(steps):
        return False
    grown = steps[follows & ~falls]
    from_number = values.max() if starts.any() else values[0]
    return bool((steps > 0).any() and from_number > INDEX_OVER_STEP * grown.max(initial=0.0))
