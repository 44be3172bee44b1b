"""Spacings of a device's readings: their histogram, its median, and the long gaps; pure.

A histogram holds spacings to three digits (10.03 s counts as 10 s): so few different ones that a device's
whole life is some dozen rows, and near enough for a limit of ten times the median.
"""

from dataclasses import dataclass

import numpy as np

from api_service.metering.blocks import IntArray

DIGITS = 3
MIN_GAP_FLOOR_US = 60_000_000
FLOOR_PER_MEDIAN = 5.0


@dataclass(frozen=True)
class SpacingChange:
    """What a write changes about one device: `counts` by spacing (negative: fewer), gaps gone and come.

    `closed_us` are the starts of gaps that are no more; `opened_us` (shape (gaps, 2)) new ones.
    """

    counts: dict[int, int]
    closed_us: IntArray
    opened_us: IntArray


@dataclass(frozen=True)
class Sequences:
    """Moments of one device's readings, ascending: `all_us` of any, `powered_us` of those with power.

    Stretches that no write touches may be left out, in both sequences of a change alike: the false spacing
    over them stands on both sides and cancels out.
    """

    all_us: IntArray
    powered_us: IntArray


def rounded(spacing_us: IntArray) -> IntArray:
    """Spacings (positive) to three digits."""
    magnitude = np.floor(np.log10(np.maximum(spacing_us, 1))).astype(np.int64)
    step = 10 ** np.maximum(magnitude - (DIGITS - 1), 0)
    nearest: IntArray = (spacing_us + step // 2) // step * step
    return nearest


def weighted_median(values: IntArray, counts: IntArray) -> float:
    """The median of ascending values that occur so often; at least one."""
    until = np.cumsum(counts)
    # The two in the middle, which are one and the same of an odd number.
    middle = np.searchsorted(until, [(until[-1] - 1) // 2, until[-1] // 2], side="right")
    return float(values[middle].mean())


def gap_floor_us(median_us: float, limit_us: int) -> int:
    """From which length on gaps are kept: well above the usual spacing, never above the device's limit."""
    return min(max(MIN_GAP_FLOOR_US, round(FLOOR_PER_MEDIAN * median_us)), limit_us)


def gaps(moments_us: IntArray, floor_us: int) -> IntArray:
    """Start and end of each spacing longer than `floor_us`; shape (gaps, 2)."""
    is_long = np.diff(moments_us) > floor_us
    if not is_long.any():  # as nearly always; a write looks at each of its devices
        return np.empty((0, 2), np.int64)
    long = np.flatnonzero(is_long)
    return np.stack((moments_us[long], moments_us[long + 1]), axis=1)


def spacing_change(before: Sequences, after: Sequences, floor_us: int) -> SpacingChange:
    """From one state of a device's readings to another; gaps of more than `floor_us` count."""
    counts = _counted(after.all_us)
    for spacing, number in _counted(before.all_us).items():
        counts[spacing] = counts.get(spacing, 0) - number
    old, new = (
        {tuple(pair) for pair in gaps(moments.powered_us, floor_us).tolist()} for moments in (before, after)
    )
    return SpacingChange(
        counts={spacing: number for spacing, number in counts.items() if number},
        closed_us=np.array([start for start, _ in sorted(old - new)], np.int64),
        opened_us=np.array(sorted(new - old), np.int64).reshape(-1, 2),
    )


def _counted(moments_us: IntArray) -> dict[int, int]:
    between_us = np.diff(moments_us)
    if not len(between_us):
        return {}
    if (between_us == between_us[0]).all():  # a meter that keeps its pace
        return {int(rounded(between_us[:1])[0]): len(between_us)}
    spacings, counts = np.unique(rounded(between_us), return_counts=True)
    return dict(zip(spacings.tolist(), counts.tolist(), strict=True))
