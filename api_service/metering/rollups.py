"""Rollups as columns: sums and extremes of readings that can be added up again; pure arithmetic.

A reading, an hour and a life have the same shape (a reading is a rollup of one), so one function, `grouped`,
makes hours of readings, days of hours and a window's statistics of whatever covers it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from api_service.metering.blocks import BoolArray, FloatArray, IntArray, ReadingBlock
from api_service.metering.measure import Measure, RollupColumns
from api_service.metering.measures import MEASURES
from api_service.metering.power_curve import Segments

Column = NDArray[np.int64] | NDArray[np.float64]

_ROWS = tuple(MEASURES.values())


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


COUNTS = _each(row.rollup.count for row in _ROWS)
SUMS = _each(
    name for row in _ROWS for name in (row.rollup.sum, row.rollup.weight) if name and name not in COUNTS
)
# Each extreme with the column of its moment, where that is kept.
MINIMA = {kept.column: kept.at for row in _ROWS if (kept := row.rollup.minimum)}
MAXIMA = {kept.column: kept.at for row in _ROWS if (kept := row.rollup.maximum)}
MOMENTS = _each([*MINIMA.values(), *MAXIMA.values(), "first_at", "last_at"])
VALUES = (*COUNTS, *SUMS, *MINIMA, *MAXIMA, *MOMENTS)

# Rollups keep so many states of a device apart.
MAX_STATES = 64
OTHER_STATES = "other"
# "No moment": later than all (for what takes the earliest) and earlier than all (for `last_at`).
NEVER = np.iinfo(np.int64).max
BEFORE_ALL = np.iinfo(np.int64).min


@dataclass(frozen=True)
class RollupBlock:
    """Rows of sums and extremes, keyed by (`cluster`, `bucket_us`, `state`); "" is the null state.

    `columns` holds every name of `VALUES`: counts and moments (epoch microseconds, `NEVER` or `BEFORE_ALL`
    where there is none) as integers, the rest as floats (extremes NaN where there is none).
    """

    cluster: IntArray
    bucket_us: IntArray
    state: Sequence[str]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.cluster)

    def in_buckets(self, bucket_us: IntArray | int) -> "RollupBlock":
        """The same rows in other buckets: wider ones, or one for all."""
        return replace(self, bucket_us=np.broadcast_to(np.int64(bucket_us), (len(self),)))

    def without_states(self) -> "RollupBlock":
        """The same rows as if no reading had a state."""
        return replace(self, state=[""] * len(self))

    def take(self, rows: IntArray) -> "RollupBlock":
        """These rows, in this order."""
        return RollupBlock(
            cluster=self.cluster[rows],
            bucket_us=self.bucket_us[rows],
            state=[self.state[row] for row in rows.tolist()],
            columns={name: column[rows] for name, column in self.columns.items()},
        )


def columns_for(names: Collection[str]) -> tuple[str, ...]:
    """Those of `VALUES` that readings with these measured columns fill, but for the moments of extremes."""
    read = {row.key for row in _ROWS if any(column.name in names for column in row.columns)}
    kept = [
        row.rollup
        for row in _ROWS
        if (row.key in read if row.rollup.weight is None else read.issuperset(row.derived_from))
    ]
    filled = {"n", "first_at", "last_at", "energy_wh", "covered_s"}
    for own in kept:
        filled |= {name for name in (own.count, own.sum, own.weight) if name}
        filled |= {extreme.column for extreme in (own.minimum, own.maximum) if extreme}
    return tuple(name for name in VALUES if name in filled)


def default(name: str, rows: int) -> Column:
    """`rows` times what the column `name` holds where nothing was read."""
    if name in COUNTS:
        return np.zeros(rows, np.int64)
    if name in SUMS:
        return np.zeros(rows)
    if name in MOMENTS:
        return np.full(rows, BEFORE_ALL if name == "last_at" else NEVER, np.int64)
    return np.full(rows, np.nan)


def concatenated(parts: Sequence[RollupBlock]) -> RollupBlock:
    """All rows one after another; keys may repeat."""
    return RollupBlock(
        cluster=np.concatenate([part.cluster for part in parts] or [np.empty(0, np.int64)]),
        bucket_us=np.concatenate([part.bucket_us for part in parts] or [np.empty(0, np.int64)]),
        state=[state for part in parts for state in part.state],
        columns={
            name: np.concatenate([part.columns[name] for part in parts]) if parts else default(name, 0)
            for name in VALUES
        },
    )


def grouped(rollups: RollupBlock) -> RollupBlock:
    """One row for each (cluster, bucket, state), ordered by it: counts and sums added, extremes kept."""
    if not len(rollups):
        return rollups
    codes, names = _coded(rollups.state)
    order = np.lexsort((codes, rollups.bucket_us, rollups.cluster))
    keys = np.stack((rollups.cluster[order], rollups.bucket_us[order], codes[order]))
    is_first = np.concatenate(([True], np.any(keys[:, 1:] != keys[:, :-1], axis=0)))
    starts = np.flatnonzero(is_first)
    group = np.cumsum(is_first) - 1
    columns = _reduced({name: column[order] for name, column in rollups.columns.items()}, starts, group)
    return RollupBlock(
        cluster=keys[0, starts],
        bucket_us=keys[1, starts],
        state=[names[code] for code in keys[2, starts].tolist()],
        columns=columns,
    )


def with_few_states(readings: ReadingBlock, known: Mapping[int, Collection[str]]) -> ReadingBlock:
    """The readings with at most `MAX_STATES` states a device, `known` ones first; all others are "other".

    A counter in the state's column would otherwise make a rollup of every reading.
    """
    found: dict[int, set[str]] = {}
    for cluster, state in set(zip(readings.cluster.tolist(), readings.device_state, strict=True)):
        if state and state not in known.get(cluster, ()):
            found.setdefault(cluster, set()).add(state)
    room = {cluster: max(0, MAX_STATES - len(known.get(cluster, ()))) for cluster in found}
    surplus = {cluster: set(sorted(new)[room[cluster] :]) for cluster, new in found.items()}
    if not any(surplus.values()):
        return readings
    pairs = zip(readings.cluster.tolist(), readings.device_state, strict=True)
    states = [OTHER_STATES if state in surplus.get(cluster, ()) else state for cluster, state in pairs]
    return replace(readings, device_state=states)


def of_readings(readings: ReadingBlock, counted: BoolArray, segments: Segments, width_us: int) -> RollupBlock:
    """Rollups over buckets `width_us` wide of the `counted` readings and the given stretches of their curve.

    Stretches must not cross a bucket's edge. A reading that is not counted may still begin a stretch.
    """
    states = np.array([state or "" for state in readings.device_state], dtype=object)
    rows = np.flatnonzero(counted)
    read = RollupBlock(
        cluster=readings.cluster[rows],
        bucket_us=readings.timestamp_us[rows] // width_us * width_us,
        state=states[rows].tolist(),
        columns=_reading_columns(readings, rows),
    )
    nothing = {name: default(name, len(segments)) for name in VALUES}
    drawn = RollupBlock(
        cluster=readings.cluster[segments.row],
        bucket_us=segments.start_us // width_us * width_us,
        state=states[segments.row].tolist(),
        columns=nothing | {"energy_wh": segments.energy_wh, "covered_s": segments.covered_s},
    )
    return grouped(concatenated([read, drawn]))


def _reading_columns(readings: ReadingBlock, rows: IntArray) -> dict[str, Column]:
    """What each reading adds: a rollup of one."""
    at_us = readings.timestamp_us[rows]
    columns: dict[str, Column] = {name: default(name, len(rows)) for name in VALUES}
    columns |= {"n": np.ones(len(rows), np.int64), "first_at": at_us, "last_at": at_us}
    values = {row.key: readings.quantity(row)[rows] for row in _ROWS if row.columns}
    for row in _ROWS:
        if row.rollup.sum and row.rollup.weight:
            columns |= _ratio(row, values)
        elif row.columns:
            columns |= _level(row.rollup, values[row.key], at_us)
    return columns


def _ratio(row: Measure, values: Mapping[str, FloatArray]) -> dict[str, Column]:
    """The two sums of a quotient such as ΣP/ΣS, over the readings that carry both."""
    above, below = (values[key] for key in row.derived_from)
    has_both = ~np.isnan(above) & ~np.isnan(below)
    sums = ((row.rollup.sum, above), (row.rollup.weight, below))
    return {name: np.where(has_both, part, 0.0) for name, part in sums if name}


def _level(kept: RollupColumns, values: FloatArray, at_us: IntArray) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    if kept.count and kept.sum:
        columns |= {kept.count: (~np.isnan(values)).astype(np.int64), kept.sum: np.nan_to_num(values)}
    for extreme in (kept.minimum, kept.maximum):
        if extreme:
            columns |= {extreme.column: values, extreme.at: at_us} if extreme.at else {extreme.column: values}
    return columns


def _reduced(columns: Mapping[str, Column], starts: IntArray, group: IntArray) -> dict[str, Column]:
    reduced: dict[str, Column] = {name: np.add.reduceat(columns[name], starts) for name in (*COUNTS, *SUMS)}
    for extreme, fewest in ((MINIMA, np.fmin), (MAXIMA, np.fmax)):
        for name, at in extreme.items():
            reduced[name] = fewest.reduceat(columns[name], starts)
            if at is not None:
                reached = columns[name] == reduced[name][group]
                reduced[at] = np.minimum.reduceat(np.where(reached, columns[at], NEVER), starts)
    reduced["first_at"] = np.minimum.reduceat(columns["first_at"], starts)
    reduced["last_at"] = np.maximum.reduceat(columns["last_at"], starts)
    return reduced


def _coded(names: Iterable[str]) -> tuple[IntArray, list[str]]:
    """Each name as its place in the sorted list of all names."""
    names = list(names)
    listed = sorted(set(names))
    places = {name: place for place, name in enumerate(listed)}
    return np.array([places[name] for name in names], np.int64), listed
