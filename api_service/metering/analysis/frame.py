"""Readings of a window with their values, conditions and power curve, cut into pieces of time; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api_service.metering.analysis.calendar.periods import LEFT_OUT, Pieces
from api_service.metering.blocks import BoolArray, FloatArray, IntArray, ReadingBlock
from api_service.metering.measure import Measure
from api_service.metering.power_curve import Segments, clip, device_curves

POWER_COLUMN = "real_power_watt"


@dataclass(frozen=True)
class Frame:
    """Readings in order of (cluster, time), and the pieces of their power curves.

    `known`: the reading carries what the conditions look at; `holds`: it fulfils them. `place`: its piece of
    time, `LEFT_OUT` outside (neighbours of the window have no piece). `segments` lie within the window and
    cross no edge of a piece; `segment_place` is theirs. A segment belongs to the reading that begins it, and
    so do that reading's conditions.
    """

    readings: ReadingBlock
    known: BoolArray
    holds: BoolArray
    place: IntArray
    segments: Segments
    segment_place: IntArray
    pieces: Pieces

    @property
    def selected(self) -> BoolArray:
        """Readings of the window that fulfil all conditions."""
        return np.asarray(self.holds & (self.place != LEFT_OUT))

    @property
    def segment_selected(self) -> BoolArray:
        """Segments in kept pieces whose first reading fulfils the conditions."""
        return np.asarray(self.holds[self.segments.row] & (self.segment_place != LEFT_OUT))


def sorted_block(readings: ReadingBlock) -> ReadingBlock:
    """The readings in order of (cluster, time), each once."""
    order = np.lexsort((readings.timestamp_us, readings.cluster))
    cluster, at_us = readings.cluster[order], readings.timestamp_us[order]
    repeats = (np.diff(cluster) == 0) & (np.diff(at_us) == 0)
    return readings.take(order[np.concatenate(([True], ~repeats))] if len(order) else order)


def frame_of(
    readings: ReadingBlock,
    judged: tuple[BoolArray, BoolArray],
    pieces: Pieces,
    largest_gap_us: Mapping[int, int],
) -> Frame:
    """The frame of a sorted block; `judged` is `known` and `holds` per reading."""
    curve = device_curves(readings, largest_gap_us)
    segments = cut_at(curve, pieces.edges_us)
    places = pieces.of(readings.timestamp_us), pieces.of(segments.start_us)
    return Frame(readings, *judged, places[0], segments, places[1], pieces)


def cut_at(segments: Segments, edges_us: IntArray) -> Segments:
    """What lies between the first and the last edge, cut at every edge between."""
    inside = clip(segments, int(edges_us[0]), int(edges_us[-1]))
    first = np.searchsorted(edges_us, inside.start_us, side="right")
    last = np.searchsorted(edges_us, inside.end_us, side="left")
    parts = last - first + 1
    piece = np.repeat(np.arange(len(inside)), parts)
    nth = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    edge = first[piece] + nth
    begins = np.maximum(inside.start_us[piece], edges_us[edge - 1])
    ends = np.minimum(inside.end_us[piece], edges_us[edge])
    return inside.cut(piece, begins, ends)


def level_values(measure: Measure, readings: ReadingBlock) -> FloatArray:
    """The measure of each reading in its own unit, NaN where it carries none; of recorded measures."""
    values = np.full(len(readings), np.nan)
    for column in reversed(measure.columns):
        recorded = readings.measure(column.name) * column.to_unit
        values = np.where(np.isnan(recorded), values, recorded)
    if measure.key == "power_factor":
        real_w, apparent_va = power_pair(readings)
        computed = np.divide(real_w, apparent_va, out=np.full(len(values), np.nan), where=apparent_va > 0)
        values = np.where(np.isnan(values), computed, values)
    return values


def power_pair(readings: ReadingBlock) -> tuple[FloatArray, FloatArray]:
    """Real power (W) and apparent power (VA) of the readings that carry both, NaN of the others."""
    real_w = readings.measure(POWER_COLUMN)
    apparent_va = readings.measure("apparent_power") * 1000.0
    has_both = ~(np.isnan(real_w) | np.isnan(apparent_va))
    return np.where(has_both, real_w, np.nan), np.where(has_both, apparent_va, np.nan)
