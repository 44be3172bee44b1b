"""The parts of a query in words, as a question says them: whose, when, on what condition; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_service.assistant.entities.entity import DeviceValue, Entity, GroupValue, StateValue, TimeValue
from api_service.assistant.query.query import (
    Bound,
    BoundKind,
    DeviceScope,
    HoursTest,
    Query,
    Slot,
    SlotKind,
    StateCondition,
    StateTest,
    Where,
    WindowForm,
)
from api_service.assistant.rendering.formatting import display_name, format_list, is_plural
from api_service.assistant.rendering.results.texts.quantities import AMOUNTS, state_text
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

SITE = "the whole site"
_REPORTING = (StateTest.SILENT, StateTest.REPORTING)


class NoWords(Exception):
    """A part of the query has no plain question for it."""


@dataclass(frozen=True)
class QuestionWords:
    """A query whose slot N is `entities[N]`. Every property raises `NoWords` for what it cannot say."""

    query: Query
    entities: Sequence[Entity]

    @property
    def names(self) -> tuple[str, ...]:
        """The devices and groups that are named, as they are said."""
        return tuple(_named(self.entities[slot]) for slot in self.query.devices.slots)

    @property
    def is_one_device(self) -> bool:
        """Whether one device is named, and no group."""
        devices = self.query.devices
        named = [self.entities[slot].kind for slot in devices.slots]
        return devices.scope is DeviceScope.THESE and named == [SlotKind.DEVICE]

    @property
    def who(self) -> str:
        """The subject: "the oven", "everything except the oven", "the whole site"."""
        scope = self.query.devices.scope
        if scope is DeviceScope.REST:
            raise NoWords
        if scope is DeviceScope.BUT:
            return f"everything except {format_list(self.names)}"
        return format_list(self.names) or SITE

    @property
    def among(self) -> str:
        """What a choice is made among: ", the oven or the TV", " except the oven"; "" among all."""
        scope = self.query.devices.scope
        if scope is DeviceScope.ALL:
            return ""
        return f" except {format_list(self.names)}" if scope is DeviceScope.BUT else f" of {self.who}"

    @property
    def of(self) -> str:
        """ " of the oven"; "" for a level of the whole site, which needs no name."""
        row = MEASURES[self.query.measure]
        is_level = self.who == SITE and not row.additive_over_devices
        return "" if is_level else f" of {self.who}"

    @property
    def be(self) -> str:
        """ "is" of now, else "was", in agreement with the subject."""
        one = len(self.query.devices.slots) == 1 and self.query.devices.scope is DeviceScope.THESE
        many = is_plural(self.names[0]) if one else len(self.query.devices.slots) > 1
        if self.is_now:
            return "are" if many else "is"
        return "were" if many else "was"

    @property
    def is_now(self) -> bool:
        """Whether it asks for the newest values."""
        return self.query.windows is None and self.query.statistic is Statistic.LATEST

    @property
    def times(self) -> tuple[str, ...]:
        """The one or two times, in words."""
        windows = self.query.windows
        if windows is None:
            return ()
        if windows.form is WindowForm.EVER:
            return ("in the whole record",)
        if windows.form is WindowForm.AROUND:
            raise NoWords
        return tuple(_time(self.entities[slot]) for slot in windows.slots)

    @property
    def when(self) -> str:
        """The time and the conditions after a space: " yesterday between 22:00 and 06:00 while on"."""
        times = self.times
        if len(times) > 1:
            raise NoWords
        return "".join(
            f" {part}" for part in (*times, *self.hours, *self.conditions(self.query.where)) if part
        )

    @property
    def hours(self) -> tuple[str, ...]:
        """The recurring hours."""
        hours = self.query.where.hours
        if hours is None:
            return ()
        if len(hours.slots) > 1:
            raise NoWords
        text = _time(self.entities[hours.slots[0]])
        return (text if hours.test is HoursTest.DURING else f"outside of the time {text}",)

    def conditions(self, where: Where) -> tuple[str, ...]:
        """The conditions on readings: "while on", "while the voltage was below 210 V"."""
        parts = [f"while {self.state(where.state)}"] if where.state else []
        parts += [
            f"while the {MEASURES[one.measure or self.query.measure].noun} {'is' if self.is_now else 'was'} "
            f"{self.bound(one.bound, one.measure)}"
            for one in where.bounds
        ]
        return tuple(parts)

    def state(self, condition: StateCondition) -> str:
        """ "on", "off", "in the state “heating”"."""
        if condition.test in _REPORTING or (condition.slot is None and condition.test is StateTest.IS):
            raise NoWords
        if condition.slot is None:
            return condition.test.value
        value = self.entities[condition.slot].value
        if not isinstance(value, StateValue):
            raise NoWords
        text = f"in the state {state_text(value.state)}"
        return text if condition.test is StateTest.IS else f"not {text}"

    def bound(self, bound: Bound, measure: str | None = None) -> str:
        """ "above 5 kW", "more than 1 kWh", "between 210 V and 240 V", "normal"."""
        numbers = [self.entities[Slot(slot)].text for slot in bound.numbers]
        if not numbers:
            return bound.kind.value
        if bound.kind is BoundKind.BETWEEN:
            return f"between {' and '.join(numbers)}"
        is_amount = (measure or self.query.measure) in AMOUNTS
        words = ("more than", "less than") if is_amount else ("above", "below")
        return f"{words[bound.kind is BoundKind.BELOW]} {numbers[0]}"


def _named(entity: Entity) -> str:
    """A device or group under its own name, a name that nobody (or several) have as it was written."""
    value = entity.value
    if isinstance(value, GroupValue):
        return display_name(value.name)
    if isinstance(value, DeviceValue) and len(value.devices) == 1:
        return display_name(value.devices[0].name)
    return display_name(entity.text)


def _time(entity: Entity) -> str:
    value = entity.value
    if not isinstance(value, TimeValue) or not value.readings:
        return entity.text
    reading = value.readings[0]
    return (reading.window.label if reading.window else reading.label) or entity.text
