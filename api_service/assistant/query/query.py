"""What a question asks for, as values: a `Query` over the data, or one of the other kinds of `Request`.

Devices, times, numbers, hours and states are `Slot`s: positions of the masked question, bound to values
elsewhere. All frozen and hashable.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from api_service.metering.measures import Statistic

Slot = NewType("Slot", int)
"""N of `<extra_id_N>`."""


class SlotKind(StrEnum):
    """What a slot stands for."""

    DEVICE = "device"
    GROUP = "group"
    TIME = "time"
    HOURS = "hours"
    NUMBER = "number"
    STATE = "state"


class Ask(StrEnum):
    """The form of the answer.

    VALUE one value (for several devices each one's). WHEN a moment, a span or a period. WHICH the name of a
    device, group or state. WHETHER yes or no. HOW_MANY a number of groups. LIST a table of groups and values.
    COMPARE two values side by side.
    """

    VALUE = "value"
    WHEN = "when"
    WHICH = "which"
    WHETHER = "whether"
    HOW_MANY = "how_many"
    LIST = "list"
    COMPARE = "compare"


class Per(StrEnum):
    """What results are grouped by. The last three gather periods of many days: all Mondays, all evenings."""

    DEVICE = "device"
    GROUP = "group"
    STATE = "state"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HOUR_OF_DAY = "hour_of_day"
    WEEKDAY = "weekday"
    WEEKDAY_OR_WEEKEND = "weekday_or_weekend"


PERIODS = frozenset(Per) - {Per.DEVICE, Per.GROUP, Per.STATE}


class DeviceScope(StrEnum):
    """Which devices: all, these, all but these, or what the mains meter has beyond its parts."""

    ALL = "all"
    THESE = "these"
    BUT = "but"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Devices:
    """`slots` (of devices or groups, in the order of the comparison) for THESE and BUT."""

    scope: DeviceScope = DeviceScope.ALL
    slots: tuple[Slot, ...] = ()


class BoundKind(StrEnum):
    """How a value is judged. NORMAL and POOR are the glossary's limits of the measure."""

    ABOVE = "above"
    BELOW = "below"
    BETWEEN = "between"
    NORMAL = "normal"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit: one number for ABOVE and BELOW, two for BETWEEN, none for NORMAL and POOR."""

    kind: BoundKind
    numbers: tuple[Slot, ...] = ()


class StateTest(StrEnum):
    """A condition on a device: on or off, a recorded state (IS, NOT), or whether it still reports."""

    ON = "on"
    OFF = "off"
    IS = "is"
    NOT = "not"
    SILENT = "silent"
    REPORTING = "reporting"


@dataclass(frozen=True, slots=True)
class StateCondition:
    """`slot` names the recorded state for IS and NOT."""

    test: StateTest
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class MeasureCondition:
    """Readings whose `measure` is within `bound`; None is the measure of the query itself."""

    measure: str | None
    bound: Bound


class HoursTest(StrEnum):
    """In recurring hours, or outside of them."""

    DURING = "during"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class HoursCondition:
    """Readings in recurring hours or days ("at night", "on weekends"), or outside of them.

    Two slots are the two sides of a comparison.
    """

    test: HoursTest
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on single readings; all must hold."""

    state: StateCondition | None = None
    bounds: tuple[MeasureCondition, ...] = ()
    hours: HoursCondition | None = None

    def __bool__(self) -> bool:
        return self != Where()


class End(StrEnum):
    """Which end of an order comes first."""

    MOST = "most"
    LEAST = "least"


@dataclass(frozen=True, slots=True)
class Order:
    """Results by value: the first `limit` of them, or only the one at place `rank` (1 is the first)."""

    end: End
    limit: Slot | None = None
    rank: Slot | None = None


class WindowForm(StrEnum):
    """IN one span, or two to compare; AROUND a moment: before against after it; EVER: the whole record."""

    IN = "in"
    AROUND = "around"
    EVER = "ever"


@dataclass(frozen=True, slots=True)
class Windows:
    """One or two times for IN, one for AROUND, none for EVER."""

    form: WindowForm
    slots: tuple[Slot, ...] = ()


class RelationKind(StrEnum):
    """What is made of the results.

    SHARE of the total, DIFFERENCE and RATIO of two, TIMES a number; MORE and LESS ask whether the first of
    two exceeds the second or falls short of it (of a trend: whether it rises or falls).
    """

    SHARE = "share"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    TIMES = "times"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Relation:
    """`slot`: the number for TIMES; for SHARE the device or group it is a share of (None: the total)."""

    kind: RelationKind
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the data: select, where, group, aggregate, having, order and limit, relate.

    `measure` is a key of the registry. `per` is None for one group: all of the selected. `every`: a yes/no
    question about all groups and not about any. `windows` None is "now" for LATEST, the whole record for a
    first or last time, otherwise the default window. `usual`: against what is usual for that time.
    """

    ask: Ask
    measure: str
    statistic: Statistic
    per: Per | None = None
    every: bool = False
    devices: Devices = field(default_factory=Devices)
    where: Where = field(default_factory=Where)
    having: Bound | None = None
    order: Order | None = None
    windows: Windows | None = None
    usual: bool = False
    relation: Relation | None = None

    @property
    def measured(self) -> tuple[str, Statistic]:
        """Measure and statistic."""
        return self.measure, self.statistic

    @property
    def grouping(self) -> Per | None:
        """What results are grouped by: `per`, or devices where the form of the answer asks for groups."""
        by_device = self.ask in (Ask.WHICH, Ask.HOW_MANY, Ask.LIST) or self.every
        return self.per or (Per.DEVICE if by_device else None)


@dataclass(frozen=True, slots=True)
class Explain:
    """What a term means; `term` is a measure's key or a concept of the glossary.

    `value`: a number to be judged by the rules of thumb ("is 12 % THD bad").
    """

    term: str
    value: Slot | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """How things are, in a few sentences; `quality`: the power quality alone."""

    quality: bool = False
    devices: Devices = field(default_factory=Devices)
    windows: Windows | None = None


class Outcome(StrEnum):
    """What needs no data: reasons to decline, and small talk.

    CONTROL switching or changing something, FORECAST the future, WHY causes, ADVICE what to do,
    OTHER_QUANTITY what no meter of electricity records, UNSUPPORTED a question to these data beyond the
    language, OFF_TOPIC another subject, LANGUAGE not English, UNCLEAR too little said, GIBBERISH no words.
    """

    CONTROL = "control"
    FORECAST = "forecast"
    WHY = "why"
    ADVICE = "advice"
    OTHER_QUANTITY = "other_quantity"
    UNSUPPORTED = "unsupported"
    OFF_TOPIC = "off_topic"
    LANGUAGE = "language"
    UNCLEAR = "unclear"
    GIBBERISH = "gibberish"
    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"


SMALL_TALK = frozenset((Outcome.GREETING, Outcome.THANKS, Outcome.HELP))

Request = Query | Explain | Summary | Outcome
