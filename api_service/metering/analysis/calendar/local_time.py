"""Local wall-clock time as integers, exact across changes of a zone's offset; pure."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from api_service.metering.blocks import IntArray
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import DAY_US, HOUR_US, MICROSECONDS

# 1970-01-01 was a Thursday; Monday is 0.
EPOCH_WEEKDAY = 3


@dataclass(frozen=True)
class LocalClock:
    """The offset of a zone over a span: from `starts_us[i]` (UTC) on it is `offsets_us[i]`.

    `starts_us[0]` is the beginning of the span.
    """

    starts_us: IntArray
    offsets_us: IntArray

    def local_us(self, at_us: IntArray) -> IntArray:
        """Microseconds since 1970-01-01 00:00 as the wall clock shows it."""
        span = np.maximum(np.searchsorted(self.starts_us, at_us, side="right") - 1, 0)
        local: IntArray = at_us + self.offsets_us[span]
        return local

    @property
    def is_whole_hours(self) -> bool:
        """True if every UTC hour lies in one local hour."""
        return not (np.any(self.offsets_us % HOUR_US) or np.any(self.starts_us[1:] % HOUR_US))


def local_clock(zone: ZoneInfo, start_us: int, end_us: int) -> LocalClock:
    """The offsets of `zone` over `[start_us, end_us)`."""
    years = range(from_epoch_us(start_us).year, from_epoch_us(max(start_us, end_us - 1)).year + 1)
    changes = [change for year in years for change in _changes(zone, year) if start_us < change < end_us]
    starts_us = np.array([start_us, *changes], np.int64)
    offsets_us = np.array([_offset_us(zone, start) for start in starts_us.tolist()], np.int64)
    return LocalClock(starts_us, offsets_us)


def weekday(day: IntArray) -> IntArray:
    """0 (Monday) to 6 of days counted from 1970-01-01."""
    number: IntArray = (day + EPOCH_WEEKDAY) % 7
    return number


@lru_cache(maxsize=512)
def _changes(zone: ZoneInfo, year: int) -> tuple[int, ...]:
    """The UTC moments of the year at which the zone's offset changes."""
    first = int(np.datetime64(f"{year:04d}-01-01", "us").astype(np.int64))
    days = (first + np.arange(367) * DAY_US).tolist()
    offsets = [_offset_us(zone, day) for day in days]
    found = []
    for place in range(366):
        low, high = days[place], days[place + 1]
        if offsets[place] == offsets[place + 1]:
            continue
        while high - low > MICROSECONDS:
            middle = (low + high) // 2 // MICROSECONDS * MICROSECONDS
            low, high = (middle, high) if _offset_us(zone, middle) == offsets[place] else (low, middle)
        if from_epoch_us(high).year == year:
            found.append(high)
    return tuple(found)


def _offset_us(zone: ZoneInfo, at_us: int) -> int:
    offset = from_epoch_us(at_us).astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)
