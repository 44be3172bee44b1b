"""Sums and extremes by device and period, which may be added up again; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from api_service.metering.analysis.frame import Frame, level_values, power_pair
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.measure import Measure
from api_service.metering.rollups import NEVER


@dataclass(frozen=True)
class Sums:
    """One row per (`cluster`, `key`, `instance`); keys and instances are those of `Pieces`.

    Over the readings that fulfil the conditions: `n` readings, `count` of them with a value, `total` over
    `weight` is the mean, `low` and `high` the extremes (NaN: none) with their earliest moments (`NEVER`:
    unknown). `energy_wh` and `covered_s` are area and length of their power curve, `cost` is the energy at
    its price (0 without prices), `record_s` is the length of the curve whatever the conditions.
    """

    cluster: IntArray
    key: IntArray
    instance: IntArray
    n: IntArray
    count: IntArray
    total: FloatArray
    weight: FloatArray
    low: FloatArray
    high: FloatArray
    low_at: IntArray
    high_at: IntArray
    energy_wh: FloatArray
    cost: FloatArray
    covered_s: FloatArray
    record_s: FloatArray

    def __len__(self) -> int:
        return len(self.cluster)

    def take(self, rows: IntArray) -> "Sums":
        """These rows, in this order."""
        return Sums(*(getattr(self, f.name)[rows] for f in fields(Sums)))

    def of_cluster(self, cluster: int) -> "Sums":
        """The same as if all were of one device; rows may then repeat."""
        return replace(self, cluster=np.full(len(self), cluster))

    def signed(self, minus: Sequence[int]) -> "Sums":
        """The same with the amounts and levels of these devices negated; counts and times stay."""
        sign = np.where(np.isin(self.cluster, list(minus)), -1.0, 1.0)
        negated = {name: getattr(self, name) * sign for name in ("total", "energy_wh", "cost")}
        return replace(self, **negated)


ADDED = ("n", "count", "total", "weight", "energy_wh", "cost", "covered_s", "record_s")
_INTEGERS = frozenset(("cluster", "key", "instance", "n", "count", "low_at", "high_at"))


def empty() -> Sums:
    """No rows."""
    columns = {f.name: np.empty(0, np.int64 if f.name in _INTEGERS else np.float64) for f in fields(Sums)}
    return Sums(**columns)  # type: ignore[arg-type]  # types follow the names


def merged(parts: Sequence[Sums]) -> Sums:
    """One row per (cluster, key, instance) of all parts, in that order: sums added, extremes kept."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    rows = Sums(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Sums)))
    rows = rows.take(np.lexsort((rows.instance, rows.key, rows.cluster)))
    is_first = (
        (np.diff(rows.cluster, prepend=rows.cluster[0] - 1) != 0)
        | (np.diff(rows.key, prepend=rows.key[0] - 1) != 0)
        | (np.diff(rows.instance, prepend=rows.instance[0] - 1) != 0)
    )
    starts, group = np.flatnonzero(is_first), np.cumsum(is_first) - 1
    reduced = {name: np.add.reduceat(getattr(rows, name), starts) for name in ADDED}
    for name, pick in (("low", np.fmin), ("high", np.fmax)):
        values, moments = getattr(rows, name), getattr(rows, f"{name}_at")
        reduced[name] = pick.reduceat(values, starts)
        reached = values == reduced[name][group]
        # A winner of unknown moment leaves the moment unknown, as an earlier one may hide in it.
        unknown = np.maximum.reduceat(np.where(reached & (moments == NEVER), 1, 0), starts) > 0
        earliest = np.minimum.reduceat(np.where(reached, moments, NEVER), starts)
        reduced[f"{name}_at"] = np.where(unknown, NEVER, earliest)
    return Sums(cluster=rows.cluster[starts], key=rows.key[starts], instance=rows.instance[starts], **reduced)


def sums_of(frame: Frame, measure: Measure) -> Sums:
    """The sums of a frame's readings and curves."""
    return merged([_of_readings(frame, measure), _of_segments(frame)])


def _of_readings(frame: Frame, measure: Measure) -> Sums:
    rows = np.flatnonzero(frame.selected)
    readings, place = frame.readings, frame.place[rows]
    value = level_values(measure, readings)[rows] if measure.columns else np.full(len(rows), np.nan)
    total, weight = value, np.where(np.isnan(value), np.nan, 1.0)
    if measure.key == "power_factor":
        total, weight = (part[rows] for part in power_pair(readings))
    at_us = readings.timestamp_us[rows]
    nothing = np.zeros(len(rows))
    return Sums(
        cluster=readings.cluster[rows],
        key=frame.pieces.key[place],
        instance=frame.pieces.instance[place],
        n=np.ones(len(rows), np.int64),
        count=(~np.isnan(value)).astype(np.int64),
        total=np.nan_to_num(total),
        weight=np.nan_to_num(weight),
        low=value,
        high=value,
        low_at=at_us,
        high_at=at_us,
        energy_wh=nothing,
        cost=nothing,
        covered_s=nothing,
        record_s=nothing,
    )


def _of_segments(frame: Frame) -> Sums:
    rows = np.flatnonzero(frame.segment_place >= 0)
    place, segments = frame.segment_place[rows], frame.segments
    selected = frame.segment_selected[rows]
    energy_wh, price = np.where(selected, segments.energy_wh[rows], 0.0), frame.pieces.price
    none, nan = np.zeros(len(rows), np.int64), np.full(len(rows), np.nan)
    never = np.full(len(rows), NEVER, np.int64)
    return Sums(
        cluster=frame.readings.cluster[segments.row[rows]],
        key=frame.pieces.key[place],
        instance=frame.pieces.instance[place],
        n=none,
        count=none,
        total=np.zeros(len(rows)),
        weight=np.zeros(len(rows)),
        low=nan,
        high=nan,
        low_at=never,
        high_at=never,
        energy_wh=energy_wh,
        cost=np.zeros(len(rows)) if price is None else energy_wh / 1000.0 * price[place],
        covered_s=np.where(selected, segments.covered_s[rows], 0.0),
        record_s=segments.covered_s[rows],
    )
