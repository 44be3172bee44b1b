"""Several devices as if one meter read them all; pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from api_service.metering.blocks import FloatArray, IntArray, ReadingBlock
from api_service.metering.power_curve import Segments, device_curves

SITE = -1
"""The cluster of the total's readings; no device has it."""

ADDED_COLUMNS = ("real_power_watt", "reactive_power", "apparent_power")


def total_load(
    readings: ReadingBlock,
    largest_gap_us: Mapping[int, int],
    minus: Collection[int] = (),
    alive_us: Mapping[int, tuple[int, int]] | None = None,
) -> ReadingBlock:
    """A sorted block's devices added up (those of `minus` subtracted) at every moment of a reading.

    A device counts with its reading of that moment, or with the straight line between the readings around it
    if these are within its largest gap; otherwise it adds nothing. Column by column: a moment has a total
    where at least one device has a value. With `alive_us`, from each device's first to its last moment, only
    where none has a gap in it: while one is not measured, the sum of the others is too low.
    """
    sign = np.where(np.isin(readings.cluster, list(minus)), -1.0, 1.0)
    signed = replace(readings, values={name: column * sign for name, column in readings.values.items()})
    moments = np.unique(readings.timestamp_us)
    values = {name: _column(signed, name, moments, largest_gap_us, alive_us or {}) for name in ADDED_COLUMNS}
    return ReadingBlock(moments, np.full(len(moments), SITE), values, [None] * len(moments))


def _column(
    readings: ReadingBlock,
    name: str,
    moments: IntArray,
    largest_gap_us: Mapping[int, int],
    alive_us: Mapping[int, tuple[int, int]],
) -> FloatArray:
    value = readings.measure(name)
    total, known = np.zeros(len(moments)), np.zeros(len(moments), np.bool_)
    missed = known.copy()
    for cluster in np.unique(readings.cluster).tolist():
        rows = np.flatnonzero((readings.cluster == cluster) & ~np.isnan(value))
        at_us, own = readings.timestamp_us[rows], value[rows]
        alone = replace(readings.take(rows), values={"real_power_watt": own})
        curve = device_curves(alone, largest_gap_us)
        here = np.searchsorted(moments, at_us)
        inner, inner_value = _between(curve, moments)
        total[inner] += inner_value
        total[here] += own
        known[inner] = known[here] = True
        if cluster in alive_us and len(rows):
            first_us, last_us = alive_us[cluster]
            is_missed = (moments > first_us) & (moments < last_us)
            is_missed[inner] = is_missed[here] = False
            missed |= is_missed
    return np.where(known & ~missed, total, np.nan)


def _between(curve: Segments, moments: IntArray) -> tuple[IntArray, FloatArray]:
    """The places of moments strictly inside a segment, and the curve there."""
    first = np.searchsorted(moments, curve.start_us, side="right")
    last = np.searchsorted(moments, curve.end_us, side="left")
    parts = last - first
    piece = np.repeat(np.arange(len(curve)), parts)
    place = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    length = curve.end_us[piece] - curve.start_us[piece]
    progress = (moments[place] - curve.start_us[piece]) / length
    return place, curve.start_w[piece] * (1 - progress) + curve.end_w[piece] * progress
