"""Random sites and random bindings for random queries."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.query.query import Bound, Query, RelationKind, Slot, WindowForm
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter
from api_service.metering.analysis.conditions import Limit
from api_service.metering.analysis.prices import Band, Prices, Tariff
from api_service.metering.blocks import ReadingBlock
from tests.support.query_oracle import Price, Reading, World, at

ZONES = (
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
    "America/New_York",
)
# Clocks change on 4 October (Lord Howe), 25 October (Berlin) and 1 November (America).
START = datetime(2026, 10, 2, 5, 17, tzinfo=UTC)
DAYS = 33
COLUMNS = ("voltage", "current", "frequency", "thd", "reactive_power", "apparent_power", "power_factor")
STATES = {
    1: ["on", "off"],
    2: [None],
    3: ["Heating", "standby", None],
    4: [None],
    5: ["mode a", "mode b", None],
}
LIMITS = {
    "voltage": Limit(227.0, 233.0, closed=True),
    "frequency": Limit(49.95, 50.05, closed=True),
    "thd": Limit(0.0, 5.0, closed=True),
    "power_factor": Limit(0.7, 1.0, closed=True),
}
EVERY_DAY = frozenset(range(7))


def random_world(rng: random.Random) -> World:
    """Five devices (the fourth may be the mains) over 33 days, one of them fed back, with holes."""
    noise = np.random.default_rng(rng.randrange(2**32))
    readings = {}
    for cluster in range(1, 6):
        begin = rng.choice([0, 0, 0, 9]) * 86_400
        end = DAYS * 86_400 - rng.choice([0, 0, 0, 5 * 86_400])
        readings[cluster] = _device(rng, noise, cluster, (begin, end))
    now = max(rows[-1].us for rows in readings.values()) + rng.choice([1, 40 * 60 * 1_000_000])
    mains = {4} if rng.random() < 0.5 else set()
    return World(readings, now, ZoneInfo(rng.choice(ZONES)), mains, _prices(rng))


def _device(
    rng: random.Random, noise: np.random.Generator, cluster: int, span: tuple[int, int]
) -> list[Reading]:
    pace_s = {1: 900, 2: 1800, 3: 1200, 4: 1700, 5: 3600}[cluster]
    moments = np.arange(span[0], span[1], pace_s) + noise.integers(0, pace_s // 2)
    kept = noise.random(len(moments)) > 0.06
    for _ in range(4):  # holes of up to two days
        hole = noise.integers(0, len(moments))
        kept[hole : hole + noise.integers(1, 2 * 86_400 // pace_s)] = False
    absent = set(noise.choice(COLUMNS, 2 if cluster != 1 else 0, replace=False))
    rows, is_on = [], False
    start_us = round(START.timestamp() * 1e6)
    for second in moments[kept].tolist():
        is_on = is_on ^ (noise.random() < 0.2)
        watts = float(noise.gamma(2, 400) if is_on else noise.random() * 15)
        if cluster == 3 and noise.random() < 0.3:
            watts = -watts
        values = _values(noise, watts, absent)
        states = STATES[cluster]
        state = states[int(noise.integers(0, len(states)))]
        if cluster == 1:  # the state follows the power, but not always
            state = "on" if is_on ^ (noise.random() < 0.02) else "off"
        rows.append(Reading(cluster, start_us + int(second) * 1_000_000, values, state))
    return rows


def _values(noise: np.random.Generator, watts: float, absent: set[str]) -> dict[str, float]:
    apparent = abs(watts) / 1000 * float(1 + noise.random()) + 0.001
    values = {
        "real_power_watt": watts,
        "voltage": float(noise.normal(230, 2)),
        "current": apparent * 1000 / 230,
        "frequency": float(noise.normal(50, 0.03)),
        "thd": float(noise.gamma(2, 2)),
        "reactive_power": float(noise.normal(0.1, 0.1)),
        "apparent_power": apparent,
        "power_factor": max(-1.0, min(1.0, watts / 1000 / apparent)),
    }
    return {
        name: value
        for name, value in values.items()
        if name not in absent and noise.random() > (0.03 if name == "real_power_watt" else 0.1)
    }


def _prices(rng: random.Random) -> list[Price]:
    if rng.random() < 0.2:
        return []
    night = (0.1 + rng.random() / 10, 22 * 3600, 6 * 3600, EVERY_DAY)
    weekend = (0.15, 0, 86_400, frozenset((5, 6)))
    first = Price(date(2026, 1, 1), 0.3, tuple(rng.sample([night, weekend], rng.randrange(3))))
    return [first, Price(date(2026, 10, 20), 0.4, (night,))] if rng.random() < 0.5 else [first]


def product_prices(prices: list[Price]) -> Prices | None:
    if not prices:
        return None
    tariffs = [
        Tariff(p.first, p.base, tuple(Band(b[0], Recurrence(b[1], b[2], b[3])) for b in p.bands))
        for p in prices
    ]
    return Prices("EUR", tuple(tariffs))


def block_of(world: World) -> ReadingBlock:
    rows = [reading for own in world.readings.values() for reading in own]
    names = ("real_power_watt", *COLUMNS)
    return ReadingBlock(
        timestamp_us=np.array([row.us for row in rows], np.int64),
        cluster=np.array([row.cluster for row in rows], np.int64),
        values={name: np.array([row.values.get(name, np.nan) for row in rows]) for name in names},
        device_state=[row.state for row in rows],
        device_name={cluster: f"device {cluster}" for cluster in world.readings},
    )


# --- bindings ---------------------------------------------------------------------------------------------

NUMBERS = {
    "power": (-50, 5, 100, 300, 700, 1500), "energy": (500, 3000, 8000, 30000), "voltage": (226, 229, 233),
    "current": (0.3, 1.5, 4), "frequency": (49.95, 50, 50.04), "thd": (2, 4), "power_factor": (0.5, 0.7, 0.9),
    "reactive_power": (50, 100, 250), "apparent_power": (100, 500, 1500), "cost": (0.5, 2, 10),
    "on_time": (1800, 7200, 40000), "switch_ons": (1, 3.5, 10), "duration": (1800, 7200, 40000),
    "coverage": (60, 85, 95), "gaps": (1, 2.5, 20000), "samples": (10, 50, 300),
}  # fmt: skip


class Binder:
    """Values for the slots of a query, fitting what each stands for."""

    def __init__(self, rng: random.Random, world: World, names: dict[int, str]) -> None:
        self._rng, self._world, self._names = rng, world, names

    def bindings(self, query: Query) -> Bindings:
        times, hours, states = {}, {}, {}
        if query.windows:
            around = query.windows.form is WindowForm.AROUND
            times = {slot: self._time(plain=around) for slot in query.windows.slots}
        if query.where.hours:
            hours = {slot: TimeFilter((Term((self._recurrence(),)),)) for slot in query.where.hours.slots}
        if query.where.state and query.where.state.slot is not None:
            states[query.where.state.slot] = self._rng.choice(["on", "standby", "mode A", "heating"])
        return Bindings(self._devices(query), times, hours, self._numbers(query), states, LIMITS)

    def _devices(self, query: Query) -> dict[Slot, Subject]:
        devices = {slot: self._subject() for slot in query.devices.slots}
        while len({s.name for s in devices.values()}) < len(devices):
            devices = {slot: self._subject() for slot in query.devices.slots}
        relation = query.relation
        if relation and relation.slot is not None and relation.kind is RelationKind.SHARE:
            devices[relation.slot] = self._subject()
        return devices

    def _numbers(self, query: Query) -> dict[Slot, float]:
        numbers: dict[Slot, float] = {}
        if query.relation and query.relation.slot is not None:
            numbers[query.relation.slot] = self._rng.choice([0.5, 2.0, 3.0])
        for bound in query.where.bounds:
            numbers |= self._limits(bound.bound, bound.measure or query.measure)
        if query.having:
            numbers |= self._limits(query.having, query.measure)
        places = (query.order.limit, query.order.rank) if query.order else ()
        return numbers | {slot: self._rng.randrange(1, 4) for slot in places if slot is not None}

    def _subject(self) -> Subject:
        if self._rng.random() < 0.2:
            clusters = tuple(sorted(self._rng.sample(list(self._names), 2)))
            return Subject(f"group {clusters}", clusters)
        cluster = self._rng.choice(list(self._names))
        return Subject(self._names[cluster], (cluster,))

    def _limits(self, bound: Bound, measure: str) -> dict[Slot, float]:
        values = NUMBERS.get(measure, (1.0,))
        return {slot: float(self._rng.choice(values)) for slot in bound.numbers}

    def _recurrence(self) -> Recurrence:
        begin, end = (self._rng.randrange(0, 96) * 900 for _ in range(2))
        if self._rng.random() < 0.5:
            begin, end = begin // 3600 * 3600, end // 3600 * 3600
        whole_day = self._rng.random() < 0.2
        days = self._rng.choice([EVERY_DAY, frozenset(range(5)), frozenset((5, 6)), frozenset((0,))])
        return Recurrence(0, 86_400, days) if whole_day or begin == end else Recurrence(begin, end, days)

    def _time(self, *, plain: bool) -> TimeValue:
        rng, zone = self._rng, self._world.zone
        local = at(self._world.now_us).astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        back, length = rng.randrange(0, 30), rng.choice([1, 1, 2, 7, 10, 20])
        start = midnight - timedelta(days=back)
        end = start + timedelta(days=length)
        if rng.random() < 0.3:
            start += timedelta(minutes=15 * rng.randrange(0, 40))
            end = start + timedelta(minutes=rng.choice([10, 45, 60, 300, 1500]))
        windows = (Window(start.astimezone(UTC), end.astimezone(UTC), "then"),)
        condition = TimeFilter()
        if not plain and rng.random() < 0.15:
            condition = TimeFilter((Term((self._recurrence(),)),))
        if not plain and rng.random() < 0.1:
            later = [start + timedelta(days=length + 3 * n) for n in range(2)]
            more = [Window(s.astimezone(UTC), (s + timedelta(days=1)).astimezone(UTC), "then") for s in later]
            windows = (*windows, *more)
        return TimeValue(windows, condition)
