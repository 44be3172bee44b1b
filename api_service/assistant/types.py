"""What travels along the way of a question: `Question` → `AnswerFacts` → words → `Answer`.

All frozen, all plain. Times are aware UTC datetimes; windows are half-open `[start, end)`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from api_service.metering.measure import Statistic


class Intent(StrEnum):
    """The kind of answer that is wanted."""

    POWER_NOW = "power_now"
    AVERAGE = "average"
    PEAK = "peak"
    MINIMUM = "minimum"
    ENERGY = "energy"
    RANKING = "ranking"
    SHARE = "share"
    COMPARE = "compare"
    THD = "thd"
    POWER_FACTOR = "power_factor"
    STATE = "state"
    ACTIVE = "active"
    INVENTORY = "inventory"
    DECLINED = "declined"


class Quantity(StrEnum):
    """What was measured; the unit follows from it."""

    POWER = "power"
    ENERGY = "energy"
    THD = "thd"
    POWER_FACTOR = "power_factor"
    STATE = "state"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    REACTIVE_POWER = "reactive_power"
    APPARENT_POWER = "apparent_power"


class Relation(StrEnum):
    """How a value follows from other results instead of from readings; evidence names it in both fields."""

    SHARE = "share"
    COUNT = "count"
    DIFFERENCE = "difference"
    RATIO = "ratio"


class Order(StrEnum):
    """Which end of a ranking is meant."""

    MOST = "most"
    LEAST = "least"


class Refusal(StrEnum):
    """Why a question gets no number; each has its own plain sentence."""

    UNKNOWN_DEVICE = "unknown_device"
    AMBIGUOUS_DEVICE = "ambiguous_device"
    NOT_RECORDED = "not_recorded"
    EMPTY_WINDOW = "empty_window"
    STALE = "stale"
    FUTURE = "future"
    CONTROL = "control"
    OFF_TOPIC = "off_topic"
    GIBBERISH = "gibberish"
    NOT_YET = "not_yet"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class DeviceRef:
    """A device as questions and answers name it."""

    cluster: int
    name: str


@dataclass(frozen=True)
class Window:
    """A half-open span of time with the words it is spoken of: "yesterday", "in the last 3 hours"."""

    start: datetime
    end: datetime
    label: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True)
class Moment:
    """ "Now" and the zone in which days begin."""

    now: datetime
    timezone: ZoneInfo


@dataclass(frozen=True)
class Turn:
    """One earlier thing said; `role` is "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True)
class Mention:
    """A stretch `[start, end)` of the question's text that names a device."""

    start: int
    end: int
    device: DeviceRef


@dataclass(frozen=True)
class Question:
    """What was understood.

    `devices` empty means the whole site. `window` is None where "now" is meant. `certainty` (0 to 1) is how
    sure the understanding is; `sources` says for each part which words of the text it came from, or
    "inherited" / "default". `refusal` is set exactly when `intent` is DECLINED; `detail` then carries its
    subject (the unknown name, the quantity, the candidates).
    """

    text: str
    intent: Intent
    quantity: Quantity | Relation = Quantity.POWER
    statistic: Statistic | Relation = Statistic.LATEST
    devices: tuple[DeviceRef, ...] = ()
    window: Window | None = None
    order: Order = Order.MOST
    top: int = 1
    refusal: Refusal | None = None
    detail: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    certainty: float = 1.0
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """One computed value and what it rests on; facts are also the evidence that the user sees.

    `device` None means the whole site. `value` is in `unit` (W, Wh, %, V, A, Hz, var, VA or "" for power
    factor, counts, ratios and states) at full precision; a state or a list of names is text. `at` is the
    moment of a latest reading or an extreme. `coverage` is the covered part of the window, 0 to 1.
    """

    device: DeviceRef | None
    quantity: Quantity | Relation
    statistic: Statistic | Relation
    value: float | str
    unit: str
    start: datetime
    end: datetime
    at: datetime | None = None
    samples: int = 0
    coverage: float = 1.0
    rank: int | None = None


@dataclass(frozen=True)
class AnswerFacts:
    """Everything the answer may say. `facts[i] for i in required` must be said, first things first.

    `refusal` is set when the data cannot answer (empty window, stale device …); then the answer is composed
    without the model.
    """

    question: Question
    moment: Moment
    facts: tuple[Fact, ...]
    required: tuple[int, ...]
    refusal: Refusal | None = None
    detail: tuple[str, ...] = ()
    known_devices: tuple[DeviceRef, ...] = ()
