"""Local time to UTC; where the clock goes back, by the order of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from api_service.ingest.time.timestamps import DAY_US, EARLIEST_US, LATEST_US
from api_service.metering.blocks import BoolArray, IntArray

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Localised:
    """UTC microseconds of local ones. Where the clock goes back the hour is `ambiguous` (resolved by the
    order of the file), where it goes forward the time is `nonexistent` (its `utc_us` means nothing).

    `last` is the moment of each cluster's last row, to be handed to the next block.
    """

    utc_us: IntArray
    ambiguous: BoolArray
    nonexistent: BoolArray
    last: Mapping[int, int] = field(default_factory=dict)


class Before(NamedTuple):
    """Moments before a block's first row: `last` of each cluster in the file, `stored` in the database."""

    last: Mapping[int, int] = {}
    stored: Mapping[int, int] = {}


def localise(local_us: IntArray, cluster: IntArray, zone: ZoneInfo, before: Before) -> Localised:
    """Turn local wall-clock microseconds into UTC, rows in the order of the file.

    Of the two moments of a time that occurs twice, the one counts that lies nearest to where the cluster's
    Of the two moments of a time that occurs twice, the one counts that lies nearest to where the device's
    newest row. So a late packet or a repeated row stays in its own hour, and an hourly meter changes hours.
    """
    early, late = _offsets_us(local_us, zone)
    utc_us = local_us - early
    ambiguous = early > late
    nonexistent = early < late
    if ambiguous.any():
        for number in np.unique(cluster[ambiguous]).tolist():
            rows = np.flatnonzero(cluster == number)
            _resolve(utc_us, local_us - late, rows[~nonexistent[rows]], _start(number, before))
    carried = dict(before.last)
    newest, index = np.unique(cluster[::-1], return_index=True)
    carried.update(zip(newest.tolist(), utc_us[::-1][index].tolist(), strict=True))
    return Localised(utc_us, ambiguous, nonexistent, carried)


class _Start(NamedTuple):
    """What was before a device's first row; a stored moment counts only where the row goes on from it."""

    last_us: int | None
    stored_us: int | None


def _start(cluster: int, before: Before) -> _Start:
    return _Start(before.last.get(cluster), before.stored.get(cluster))


def _resolve(utc_us: IntArray, later_us: IntArray, rows: IntArray, start: _Start) -> None:
    """Choose between the two moments of one device's rows, in place."""
    steps = np.diff(utc_us[rows])
    usual = int(np.median(np.abs(steps[steps != 0]))) if (steps != 0).any() else 0
    is_descending = int(np.count_nonzero(steps < 0)) > int(np.count_nonzero(steps > 0))
    sign = -1 if is_descending else 1
    previous = start.last_us
    for row, early, late in zip(rows.tolist(), utc_us[rows].tolist(), later_us[rows].tolist(), strict=True):
        if late != early:
            previous = _known(previous, late, start, is_descending=is_descending)
            due = None if previous is None else previous + sign * usual
            is_late = is_descending if due is None else abs(late - due) < abs(early - due)
            utc_us[row] = late if is_late else early
        now = int(utc_us[row])
        previous = now if previous is None else max(previous * sign, now * sign) * sign


def _known(previous: int | None, late_us: int, start: _Start, *, is_descending: bool) -> int | None:
    if previous is not None or is_descending or start.stored_us is None:
        return previous
    return start.stored_us if start.stored_us < late_us else None


def _offsets_us(local_us: IntArray, zone: ZoneInfo) -> tuple[IntArray, IntArray]:
    """The zone's offset at each local time, taken as the first and as the second of its occurrences."""
    local_us = np.clip(local_us, EARLIEST_US, LATEST_US)  # beyond them rows are rejected anyway
    days, which = np.unique(local_us // DAY_US, return_inverse=True)
    begins = [_offset_us(day * DAY_US, zone, 0) for day in days.tolist()]
    ends = [_offset_us((day + 1) * DAY_US, zone, 1) for day in days.tolist()]
    early = np.array(begins, dtype=np.int64)[which]
    late = early.copy()
    changing = np.flatnonzero((np.array(begins) != np.array(ends))[which])
    # Only on the days when the clock changes does the minute matter.
    minutes, which = np.unique(local_us[changing] // MINUTE_US, return_inverse=True)
    for fold, offsets in ((0, early), (1, late)):
        by_minute = [_offset_us(minute * MINUTE_US, zone, fold) for minute in minutes.tolist()]
        offsets[changing] = np.array(by_minute, dtype=np.int64)[which]
    return early, late


def _offset_us(local_us: int, zone: ZoneInfo, fold: int) -> int:
    moment = datetime.fromtimestamp(local_us // 1_000_000, UTC).replace(tzinfo=zone, fold=fold)
    offset = moment.utcoffset()
    return (offset or timedelta(0)) // timedelta(microseconds=1)
