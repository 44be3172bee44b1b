"""What a question names: devices, groups, times, recurring hours, numbers and states, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.query.query import SlotKind
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import DeviceRef


@dataclass(frozen=True, slots=True)
class DeviceValue:
    """The devices that a name may mean: one, several where it is ambiguous, none where nobody has that name.

    `is_plural` ("the lights"): all of them are meant rather than one. `similar` are the devices that come
    nearest to an unknown name. `qualifier` are words before the name that the catalogue does not account for
    ("second", "neighbour's"); they stay in the question.
    """

    name: str
    devices: tuple[DeviceRef, ...]
    is_plural: bool = False
    similar: tuple[DeviceRef, ...] = ()
    qualifier: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether no device has that name."""
        return not self.devices

    @property
    def is_ambiguous(self) -> bool:
        """Whether one of several devices is meant and it cannot be told which."""
        return len(self.devices) > 1 and not self.is_plural


@dataclass(frozen=True, slots=True)
class GroupValue:
    """A group (room, phase, circuit) and its devices."""

    name: str
    devices: tuple[DeviceRef, ...]


@dataclass(frozen=True, slots=True)
class TimeValue:
    """The readings of a time, the likeliest first; none where it names a time that does not exist."""

    readings: tuple[TimeReading, ...]


ORDINAL, MULTIPLE = "ordinal", "multiple"
UNIT_HINTS: Mapping[str, str] = {
    "W": "watts",
    "Wh": "kwh",
    "V": "volts",
    "A": "amperes",
    "Hz": "hertz",
    "%": "percent",
    "var": "kvar",
    "VA": "kva",
    "s": "seconds",
    "¤": "money",
}
"""By base unit the word before a number's slot in the reader's prompt. Without it "above 6 A" and "above 6
kW" are one and the same masked question; training and gateway both take the words from here."""


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number in the base unit of its measure (W, Wh, V, A, Hz, %, var, VA, s); "" where none is written.

    `is_ordinal`: a place in an order ("third"); `is_factor`: a multiple ("half", "twice").
    """

    number: float
    unit: str = ""
    is_ordinal: bool = False
    is_factor: bool = False

    @property
    def hint(self) -> str:
        """What the number counts, in a word; "" where nothing tells."""
        if self.is_ordinal:
            return ORDINAL
        return MULTIPLE if self.is_factor else UNIT_HINTS.get(self.unit, "")


@dataclass(frozen=True, slots=True)
class StateValue:
    """A state as the devices report it."""

    state: str


EntityValue = DeviceValue | GroupValue | TimeValue | NumberValue | StateValue


@dataclass(frozen=True, slots=True)
class Entity:
    """What stands at `[start, end)` of the question's text; `certainty` from 0 to 1 is that of its value."""

    kind: SlotKind
    start: int
    end: int
    text: str
    value: EntityValue
    certainty: float = 1.0
