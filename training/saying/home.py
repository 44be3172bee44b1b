"""A made-up site: devices, groups, times and values for the slots of a query."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.query.numbers import NumberRole, number_uses
from api_service.assistant.query.query import Query, Slot, WindowForm
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter
from api_service.metering.analysis.conditions import Limit
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES
from training.saying.names import NAMES, STATES, UNSEEN_NAMES, ZONES

GROUPS = ("Kitchen", "Workshop", "Phase 1", "Upstairs", "Garage", "Offices")
LIMITS = {
    "voltage": Limit(207.0, 253.0, closed=True),
    "frequency": Limit(49.5, 50.5, closed=True),
    "thd": Limit(0.0, 8.0, closed=True),
    "power_factor": Limit(0.9, 1.0, closed=True),
}
LABELS = (
    ("yesterday", 1, 1),
    ("today", 0, 1),
    ("last week", 9, 7),
    ("this week", 4, 5),
    ("in the last 3 hours", 0, 0),
    ("last month", 40, 30),
    ("on Monday 9 March", 3, 1),
    ("in February", 40, 28),
    ("since yesterday", 1, 2),
    ("last night", 1, 1),
    ("yesterday between 14:00 and 16:00", 1, 1),
    ("this morning", 0, 1),
    ("from Monday 2 March to Wednesday 4 March", 10, 3),
    ("in the last 30 days", 30, 30),
)
_MAGNITUDES = {
    "power": 1500.0,
    "energy": 5000.0,
    "voltage": 230.0,
    "current": 5.0,
    "frequency": 50.0,
    "thd": 6.0,
    "power_factor": 0.9,
    "reactive_power": 200.0,
    "apparent_power": 900.0,
    "cost": 2.0,
    "on_time": 9000.0,
    "duration": 4000.0,
    "coverage": 80.0,
    "gaps": 3000.0,
    "switch_ons": 5.0,
    "samples": 4000.0,
}


def value_of(rng: random.Random, key: str, statistic: Statistic, states: tuple[str, ...]) -> float | str:
    """A made-up value of a measure."""
    if statistic is Statistic.TREND:
        return rng.choice((-1, 1, 1)) * _MAGNITUDES[key] * rng.random() * 0.1
    if statistic is Statistic.COUNT:
        return float(rng.choice((0, 1, 2, 3, 7, 23)))
    if key == "state":
        return rng.choice(states)
    value = _MAGNITUDES.get(key, 1.0) * rng.uniform(0.3, 1.8)
    if key in ("switch_ons", "samples") and statistic is Statistic.SUM:
        return float(rng.choice((0, 1, round(value), round(value))))
    if key in ("energy", "power") and rng.random() < 0.05:
        return 0.0
    return min(value, 100.0) if key == "coverage" else value


@dataclass(frozen=True)
class Home:
    """A site at a moment."""

    moment: Moment
    devices: tuple[Subject, ...]
    groups: tuple[Subject, ...]
    states: tuple[str, ...]

    @property
    def refs(self) -> tuple[DeviceRef, ...]:
        """Its devices."""
        return tuple(DeviceRef(device.clusters[0], device.name) for device in self.devices)

    def bindings(self, rng: random.Random, query: Query) -> Bindings:
        """Values for the slots of a query."""
        chosen = rng.sample((*self.devices, *self.groups), len(self.devices) + len(self.groups))
        slots = [*query.devices.slots]
        if query.relation is not None and query.relation.slot is not None:
            slots.append(query.relation.slot)
        devices = {slot: chosen[n % len(chosen)] for n, slot in enumerate(slots)}
        times = {
            slot: self._time(rng, n) for n, slot in enumerate(query.windows.slots if query.windows else ())
        }
        hours = {
            slot: _hours(rng, n)
            for n, slot in enumerate(query.where.hours.slots if query.where.hours else ())
        }
        states = {}
        if query.where.state is not None and query.where.state.slot is not None:
            states[query.where.state.slot] = rng.choice(("heating", "washing", "Eco mode"))
        return Bindings(devices, times, hours, self._numbers(rng, query), states, LIMITS)

    def _time(self, rng: random.Random, place: int) -> TimeValue:
        label, back, length = rng.choice(LABELS[place::2])
        local = self.moment.now.astimezone(self.moment.timezone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        if not length:
            return TimeValue((Window(self.moment.now - timedelta(hours=3), self.moment.now, label),))
        start = (local - timedelta(days=back)).astimezone(UTC)
        return TimeValue((Window(start, start + timedelta(days=length), label),))

    def _numbers(self, rng: random.Random, query: Query) -> dict[Slot, float]:
        numbers = {}
        for use in number_uses(query):
            if use.role is NumberRole.BOUND and use.measure is not None:
                numbers[use.slot] = round(_MAGNITUDES.get(use.measure, 1.0) * rng.uniform(0.5, 1.5), 1)
            elif use.role is NumberRole.SHARE:
                numbers[use.slot] = float(rng.randint(5, 90))
            elif use.role is NumberRole.FACTOR:
                numbers[use.slot] = rng.choice((0.5, 0.25, 2.0, 3.0, 1.5))
            else:
                numbers[use.slot] = float(rng.randint(1, 5))
        return numbers

    def windows_of(self, query: Query, bindings: Bindings) -> list[tuple[datetime, datetime]]:
        """The windows of a query; the last 24 hours without any."""
        now = self.moment.now
        if query.windows is None or query.windows.form is WindowForm.EVER:
            return [(now - timedelta(days=1 if query.windows is None else 90), now)]
        spans = [bindings.times[slot].windows[0] for slot in query.windows.slots]
        found = [(span.start, span.end) for span in spans]
        if query.windows.form is WindowForm.AROUND:
            start = found[0][0]
            return [(start, start + timedelta(days=1)), (start - timedelta(days=1), start)]
        return found

    def window_of(self, query: Query, bindings: Bindings, side: int) -> tuple[datetime, datetime]:
        """The window of a side."""
        windows = self.windows_of(query, bindings)
        return windows[side if side < len(windows) else 0]


def _hours(rng: random.Random, place: int) -> TimeFilter:
    parts = (
        Recurrence(22 * 3600, 6 * 3600),
        Recurrence(0, 86_400, frozenset((5, 6))),
        Recurrence(9 * 3600, 17 * 3600, frozenset(range(5))),
        Recurrence(6 * 3600, 12 * 3600),
    )
    return TimeFilter((Term((rng.choice(parts[place::2]),)),))


def random_home(rng: random.Random) -> Home:
    """A site of 2 to 9 devices, now and then of 20, in any zone at any time of 2026."""
    zone = ZoneInfo(rng.choice(ZONES))
    now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=rng.randrange(350 * 86_400))
    count = 20 if rng.random() < 0.07 else rng.randint(2, 9)
    names = rng.sample((*NAMES, *UNSEEN_NAMES), count)
    devices = tuple(Subject(name, (number,)) for number, name in enumerate(names, 1))
    groups = tuple(Subject(name, (1, 2)) for name in rng.sample(GROUPS, 3))
    return Home(Moment(now, zone), devices, groups, tuple(rng.sample(STATES, 3)))


assert set(_MAGNITUDES) <= set(MEASURES)  # noqa: S101 - checked once, at import
