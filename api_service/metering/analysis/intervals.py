"""Spans of time as sorted pairs: runs, their union, and the holes between them; pure."""

from dataclasses import dataclass

import numpy as np

from api_service.metering.analysis.frame import Frame
from api_service.metering.blocks import BoolArray, FloatArray, IntArray
from api_service.metering.power_curve import MICROSECONDS


@dataclass(frozen=True)
class Spans:
    """`[start_us[i], end_us[i])`, ascending."""

    start_us: IntArray
    end_us: IntArray

    def __len__(self) -> int:
        return len(self.start_us)

    @property
    def seconds(self) -> FloatArray:
        """Length of each."""
        length: FloatArray = (self.end_us - self.start_us) / MICROSECONDS
        return length

    def take(self, rows: IntArray) -> "Spans":
        """Those at these places."""
        return Spans(self.start_us[rows], self.end_us[rows])

    def cut_at(self, edges_us: IntArray) -> "Spans":
        """The parts between the first and the last edge, cut at every edge."""
        starts, ends = np.clip(self.start_us, *edges_us[[0, -1]]), np.clip(self.end_us, *edges_us[[0, -1]])
        kept = starts < ends
        starts, ends = starts[kept], ends[kept]
        first = np.searchsorted(edges_us, starts, side="right")
        parts = np.searchsorted(edges_us, ends, side="left") - first + 1
        piece = np.repeat(np.arange(len(starts)), parts)
        edge = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
        return Spans(np.maximum(starts[piece], edges_us[edge - 1]), np.minimum(ends[piece], edges_us[edge]))


def union(start_us: IntArray, end_us: IntArray) -> Spans:
    """The spans that any of these cover; touching ones become one."""
    if not len(start_us):
        return Spans(start_us, end_us)
    order = np.argsort(start_us, kind="stable")
    starts, ends = start_us[order], np.maximum.accumulate(end_us[order])
    opens = np.concatenate(([True], starts[1:] > ends[:-1]))
    first = np.flatnonzero(opens)
    return Spans(starts[first], ends[np.concatenate((first[1:] - 1, [len(starts) - 1]))])


def holding(frame: Frame) -> Spans:
    """When any of the frame's devices fulfilled the conditions, within the kept pieces."""
    rows = np.flatnonzero(frame.segment_selected)
    return union(frame.segments.start_us[rows], frame.segments.end_us[rows])


def holes(covered: Spans, start_us: int, end_us: int) -> Spans:
    """What `covered` leaves of `[start_us, end_us)`."""
    starts = np.concatenate(([start_us], covered.end_us))
    ends = np.concatenate((covered.start_us, [end_us]))
    starts, ends = np.maximum(starts, start_us), np.minimum(ends, end_us)
    kept = starts < ends
    return Spans(starts[kept], ends[kept])


def run_starts(cluster: IntArray, holds: BoolArray) -> BoolArray:
    """True for the first reading of each run of consecutive readings of a device that hold."""
    if not len(cluster):
        return holds
    before = np.concatenate(([False], holds[:-1] & (cluster[1:] == cluster[:-1])))
    return np.asarray(holds & ~before)
