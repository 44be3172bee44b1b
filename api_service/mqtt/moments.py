"""When a message's reading was taken: its own time in every form that devices write, or its arrival."""

import re
from collections import OrderedDict
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from api_service.metering.moments import epoch_us

EARLIEST_US = 315_532_800_000_000  # 1980: an earlier clock has never been set
SAME_BURST_US = 500_000
MOST_DEVICES = 10_000
HALF_HOUR_US, SHIFT_TOLERANCE_US, SHIFTED_TIMES = 1_800_000_000, 20_000_000, 5
_DIGITS = re.compile(r"\d{9,19}(\.\d+)?")
# Epoch times from this number on count microseconds, milliseconds, seconds; nanoseconds above all.
_STEPS = ((10**17, 1e-3), (10**14, 1.0), (10**11, 1e3), (0, 1e6))


def time_of(value: Any, zone: tzinfo, arrived_us: int) -> int | None:
    """UTC epoch microseconds of a device's time; None for what is none, or from a clock that was never set.

    Takes RFC 3339, the same without a zone (then local to `zone`, and in the repeated hour of a clock change
    the one nearer to the arrival), and epochs of seconds to nanoseconds.
    """
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = _written(value, zone, arrived_us) if isinstance(value, str) else _epoch_us(value)
    except (ValueError, OverflowError):
        return None
    return found if found >= EARLIEST_US else None


def _epoch_us(value: float) -> int:
    scale = next((scale for from_, scale in _STEPS if value >= from_), 1e6)
    return round(value * scale)


def _written(text: str, zone: tzinfo, arrived_us: int) -> int:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is not None:
        return epoch_us(moment.astimezone(UTC))
    readings = [epoch_us(moment.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for fold in (0, 1)]
    return min(readings, key=lambda stamp_us: abs(stamp_us - arrived_us))


class ClockCheck:
    """Devices whose times differ from their arrival by the same half hours again and again: a wrong zone.

    Messages that waited in the broker come late too, but each by another time.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._doubted: dict[str, float] = {}

    def look_at(self, device: str, ahead_us: int) -> None:
        """Compare a reading's time with its arrival; `ahead_us` is below 0 where it came later."""
        half_hours = round(ahead_us / HALF_HOUR_US)
        is_shifted = half_hours != 0 and abs(ahead_us - half_hours * HALF_HOUR_US) < SHIFT_TOLERANCE_US
        before, times = self._seen.pop(device, (0, 0))
        if is_shifted:
            times = times + 1 if half_hours == before else 1
            self._seen[device] = (half_hours, times)
            if times == SHIFTED_TIMES and len(self._doubted) < MOST_DEVICES:
                self._doubted[device] = half_hours / 2
        if len(self._seen) > MOST_DEVICES:
            self._seen.popitem(last=False)

    def take(self) -> dict[str, float]:
        """Hours by which the clocks of devices differ, of those found since the last call."""
        taken, self._doubted = self._doubted, {}
        return taken


@dataclass
class _Burst:
    stamp_us: int
    fields: set[str]


class Arrivals:
    """Times of readings without one: that of arrival, the same for the quantities of one burst.

    Devices that publish power, voltage and current under topics of their own send them one after another;
    under one time they become one reading. Remembers a bounded number of devices.
    """

    def __init__(self) -> None:
        self._bursts: OrderedDict[str, _Burst] = OrderedDict()

    def stamp_us(self, device: str, fields: Set[str], arrived_us: int) -> int:
        """The time of these fields of a device that arrive now."""
        burst = self._bursts.pop(device, None)
        if burst is None or not 0 <= arrived_us - burst.stamp_us < SAME_BURST_US or burst.fields & fields:
            burst = _Burst(arrived_us, set())
        burst.fields |= fields
        self._bursts[device] = burst
        if len(self._bursts) > MOST_DEVICES:
            self._bursts.popitem(last=False)
        return burst.stamp_us
