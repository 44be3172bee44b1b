"""Power curves and what lies under them; pure arithmetic over columns.

A device's power curve runs straight from one reading to the next where both are at most the device's largest
sample period apart, and does not exist elsewhere. Its integral (the trapezoid rule) is the energy, its length
the covered time. Stretches of the curve may be clipped to a window and split at hour edges: the parts always
add up to the whole, so that hours add up to days and rollups equal the readings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api_service.metering.blocks import FloatArray, IntArray, ReadingBlock
from api_service.metering.units import JOULES_PER_WATT_HOUR

MICROSECONDS = 1_000_000
HOUR_US = 3600 * MICROSECONDS
DAY_US = 24 * HOUR_US


@dataclass(frozen=True)
class Segments:
    """Straight pieces of power curves, each from (`start_us`, `start_w`) to (`end_us`, `end_w`).

    `row` is the index of the reading that begins the piece (or began the piece it was cut from): the piece
    belongs to that reading's device and state.
    """

    row: IntArray
    start_us: IntArray
    end_us: IntArray
    start_w: FloatArray
    end_w: FloatArray

    def __len__(self) -> int:
        return len(self.row)

    @property
    def covered_s(self) -> FloatArray:
        """Length of each piece."""
        return (self.end_us - self.start_us) / float(MICROSECONDS)

    @property
    def energy_wh(self) -> FloatArray:
        """Area under each piece."""
        return (self.start_w + self.end_w) / 2 * self.covered_s / JOULES_PER_WATT_HOUR

    @property
    def imported_wh(self) -> FloatArray:
        """Area under each piece where the power is positive; what is fed back counts as none."""
        high, low = np.maximum(self.start_w, self.end_w), np.minimum(self.start_w, self.end_w)
        crosses = (high > 0) & (low < 0)
        # Where the sign changes, a triangle of the positive end's height over its part of the length.
        triangle_w = high * high / np.where(crosses, 2 * (high - low), 1.0)
        mean_w = np.where(crosses, triangle_w, np.maximum((high + low) / 2, 0.0))
        area_wh: FloatArray = mean_w * self.covered_s / JOULES_PER_WATT_HOUR
        return area_wh

    def cut(self, piece: IntArray, start_us: IntArray, end_us: IntArray) -> "Segments":
        """Parts `[start_us, end_us]` of the pieces with these indexes, their power interpolated."""
        return Segments(
            row=self.row[piece],
            start_us=start_us,
            end_us=end_us,
            start_w=self._power_at(piece, start_us),
            end_w=self._power_at(piece, end_us),
        )

    def _power_at(self, piece: IntArray, at_us: IntArray) -> FloatArray:
        length = self.end_us[piece] - self.start_us[piece]
        progress = (at_us - self.start_us[piece]) / length
        # Weighing both ends, rather than adding a rise, returns each end exactly.
        power_w: FloatArray = self.start_w[piece] * (1 - progress) + self.end_w[piece] * progress
        return power_w


def power_curve(
    cluster: IntArray, timestamp_us: IntArray, power_w: FloatArray, max_gap_us: FloatArray
) -> Segments:
    """The curves through the readings of any number of devices, given in any order.

    Readings without power (NaN) are passed over. `max_gap_us[i]` is the largest sample period of reading
    `i`'s device: a longer gap leaves a hole.
    """
    rows = np.flatnonzero(~np.isnan(power_w))
    rows = rows[np.lexsort((timestamp_us[rows], cluster[rows]))]
    here, there = rows[:-1], rows[1:]
    gap_us = timestamp_us[there] - timestamp_us[here]
    joined = (cluster[here] == cluster[there]) & (gap_us > 0) & (gap_us <= max_gap_us[here])
    here, there = here[joined], there[joined]
    return Segments(here, timestamp_us[here], timestamp_us[there], power_w[here], power_w[there])


def device_curves(readings: ReadingBlock, largest_gap_us: Mapping[int, int]) -> Segments:
    """The curves of all devices in a block, each with its limit for a gap.

    The power of a device in `readings.interval_us` is the mean of the interval that begins with each reading:
    it is drawn as steps, one for each reading, whatever lies between them.
    """
    clusters, place = np.unique(readings.cluster, return_inverse=True)
    limits = np.array([largest_gap_us[cluster] for cluster in clusters.tolist()], np.float64)
    power_w = readings.measure("real_power_watt")
    intervals = np.array([readings.interval_us.get(cluster, 0) for cluster in clusters.tolist()], np.int64)
    if not np.any(intervals):
        return power_curve(readings.cluster, readings.timestamp_us, power_w, limits[place])
    length_us = intervals[place]
    curve = power_curve(
        readings.cluster, readings.timestamp_us, np.where(length_us > 0, np.nan, power_w), limits[place]
    )
    rows = np.flatnonzero((length_us > 0) & ~np.isnan(power_w))
    at_us, step_w = readings.timestamp_us[rows], power_w[rows]
    return Segments(
        row=np.concatenate((curve.row, rows)),
        start_us=np.concatenate((curve.start_us, at_us)),
        end_us=np.concatenate((curve.end_us, at_us + length_us[rows])),
        start_w=np.concatenate((curve.start_w, step_w)),
        end_w=np.concatenate((curve.end_w, step_w)),
    )


def clip(segments: Segments, start_us: int, end_us: int) -> Segments:
    """What lies within `[start_us, end_us]`."""
    piece = np.flatnonzero((segments.end_us > start_us) & (segments.start_us < end_us))
    begins = np.maximum(segments.start_us[piece], start_us)
    ends = np.minimum(segments.end_us[piece], end_us)
    return segments.cut(piece, begins, ends)


def split(segments: Segments, width_us: int, origin_us: int = 0) -> Segments:
    """The same curves cut at every edge `origin_us + k * width_us`, so that no piece crosses one."""
    first = (segments.start_us - origin_us) // width_us
    last = (segments.end_us - 1 - origin_us) // width_us
    parts = last - first + 1
    piece = np.repeat(np.arange(len(segments)), parts)
    nth = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    edge_us = origin_us + (first[piece] + nth) * width_us
    begins = np.maximum(segments.start_us[piece], edge_us)
    ends = np.minimum(segments.end_us[piece], edge_us + width_us)
    return segments.cut(piece, begins, ends)
