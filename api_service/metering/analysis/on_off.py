"""When a device is on: from its states where they say so, else from its power; pure.

A state says so if one of its words is in `OFF_WORDS` or `ON_WORDS`. A device with any such state is judged by
its states: on in every recorded state without an off-word, unknown where no state is recorded. Any other
device is judged by its power P: on from |P| >= `on_w` until |P| < `off_w`, where `on_w` is
max(`MIN_ON_W`, `ON_SHARE` x the largest |P| on record) and `off_w` half of it.
"""

import re
from collections.abc import Iterable

import numpy as np

from api_service.metering.blocks import FloatArray, IntArray, ReadingBlock

_OFF = """
off standby idle inactive stopped stop sleep sleeping closed paused disabled disconnected false no 0
"""
_ON = """
on active running run started heating cooling charging discharging working busy open enabled true yes 1
"""
OFF_WORDS = frozenset(_OFF.split())
ON_WORDS = frozenset(_ON.split())
MIN_ON_W = 10.0
ON_SHARE = 0.05
UNKNOWN, OFF, ON = -1, 0, 1


def is_off_state(state: str) -> bool:
    """True for a recorded state that means off."""
    return not OFF_WORDS.isdisjoint(_words(state))


def tells_on_or_off(states: Iterable[str]) -> bool:
    """True if a device with these recorded states is judged by them."""
    return any(not (OFF_WORDS | ON_WORDS).isdisjoint(_words(state)) for state in states)


def on_threshold_w(largest_w: float) -> float:
    """From which power on a device is on whose largest |P| on record is `largest_w`."""
    return max(MIN_ON_W, ON_SHARE * largest_w)


def on_by_state(readings: ReadingBlock) -> IntArray:
    """`ON`, `OFF` or `UNKNOWN` for each reading, by its state."""
    known = {state: _by_state(state) for state in set(readings.device_state)}
    return np.array([known[state] for state in readings.device_state], np.int64)


def on_by_power(cluster: IntArray, power_w: FloatArray, on_w: FloatArray) -> IntArray:
    """`ON`, `OFF` or `UNKNOWN` (no power) for each reading, in order of (cluster, time).

    `on_w` is each reading's device's threshold. Between both thresholds the status of the device's preceding
    reading with power holds on; before the first decided one a device is off.
    """
    with np.errstate(invalid="ignore"):
        decided = np.where(np.abs(power_w) >= on_w, ON, np.where(np.abs(power_w) < on_w / 2, OFF, UNKNOWN))
    place = np.arange(len(cluster))
    is_first = np.concatenate(([True], cluster[1:] != cluster[:-1])) if len(cluster) else place > 0
    carried = np.maximum.accumulate(np.where((decided != UNKNOWN) | is_first, place, 0))
    status = np.maximum(decided[carried], OFF)
    return np.where(np.isnan(power_w), UNKNOWN, status)


def _by_state(state: str | None) -> int:
    if not state:
        return UNKNOWN
    return OFF if is_off_state(state) else ON


def _words(state: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", state.casefold()))
