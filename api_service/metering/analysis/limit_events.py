"""Readings outside of limits as events; voltage events by EN 50160 (supply voltage in public grids); pure."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from api_service.metering.blocks import FloatArray, IntArray

SAG_PART, SWELL_PART, INTERRUPTION_PART = 0.90, 1.10, 0.05
"""EN 50160: a sag lies below 90 % of the nominal voltage, a swell above 110 %, an interruption below 5 %."""
NOMINAL_V = (100.0, 120.0, 208.0, 230.0, 277.0, 400.0, 480.0, 690.0)
"""Nominal voltages of IEC 60038 and of North America."""


class EventKind(StrEnum):
    """What happened."""

    SAG = "sag"
    SWELL = "swell"
    INTERRUPTION = "interruption"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class LimitEvent:
    """Consecutive readings outside of a limit: from the first to the last of them, and the worst value."""

    kind: EventKind
    start_us: int
    end_us: int
    value: float
    readings: int


def nominal_v(mean_v: float) -> float:
    """The nominal voltage that a mean voltage is nearest to, by ratio."""
    return min(NOMINAL_V, key=lambda nominal: abs(np.log(max(mean_v, 1e-9) / nominal)))


def limit_events(
    moments_us: IntArray, values: FloatArray, limits: tuple[float, float], largest_gap_us: int
) -> list[LimitEvent]:
    """Runs of readings (ascending in time, NaN: no value) below or above `limits`.

    A run ends where a reading lies within the limits, on their other side, or after a gap.
    """
    known = np.flatnonzero(~np.isnan(values))
    moments_us, values = moments_us[known], values[known]
    side = np.where(values < limits[0], -1, np.where(values > limits[1], 1, 0))
    breaks = (side[1:] != side[:-1]) | (np.diff(moments_us) > largest_gap_us)
    starts = np.concatenate(([0], np.flatnonzero(breaks) + 1)) if len(side) else np.empty(0, np.int64)
    ends = np.concatenate((starts[1:], [len(side)])) if len(side) else starts
    events = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if side[start]:
            part = values[start:end]
            worst = part.min() if side[start] < 0 else part.max()
            kind = EventKind.BELOW if side[start] < 0 else EventKind.ABOVE
            times = int(moments_us[start]), int(moments_us[end - 1])
            events.append(LimitEvent(kind, *times, float(worst), end - start))
    return events


def voltage_kind(event: LimitEvent, nominal: float) -> EventKind:
    """How EN 50160 calls a voltage outside of 90 to 110 % of its nominal value."""
    if event.kind is EventKind.ABOVE:
        return EventKind.SWELL
    return EventKind.INTERRUPTION if event.value < INTERRUPTION_PART * nominal else EventKind.SAG
