"""Statistics of one device over a window, by measure and statistic; derived from its rollups; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
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


@dataclass(frozen=True, eq=False)
class WindowStats:
    """One device over `[start, end)`: what its summed rollups hold, worked out as it is needed.

    `stats[measure, statistic]` is in the measure's own unit (W, Wh, V, A, Hz, %, var, VA, s); None where it
    was not recorded. The energy is the integral of the power curve within the window, the duration the length
    of that curve. `state_counts` counts the readings of each recorded state, `last_state` is that of the last
    reading in the window.
    """

    total: DeviceTotal
    start: datetime
    end: datetime

    def __getitem__(self, key: StatKey) -> float | None:
        if key == _COVERAGE:
            return 100.0 * self.coverage
        if key not in _COLUMNS_OF:
            return None
        above, weight = _COLUMNS_OF[key]
        value = self.total.row[above]
        if weight is not None:
            return float(value) / divisor if (divisor := self.total.row[weight]) else None
        # Without two readings that belong together there is no curve: an unknown energy, not none.
        if isnan(value) or (key == _ENERGY and not self.covered_s > 0):
            return None
        return float(value)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same of the same device and window, whatever columns they are made of."""
        return isinstance(other, WindowStats) and self._all == other._all

    __hash__ = None  # type: ignore[assignment]  # as of anything that holds mappings

    @property
    def _all(self) -> tuple[object, ...]:
        own = self.cluster, self.start, self.end, self.state_counts, self.last_state
        return *own, self.values, self.sums, {key: self.at(key) for key in _TIMES}

    @property
    def cluster(self) -> int:
        """The device."""
        return self.total.cluster

    @property
    def state_counts(self) -> Mapping[str, int]:
        """The number of readings in each recorded state."""
        return self.total.state_counts

    @property
    def last_seen(self) -> datetime:
        """The moment of the last reading in the window."""
        return from_epoch_us(int(self.total.row["last_at"]))

    @property
    def last_state(self) -> str | None:
        """The state of the last reading in the window."""
        return self.total.last_state

    @cached_property
    def values(self) -> Mapping[StatKey, float]:
        """All that is known."""
        found = {key: self[key] for key in (*_COLUMNS_OF, _COVERAGE)}
        return {key: value for key, value in found.items() if value is not None}

    @cached_property
    def sums(self) -> Mapping[str, tuple[float, float]]:
        """What a mean is made of, (sum, weight) by measure: added up over devices, that of all of them."""
        row = self.total.row
        return {key: (float(row[above]), float(row[weight])) for key, above, weight in _QUOTIENTS}

    def at(self, key: StatKey) -> datetime | None:
        """The earliest moment of an extreme, or of the first or newest reading; None where none is kept."""
        moment = self.total.row[_TIMES[key]] if key in _TIMES else NEVER
        return None if moment == NEVER else from_epoch_us(int(moment))

    @property
    def samples(self) -> int:
        """Number of readings."""
        return int(self.total.row["n"])

    @property
    def covered_s(self) -> float:
        """Length of the power curve within the window."""
        return float(self.total.row["covered_s"])

    @property
    def coverage(self) -> float:
        """The covered part of the window, 0 to 1."""
        return min(1.0, self.covered_s / (self.end - self.start).total_seconds())

    @property
    def most_common_state(self) -> str | None:
        """The recorded state of most readings; of equally common ones the alphabetically first."""
        counts = self.state_counts
        return min(counts, key=lambda state: (-counts[state], state)) if counts else None


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
_COLUMNS_OF: dict[StatKey, tuple[str, str | None]] = {
    **{(key, Statistic.SUM): (column, None) for key, column in _SUMS},
    **{(key, Statistic.MEAN): (above, weight) for key, above, weight in _QUOTIENTS},
    **{(row.key, statistic): (extreme.column, None) for row, statistic, extreme in _extremes()},
}
"""The column of each statistic, and for means the column that it is divided by."""
_TIMES = dict(_times())
_COVERAGE, _ENERGY = ("coverage", Statistic.MEAN), ("energy", Statistic.SUM)
