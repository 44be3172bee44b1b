"""What is true of a household: every quantity of the project's definitions, straight from the raw readings.

Definitions: the average power is the mean of the readings; energy is the trapezoid between neighbouring
readings, cut at the window's ends, where a spacing above ten times the median one (at least 60 s) counts
nothing; the power factor is the sum of P over the sum of S; windows are half-open.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator import Household

Floats = NDArray[np.float64]
Window = tuple[float, float]
"""Epoch seconds [start, end)."""

STALE_AFTER_S = 15 * 60
ACTIVE_WITHIN_S = 24 * 3600


@dataclass(frozen=True)
class Meter:
    """The readings of one device in the order of time; all arrays of shape (readings,)."""

    name: str
    cluster: int
    time_s: Floats
    watts: Floats
    apparent_va: Floats
    thd_percent: Floats
    state: NDArray[np.str_]

    @cached_property
    def max_sample_period_s(self) -> float:
        """The longest spacing over which power is taken to run on."""
        if len(self.time_s) < 2:
            return 60.0
        return max(60.0, 10.0 * float(np.median(np.diff(self.time_s))))

    def within(self, window: Window) -> NDArray[np.bool_]:
        """Which readings lie in the half-open window, shape (readings,)."""
        inside: NDArray[np.bool_] = (self.time_s >= window[0]) & (self.time_s < window[1])
        return inside

    def count(self, window: Window) -> int:
        """Readings in the window."""
        return int(self.within(window).sum())

    def mean_w(self, window: Window) -> float:
        """Average power; NaN without a reading."""
        inside = self.watts[self.within(window)]
        return float(inside.mean()) if len(inside) else float("nan")

    def peak(self, window: Window) -> tuple[float, tuple[float, ...]]:
        """The highest power and every moment (epoch seconds) at which it was read."""
        inside = self.within(window)
        highest = float(self.watts[inside].max())
        return highest, tuple(self.time_s[inside & (self.watts == highest)].tolist())

    def energy_wh(self, window: Window) -> float:
        """The integral of power over the window, gaps left out."""
        left_s, right_s = self.time_s[:-1], self.time_s[1:]
        left_w, right_w = self.watts[:-1], self.watts[1:]
        spacing_s = right_s - left_s
        from_s = np.clip(left_s, window[0], window[1])
        to_s = np.clip(right_s, window[0], window[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = (right_w - left_w) / spacing_s
        middle_w = left_w + slope * ((from_s + to_s) / 2 - left_s)
        joules = np.where(spacing_s <= self.max_sample_period_s, middle_w * (to_s - from_s), 0.0)
        return float(joules.sum()) / 3600.0

    def thd_mean(self, window: Window) -> float:
        """Mean THD in percent; NaN without a reading."""
        inside = self.thd_percent[self.within(window)]
        return float(inside.mean()) if len(inside) else float("nan")

    def power_factor(self, window: Window) -> float:
        """Sum of P over sum of S; NaN where there was no apparent power."""
        inside = self.within(window)
        apparent = float(self.apparent_va[inside].sum())
        return float(self.watts[inside].sum()) / apparent if apparent > 0 else float("nan")


@dataclass(frozen=True)
class Truth:
    """A household's meters, its "now" (the newest reading, epoch seconds) and the zone of its days."""

    meters: tuple[Meter, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, household: Household) -> "Truth":
        """The truth of a simulated household."""
        meters = []
        for device in household.devices:
            columns = device.columns
            meters.append(
                Meter(
                    device.name,
                    device.cluster,
                    columns["timestamp"].astype("datetime64[s]").astype(np.int64).astype(np.float64),
                    columns["real_power_watt"].astype(np.float64),
                    columns["apparent_power"].astype(np.float64) * 1000.0,
                    columns["thd"].astype(np.float64),
                    columns["device_state"],
                )
            )
        return cls(tuple(meters), ZoneInfo(household.timezone))

    @cached_property
    def now_s(self) -> float:
        """The newest reading of all."""
        return max(float(meter.time_s[-1]) for meter in self.meters if len(meter.time_s))

    @property
    def now(self) -> datetime:
        """The newest reading in the household's zone."""
        return datetime.fromtimestamp(self.now_s, self.zone)

    @property
    def names(self) -> tuple[str, ...]:
        """All devices by name."""
        return tuple(meter.name for meter in self.meters)

    def meter(self, name: str) -> Meter:
        """The device of this name; KeyError for another."""
        return {meter.name: meter for meter in self.meters}[name]

    def reports(self, meter: Meter) -> bool:
        """Whether its last reading is fresh enough to speak of "now"."""
        if not len(meter.time_s):
            return False
        return self.now_s - float(meter.time_s[-1]) <= max(meter.max_sample_period_s, STALE_AFTER_S)

    def reporting(self) -> tuple[Meter, ...]:
        """The devices that have a present."""
        return tuple(meter for meter in self.meters if self.reports(meter))

    def power_now_w(self, meter: Meter) -> float:
        """Its latest power."""
        return float(meter.watts[-1])

    def total_now_w(self) -> float:
        """The latest power of everything that reports."""
        return sum(self.power_now_w(meter) for meter in self.reporting())

    def total_energy_wh(self, window: Window) -> float:
        """Energy of all devices."""
        return sum(meter.energy_wh(window) for meter in self.meters)

    def active(self) -> tuple[Meter, ...]:
        """Devices with a reading in the 24 hours up to now, now included."""
        return tuple(m for m in self.meters if m.count((self.now_s - ACTIVE_WITHIN_S, self.now_s + 0.5)))

    def clock(self, at_s: float) -> str:
        """HH:MM of a moment in the household's zone."""
        return datetime.fromtimestamp(at_s, UTC).astimezone(self.zone).strftime("%H:%M")
