"""From a question's entities to the values of a query's slots; and why one of them has none. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from api_service.assistant.entities.entity import (
    UNIT_HINTS,
    DeviceValue,
    Entity,
    GroupValue,
    NumberValue,
    TimeValue,
)
from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.bindings import TimeValue as BoundTime
from api_service.assistant.query.linear import slots_used
from api_service.assistant.query.numbers import NumberRole, NumberUse, number_uses
from api_service.assistant.query.query import Request, Slot, SlotKind
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import ANY_TIME, Recurrence, Term, TimeFilter
from api_service.metering.analysis.conditions import Limit
from api_service.metering.measures import MEASURES

SECONDS_PER_DAY = 86_400
_WHOLE_WEEK = frozenset(range(7))
_KILO = 1000.0


class Unbound(StrEnum):
    """Why a slot has no value.

    UNKNOWN_DEVICE nobody has the name. AMBIGUOUS_DEVICE several have it. NO_SUCH_TIME the time does not exist
    ("25:00"). FUTURE it has not begun. WRONG_UNIT the number's unit is not one of the measure. MISSING there
    is no such slot, or its kind does not fit its place.
    """

    UNKNOWN_DEVICE = "unknown_device"
    AMBIGUOUS_DEVICE = "ambiguous_device"
    NO_SUCH_TIME = "no_such_time"
    FUTURE = "future"
    WRONG_UNIT = "wrong_unit"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class BindingFault:
    """A slot without a value; `text` is what the question says there."""

    reason: Unbound
    slot: Slot
    text: str = ""
    entity: Entity | None = None


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """The values of all slots of a query; `faults` in the order of the query's linear form."""

    bindings: Bindings
    faults: tuple[BindingFault, ...]


def bind(
    entities: Sequence[Entity],
    request: Request,
    limits: Mapping[str, Limit] | None = None,
    first_reading: datetime | None = None,
) -> BoundQuery:
    """The value of every slot that `request` uses; slot N is `entities[N]`.

    Windows that are open to the past begin at `first_reading` where it is given. `limits` are handed on.
    """
    numbers = {use.slot: use for use in number_uses(request)}
    bindings = _Bindings({}, {}, {}, {}, {})
    faults = []
    for use in slots_used(request):
        entity = entities[use.slot] if 0 <= use.slot < len(entities) else None
        if entity is None:
            faults.append(BindingFault(Unbound.MISSING, use.slot))
            continue
        reason = bindings.add(use.slot, entity, numbers.get(use.slot), first_reading)
        if reason is not None:
            faults.append(BindingFault(reason, use.slot, entity.text, entity))
    return BoundQuery(bindings.frozen(limits or {}), tuple(faults))


@dataclass
class _Bindings:
    devices: dict[Slot, Subject]
    times: dict[Slot, BoundTime]
    hours: dict[Slot, TimeFilter]
    numbers: dict[Slot, float]
    states: dict[Slot, str]

    def frozen(self, limits: Mapping[str, Limit]) -> Bindings:
        return Bindings(self.devices, self.times, self.hours, self.numbers, self.states, limits)

    def add(
        self, slot: Slot, entity: Entity, use: NumberUse | None, first_reading: datetime | None
    ) -> Unbound | None:
        """Bind one slot; the reason where it has no value."""
        value = entity.value
        if isinstance(value, DeviceValue | GroupValue):
            return self._add_subject(slot, value)
        if isinstance(value, TimeValue):
            return self._add_time(slot, entity.kind, value, first_reading)
        if isinstance(value, NumberValue):
            return self._add_number(slot, value, use)
        self.states[slot] = value.state
        return None

    def _add_subject(self, slot: Slot, value: DeviceValue | GroupValue) -> Unbound | None:
        if isinstance(value, DeviceValue) and not value.devices:
            return Unbound.UNKNOWN_DEVICE
        if isinstance(value, DeviceValue) and value.is_ambiguous:
            return Unbound.AMBIGUOUS_DEVICE
        self.devices[slot] = Subject(value.name, tuple(device.cluster for device in value.devices))
        return None

    def _add_time(
        self, slot: Slot, kind: SlotKind, value: TimeValue, first_reading: datetime | None
    ) -> Unbound | None:
        reading = next(iter(value.readings), None)
        if reading is None:
            return Unbound.NO_SUCH_TIME
        if reading.is_future:
            return Unbound.FUTURE
        if kind is SlotKind.HOURS or reading.window is None:
            self.hours[slot] = time_filter(reading)
            return None
        window = _clipped(reading, reading.window, first_reading)
        self.times[slot] = BoundTime((window,), time_filter(reading), reading.is_moment)
        return None

    def _add_number(self, slot: Slot, value: NumberValue, use: NumberUse | None) -> Unbound | None:
        if use is None:
            return Unbound.MISSING
        number = number_for(value, use)
        if number is None:
            return Unbound.WRONG_UNIT
        self.numbers[slot] = number
        return None


def _clipped(reading: TimeReading, window: Window, first_reading: datetime | None) -> Window:
    if not reading.from_first_reading or first_reading is None or first_reading >= window.end:
        return window
    return replace(window, start=first_reading)


def time_filter(reading: TimeReading) -> TimeFilter:
    """The recurring hours and days of a reading; any time where it names none."""
    weekdays = reading.weekdays or _WHOLE_WEEK
    spans = reading.hours or (((0, SECONDS_PER_DAY // 60),) if reading.weekdays else ())
    if not spans:
        return ANY_TIME
    parts = tuple(Recurrence(60 * start, _end_s(60 * end), weekdays) for start, end in spans)
    return TimeFilter((Term(parts),))


def _end_s(end_s: int) -> int:
    """An end on the next day is before the start there."""
    return end_s - SECONDS_PER_DAY if end_s > SECONDS_PER_DAY else end_s


def number_for(value: NumberValue, use: NumberUse) -> float | None:
    """The number in the unit that its role has; None where its own unit is another quantity's.

    A number without a unit is in the measure's base unit, energies in kWh, as people say "more than 5".
    """
    if use.role is NumberRole.SHARE:
        return value.number * 100.0 if value.is_factor else value.number
    if use.role is NumberRole.FACTOR:
        if value.unit == "%":
            return value.number / 100.0
        return None if value.unit in UNIT_HINTS else value.number
    if use.role is not NumberRole.BOUND or use.measure is None:
        return value.number if value.unit in ("", "times") else None
    return _in_unit(value, MEASURES[use.measure].unit)


def _in_unit(value: NumberValue, unit: str) -> float | None:
    if value.unit in (unit, ""):
        return value.number * (_KILO if unit == "Wh" and not value.unit else 1.0)
    return value.number / 100.0 if value.unit == "%" and unit == "" else None
