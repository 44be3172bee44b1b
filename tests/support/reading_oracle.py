"""Readings for tests, and what follows from them by the plainest means: loops over rows, no columns.

Nothing here uses the code under test but its input type; expected values come from CONTRACT's definitions.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median

import numpy as np

from api_service.metering.blocks import ReadingBlock

START = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """One reading in the table's units; `at` is seconds after `START`."""

    at: float
    cluster: int = 1
    real_power_watt: float | None = None
    device_state: str | None = None
    apparent_power: float | None = None
    reactive_power: float | None = None
    thd: float | None = None
    voltage: float | None = None
    current: float | None = None
    frequency: float | None = None

    @property
    def moment(self) -> datetime:
        return START + timedelta(microseconds=round(self.at * 1_000_000))


MEASURED = [f.name for f in fields(Row) if f.name not in {"at", "cluster", "device_state"}]


def block(rows: Sequence[Row], names: dict[int, str] | None = None) -> ReadingBlock:
    """The rows as write_readings takes them."""
    return ReadingBlock(
        timestamp_us=np.array([(row.moment - EPOCH) // timedelta(microseconds=1) for row in rows], np.int64),
        cluster=np.array([row.cluster for row in rows], np.int64),
        values={name: np.array([getattr(row, name) for row in rows], np.float64) for name in MEASURED},
        device_state=[row.device_state for row in rows],
        device_name=names or {},
    )


def gap_s(rows: Iterable[Row]) -> float:
    """CONTRACT's default: ten times the median spacing (to three digits), at least a minute."""
    moments = sorted(row.moment for row in rows)
    spacings = [three_digits((after - before).total_seconds()) for before, after in pairwise(moments)]
    return max(60.0, 10 * median(spacings)) if spacings else 60.0


def three_digits(seconds: float) -> float:
    """A spacing as histograms count it: to three digits, half up."""
    micros = Decimal(round(seconds * 1_000_000))
    unit = Decimal(10) ** max(micros.adjusted() - 2, 0)
    return float((micros / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit / 1_000_000)


def totals(rows: Iterable[Row], start: datetime, end: datetime, gap: float) -> dict[str, "Total"]:
    """What one device's readings come to within `[start, end)`, by state."""
    rows = sorted(rows, key=lambda row: row.moment)
    by_state: dict[str, Total] = {}
    for row in rows:
        if start <= row.moment < end:
            by_state.setdefault(row.device_state or "", Total()).add(row)
    powered = [row for row in rows if row.real_power_watt is not None]
    for here, there in pairwise(powered):
        length = (there.moment - here.moment).total_seconds()
        first, last = max(here.moment, start), min(there.moment, end)
        if length > gap or first >= last:
            continue
        assert here.real_power_watt is not None
        assert there.real_power_watt is not None
        rise = (there.real_power_watt - here.real_power_watt) / length
        middle = (first + (last - first) / 2 - here.moment).total_seconds()
        seconds = (last - first).total_seconds()
        total = by_state.setdefault(here.device_state or "", Total())
        total.energy_wh += (here.real_power_watt + rise * middle) * seconds / 3600
        total.covered_s += seconds
    return by_state


class Total:
    """Plain sums over rows."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.energy_wh = 0.0
        self.covered_s = 0.0

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def values(self, name: str) -> list[float]:
        return [value for row in self.rows if (value := getattr(row, name)) is not None]

    def mean(self, name: str) -> float | None:
        values = self.values(name)
        return sum(values) / len(values) if values else None

    def extreme_at(self, name: str, value: float | None) -> datetime | None:
        return next(
            (row.moment for row in self.rows if value is not None and getattr(row, name) == value), None
        )


def whole(by_state: dict[str, Total]) -> Total:
    """All states together."""
    total = Total()
    for part in by_state.values():
        total.rows.extend(part.rows)
        total.energy_wh += part.energy_wh
        total.covered_s += part.covered_s
    total.rows.sort(key=lambda row: row.moment)
    return total


def most_common_state(rows: Iterable[Row]) -> str | None:
    """The mode of the recorded states; of equals the alphabetically first."""
    counts = Counter(row.device_state for row in rows if row.device_state)
    return min(counts, key=lambda state: (-counts[state], state)) if counts else None
