"""Statistics of one device over a window, by measure and statistic; derived from its rollups; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan

import numpy as np

from api_service.metering.measure import Extreme, Measure, Statistic
from api_service.metering.measures import MEASURES
from api_service.metering.moments import from_epoch_us
from api_service.metering.rollups import NEVER, RollupBlock, grouped

StatKey = tuple[str, Statistic]
"""A measure's key and a statistic of it."""


@dataclass(frozen=True)
class DeviceTotal:
    """One device over some span: `row` holds the columns of its rollup, all states together.

    `state_counts` holds the number of readings in each state that was recorded.
    """

    cluster: int
    row: Mapping[str, float | int]
    state_counts: Mapping[str, int]
    last_state: str | None


def summed_by_device(rollups: RollupBlock) -> dict[int, DeviceTotal]:
    """One total per device that has readings, whatever the resolutions of the rollups."""
    by_state = grouped(rollups.in_buckets(0))
    by_device = grouped(by_state.without_states())
    bounds = (
        np.searchsorted(by_state.cluster, by_device.cluster),
        np.searchsorted(by_state.cluster, by_device.cluster, side="right"),
    )
    totals = {}
    rows = list(zip(*(column.tolist() for column in by_device.columns.values()), strict=True))
    for place in np.flatnonzero(by_device.columns["n"] > 0).tolist():
        own = slice(int(bounds[0][place]), int(bounds[1][place]))
        numbers, last_at = by_state.columns["n"][own].tolist(), by_state.columns["last_at"][own]
        states = by_state.state[own]
        cluster = int(by_device.cluster[place])
        totals[cluster] = DeviceTotal(
            cluster=cluster,
            row=dict(zip(by_device.columns, rows[place], strict=True)),
            state_counts={state: n for state, n in zip(states, numbers, strict=True) if state and n},
            last_state=states[int(np.argmax(last_at))] or None,
        )
    return totals


@dataclass(frozen=True)
class WindowStats:
    """One device over `[start, end)`.

    `values` are in the measures' own units (W, Wh, V, A, Hz, %, var, VA, s); what was not recorded is absent.
    The energy is the integral of the power curve within the window, the duration the length of that curve.
    `moments` names the earliest moment of an extreme, and the first and newest reading ("last_seen").
    `sums` holds what a mean is made of, (sum, weight) by measure: added up over devices they give the mean of
    all of them. `state_counts` counts the readings of each recorded state, `last_state` is that of the last
    reading in the window.
    """

    cluster: int
    start: datetime
    end: datetime
    values: Mapping[StatKey, float]
    moments: Mapping[StatKey, datetime] = field(default_factory=dict)
    sums: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    state_counts: Mapping[str, int] = field(default_factory=dict)
    last_state: str | None = None

    def __getitem__(self, key: StatKey) -> float | None:
        return self.values.get(key)

    def at(self, key: StatKey) -> datetime | None:
        """The moment of an extreme, or of the first or newest reading; None where none is kept."""
        return self.moments.get(key)

    @property
    def samples(self) -> int:
        """Number of readings."""
        return int(self.values["samples", Statistic.SUM])

    @property
    def covered_s(self) -> float:
        """Length of the power curve within the window."""
        return self.values.get(("duration", Statistic.SUM), 0.0)

    @property
    def coverage(self) -> float:
        """The covered part of the window, 0 to 1."""
        return min(1.0, self.covered_s / (self.end - self.start).total_seconds())

    @property
    def most_common_state(self) -> str | None:
        """The recorded state of most readings; of equally common ones the alphabetically first."""
        counts = self.state_counts
        return min(counts, key=lambda state: (-counts[state], state)) if counts else None


def stats_of(total: DeviceTotal, start: datetime, end: datetime) -> WindowStats:
    """The statistics that a device's summed rollups hold; `start` < `end`."""
    row, covered_s = total.row, float(total.row["covered_s"])
    # Without two readings that belong together there is no curve: an unknown energy, not none.
    unknown = frozenset() if covered_s > 0 else frozenset({"energy"})
    values: dict[StatKey, float] = {
        (key, Statistic.SUM): float(row[column]) for key, column in _SUMS if key not in unknown
    }
    sums = {key: (float(row[above]), float(row[weight])) for key, above, weight in _QUOTIENTS}
    values |= {(key, Statistic.MEAN): above / weight for key, (above, weight) in sums.items() if weight}
    values |= {key: float(row[column]) for key, column in _LEVELS if not isnan(row[column])}
    values["coverage", Statistic.MEAN] = 100.0 * min(1.0, covered_s / (end - start).total_seconds())
    moments = {key: from_epoch_us(int(row[name])) for key, name in _TIMES if row[name] != NEVER}
    return WindowStats(total.cluster, start, end, values, moments, sums, total.state_counts, total.last_state)


def _extremes() -> Iterator[tuple[Measure, Statistic, Extreme]]:
    for row in MEASURES.values():
        for statistic, extreme in ((Statistic.MIN, row.rollup.minimum), (Statistic.MAX, row.rollup.maximum)):
            if extreme is not None:
                yield row, statistic, extreme


def _times() -> Iterator[tuple[StatKey, str]]:
    for row, statistic, extreme in _extremes():
        if extreme.at is not None:
            yield (row.key, statistic), extreme.at
    for row in MEASURES.values():
        if row.rollup.first_at and row.rollup.last_at:
            yield (row.key, Statistic.FIRST), row.rollup.first_at
            yield (row.key, Statistic.LATEST), row.rollup.last_at


# Which columns each statistic is made of: looked up once, not for every device of every window.
_SUMS = tuple(
    (row.key, row.rollup.sum) for row in MEASURES.values() if row.rollup.sum and row.additive_over_time
)
_QUOTIENTS = tuple(
    (row.key, row.rollup.sum, row.rollup.mean_weight)
    for row in MEASURES.values()
    if row.rollup.sum and row.rollup.mean_weight and not row.additive_over_time
)
_LEVELS = tuple(((row.key, statistic), extreme.column) for row, statistic, extreme in _extremes())
_TIMES = tuple(_times())
