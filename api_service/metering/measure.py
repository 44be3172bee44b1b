"""What is known of one measure; the rows are in `measures`."""

from dataclasses import dataclass
from enum import StrEnum


class Statistic(StrEnum):
    """How readings, or the amounts of several periods or runs, become one value.

    `LATEST` is the newest reading there is, `FIRST` and `LAST` the first and last one of a window. `COUNT` is
    the number of times something began (a run of consecutive readings counts once). `TREND` is the slope of
    a straight line through the window.
    """

    LATEST = "latest"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    MEDIAN = "median"
    P95 = "p95"
    FIRST = "first"
    LAST = "last"
    COUNT = "count"
    TREND = "trend"


class MeasureKind(StrEnum):
    """Where values come from: a column of numbers, a computation, or a column of text."""

    RECORDED = "recorded"
    DERIVED = "derived"
    TEXT = "text"


@dataclass(frozen=True)
class SourceColumn:
    """A column of `electrical_data`; `to_unit` converts it to the measure's unit.

    `low` and `high` bound what is possible, in the column's own unit.
    """

    name: str
    to_unit: float
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """One written unit: used from `from_value` (absolute, in the measure's unit) upwards.

    `factor` is how many of the measure's units make one of these. `decimals_below_10` and `decimals` apply
    to the scaled number. `spellings` are the lower-case ways to write the unit in a question.
    """

    unit: str
    factor: float
    from_value: float
    decimals_below_10: int
    decimals: int
    spellings: tuple[str, ...] = ()


PERCENT = (Scale("%", 1.0, 0.0, 1, 0, ("%", "percent", "per cent", "pct")),)
COUNTED = (Scale("", 1.0, 0.0, 0, 0, ("times", "time", "x")),)
DURATION = (
    Scale("s", 1.0, 0.0, 0, 0, ("s", "sec", "secs", "second", "seconds")),
    Scale("min", 60.0, 60.0, 0, 0, ("min", "mins", "minute", "minutes")),
    Scale("h", 3600.0, 3600.0, 1, 1, ("h", "hr", "hrs", "hour", "hours")),
    Scale("d", 86400.0, 259200.0, 1, 1, ("d", "day", "days")),
)


def kilo(unit: str, *names: tuple[str, ...]) -> tuple[Scale, ...]:
    """`unit` and a thousand of it: 5.0 W, 842 W, 3.41 kW, 45.2 kW."""
    return (
        Scale(unit, 1.0, 0.0, 1, 0, names[0]),
        Scale(f"k{unit}", 1e3, 1e3, 2, 1, names[1]),
    )


@dataclass(frozen=True)
class Extreme:
    """The rollup column of a minimum or maximum, and that of its first moment where one is kept."""

    column: str
    at: str | None = None


@dataclass(frozen=True)
class RollupColumns:
    """What `rollups` keeps of a measure. The mean is `sum` over `weight`, which is `count` unless named.

    `first_at` and `last_at` are columns of moments.
    """

    count: str | None = None
    sum: str | None = None
    minimum: Extreme | None = None
    maximum: Extreme | None = None
    weight: str | None = None
    first_at: str | None = None
    last_at: str | None = None

    @property
    def mean_weight(self) -> str | None:
        """The column that a mean divides by."""
        return self.weight or self.count


LEVEL_STATISTICS = frozenset(Statistic) - {Statistic.SUM}
"""Of a level, such as a power or a voltage."""


@dataclass(frozen=True)
class Measure:
    """Everything that the product knows of one quantity.

    `unit` is that of every computed value ("s" durations, "" plain numbers, "¤" the tariff's currency,
    "timestamp" moments, "state" text). `columns` come best first: the first one that is recorded counts.
    `derived_from` names the measures that a computation needs. `additive_over_devices`: the site's value is
    the sum over devices. `additive_over_time`: an hour's value is the sum of its minutes' values.
    `default_statistic` is what the bare noun means over a window. `has_limits`: the glossary knows what is
    normal and what is poor. `synonyms` are lower-case words and phrases
    that name the measure in a question, the noun included.
    """

    key: str
    noun: str
    unit: str
    scales: tuple[Scale, ...]
    synonyms: tuple[str, ...]
    kind: MeasureKind = MeasureKind.RECORDED
    statistics: frozenset[Statistic] = LEVEL_STATISTICS
    default_statistic: Statistic = Statistic.MEAN
    columns: tuple[SourceColumn, ...] = ()
    derived_from: tuple[str, ...] = ()
    additive_over_devices: bool = False
    additive_over_time: bool = False
    rollup: RollupColumns = RollupColumns()
    has_limits: bool = False

    def scale_for(self, value: float) -> Scale:
        """The unit in which `value` (in the measure's unit) is written; `ValueError` for moments and text."""
        fitting = [scale for scale in self.scales if abs(value) >= scale.from_value]
        return max(fitting, key=lambda scale: scale.from_value)
