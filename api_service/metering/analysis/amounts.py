"""Amounts (energy, costs, times, counts) of single periods, and statistics over them; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api_service.metering.analysis.calendar.periods import GATHERING, LEFT_OUT, Period, Pieces
from api_service.metering.analysis.frame import Frame
from api_service.metering.analysis.intervals import Spans, holes, union
from api_service.metering.analysis.on_off import OFF, ON, UNKNOWN
from api_service.metering.analysis.sums import Sums
from api_service.metering.analysis.values import Value, over_amounts
from api_service.metering.blocks import BoolArray, FloatArray, IntArray
from api_service.metering.measure import Measure, Statistic

AnyArray = NDArray[Any]
_COLUMNS = {
    "energy": "energy_wh",
    "cost": "cost",
    "duration": "covered_s",
    "on_time": "covered_s",
    "samples": "n",
}


@dataclass(frozen=True)
class Amounts:
    """One row per (`key`, `instance`) in which anything was recorded, ordered by them."""

    key: IntArray
    instance: IntArray
    amount: FloatArray
    samples: IntArray

    def of(self, key: int) -> "Amounts":
        """The instances of one key."""
        rows = self.key == key
        return Amounts(self.key[rows], self.instance[rows], self.amount[rows], self.samples[rows])

    def without(self, instances: frozenset[int]) -> "Amounts":
        """All but these instances, or all if no other is left."""
        kept = ~np.isin(self.instance, list(instances))
        if not np.any(kept):
            return self
        return Amounts(self.key[kept], self.instance[kept], self.amount[kept], self.samples[kept])


def amounts_of(sums: Sums, measure: Measure) -> Amounts:
    """The amounts that sums hold, all devices added up."""
    periods, group = _grouped(sums)
    recorded = np.bincount(group, sums.n if measure.key == "samples" else sums.record_s, len(periods)) > 0
    amount = np.bincount(group, getattr(sums, _COLUMNS[measure.key]), len(periods))
    return _rows(periods, recorded, amount, np.bincount(group, sums.n, len(periods)))


def amounts_of_spans(spans: Spans, pieces: Pieces, sums: Sums) -> Amounts:
    """The time (s) that spans cover in each period; `sums` say where anything was recorded."""
    parts = spans.cut_at(pieces.edges_us)
    place = pieces.of(parts.start_us)
    seconds = np.where(place == LEFT_OUT, 0.0, parts.seconds)
    return _placed(place, seconds, pieces, sums)


def amounts_of_moments(at_us: IntArray, pieces: Pieces, sums: Sums) -> Amounts:
    """How many moments lie in each period; `sums` say where anything was recorded."""
    place = pieces.of(at_us)
    return _placed(place, np.where(place == LEFT_OUT, 0.0, 1.0), pieces, sums)


def switch_on_moments(frame: Frame, status: IntArray) -> IntArray:
    """The moments of readings of a device that is on after one of it that is off.

    Readings without power, or of unknown status, are passed over.
    """
    powered = ~np.isnan(frame.readings.measure("real_power_watt"))
    rows = np.flatnonzero(powered & (status != UNKNOWN))
    cluster, known = frame.readings.cluster[rows], status[rows]
    turned = (known[1:] == ON) & (known[:-1] == OFF) & (cluster[1:] == cluster[:-1])
    later = rows[1:][turned]
    moments: IntArray = frame.readings.timestamp_us[later[frame.holds[later]]]
    return moments


def gap_spans(frame: Frame, alive_us: Mapping[int, tuple[int, int]]) -> Spans:
    """The stretches of kept time that each device's curve leaves out, one device after the other.

    Only between the two moments that `alive_us` gives for a device.
    """
    none = np.empty(0, np.int64)
    starts, ends = [none], [none]
    first_us, last_us = frame.pieces.edges_us[[0, -1]].tolist()
    for cluster, (begin_us, until_us) in alive_us.items():
        if max(first_us, begin_us) >= min(last_us, until_us):
            continue
        rows = np.flatnonzero(frame.readings.cluster[frame.segments.row] == cluster)
        covered = union(frame.segments.start_us[rows], frame.segments.end_us[rows])
        gaps = _kept(holes(covered, max(first_us, begin_us), min(last_us, until_us)), frame.pieces)
        starts.append(gaps.start_us)
        ends.append(gaps.end_us)
    return Spans(np.concatenate(starts), np.concatenate(ends))


def split_by_key(spans: Spans, pieces: Pieces) -> tuple[Spans, IntArray]:
    """Spans of kept time cut where the period changes, and the period of each part."""
    parts = spans.cut_at(pieces.edges_us)
    keys = pieces.key[pieces.of(parts.start_us)]
    # Parts that go on in the same period are one; spans of several devices may overlap and stay apart.
    goes_on = (parts.start_us[1:] == parts.end_us[:-1]) & (keys[1:] == keys[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~goes_on))) if len(parts) else np.empty(0, np.int64)
    last = np.append(first[1:] - 1, len(parts) - 1) if len(parts) else first
    return Spans(parts.start_us[first], parts.end_us[last]), keys[first]


def gathered(amounts: Amounts, pieces: Pieces, statistic: Statistic, period: Period) -> dict[int, Value]:
    """A value for each key: its amount, or a statistic over its days (hours) of a gathering period."""
    values = {}
    for key in np.unique(amounts.key).tolist():
        own = amounts.of(key)
        if period in GATHERING and statistic is not Statistic.SUM:
            own = own.without(pieces.cut)
            value, place = over_amounts(own.amount, statistic)
            values[key] = _with_span(value, own, place, pieces)
        else:
            values[key] = Value(float(own.amount.sum()), int(own.samples.sum()))
    return values


def collapsed(amounts: Amounts, pieces: Pieces, statistic: Statistic) -> Value | None:
    """A statistic over all calendar periods; those that the window cuts count only if there is no other."""
    whole = amounts.without(pieces.cut)
    if not len(whole.amount):
        return None
    value, place = over_amounts(whole.amount, statistic)
    return _with_span(value, whole, place, pieces)


def _with_span(value: float, amounts: Amounts, place: int | None, pieces: Pieces) -> Value:
    samples = int(amounts.samples.sum())
    if place is None:
        return Value(value, samples)
    span = pieces.span_us(int(amounts.key[place]), int(amounts.instance[place]))
    return Value(value, samples, *span)


def _kept(spans: Spans, pieces: Pieces) -> Spans:
    parts = spans.cut_at(pieces.edges_us)
    kept = pieces.of(parts.start_us) != LEFT_OUT
    return union(parts.start_us[kept], parts.end_us[kept])


def _grouped(sums: Sums) -> tuple[IntArray, IntArray]:
    """The different (key, instance) of sums, ordered, and which one each row is of."""
    pairs = np.stack((sums.key, sums.instance), axis=1)
    periods, group = np.unique(pairs, axis=0, return_inverse=True)
    return periods, group.ravel()


def _placed(places: IntArray, values: FloatArray, pieces: Pieces, sums: Sums) -> Amounts:
    periods, group = _grouped(sums)
    recorded = np.bincount(group, sums.record_s, len(periods)) > 0
    amount = np.zeros(len(periods))
    found = {(int(key), int(instance)): row for row, (key, instance) in enumerate(periods)}
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        row = found.get((int(pieces.key[place]), int(pieces.instance[place]))) if place >= 0 else None
        if row is not None:
            amount[row] += value
    return _rows(periods, recorded, amount, np.bincount(group, sums.n, len(periods)))


def _rows(periods: IntArray, kept: BoolArray, amount: AnyArray, samples: AnyArray) -> Amounts:
    rows = np.flatnonzero(kept)
    return Amounts(
        periods[rows, 0],
        periods[rows, 1],
        amount[rows].astype(np.float64),
        samples[rows].astype(np.int64),
    )
