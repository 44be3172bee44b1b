# ruff: noqa: E501 - tables of words read best with many on a line
"""Findings of random typed queries over a random site, computed by production's own executor."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Finding, Findings
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.execution.site import Site, load_site
from api_service.assistant.query.query import Query, WindowForm
from api_service.assistant.query.sampler import sample_request
from api_service.assistant.time.expressions import find_times
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.entity_binding import time_filter
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.query_oracle import World, at
from tests.support.query_worlds import Binder, block_of, product_prices, random_world

NAMES = {1: "Oven", 2: "Heat pump", 3: "Kitchen lights", 4: "Device 4", 5: "Anna's lamp"}
GROUPS = {1: ("kitchen",), 2: ("kitchen", "phase 1"), 3: ("phase 1",)}
TIMES = (
    "yesterday", "today", "last week", "this week", "in the last 3 hours", "in the last 10 days", "last month",
    "this month", "on monday", "on 20 october", "between 2 and 4 pm yesterday", "last night", "since monday",
    "from 12 to 15 october", "in october", "yesterday evening", "last weekend", "sundays in october",
)  # fmt: skip
HOURS = ("at night", "on weekends", "weekday mornings", "between 9 am and 5 pm", "on mondays", "after 6 pm")


class NamedBinder(Binder):
    """Values for the slots of a query with the names and times that people say."""

    def __init__(self, rng: random.Random, world: World, moment: Moment) -> None:
        super().__init__(rng, world, NAMES)
        self._moment, self._random = moment, rng

    def named(self, query: Query) -> Bindings:
        """The bindings of a query."""
        found = self.bindings(query)
        around = query.windows is not None and query.windows.form is WindowForm.AROUND
        times = {slot: self._named_time(found.times, plain=around) for slot in found.times}
        hours = {slot: time_filter(self._reading(HOURS)) for slot in found.hours}
        devices = {slot: self._group(subject) for slot, subject in found.devices.items()}
        return replace(found, times=times, hours=hours, devices=devices)

    def _named_time(self, _times: object, *, plain: bool) -> TimeValue:
        while True:
            reading = self._reading(TIMES)
            if reading.window is not None and not (plain and (reading.hours or reading.weekdays)):
                return TimeValue((reading.window,), time_filter(reading))

    def _reading(self, phrases: tuple[str, ...]) -> TimeReading:
        phrase = self._random.choice(phrases)
        return find_times(phrase.split(), self._moment).expressions[0].readings[0]

    def _group(self, subject: Subject) -> Subject:
        """The groups of two are called by what they are."""
        if len(subject.clusters) == 1:
            return subject
        return replace(subject, name=f"circuit {subject.clusters[0]}{subject.clusters[1]}")


async def stored_site(sessions: SessionFactory, world: World, moment: Moment) -> Site:
    """The site of a world that is written to an empty database."""
    async with transaction(sessions) as session:
        await write_readings(session, replace(block_of(world), device_name=NAMES))
        await refresh_periods(session, sorted(world.readings))
    async with snapshot(sessions) as session:
        site = await load_site(session, moment)
    devices = {
        cluster: replace(device, is_mains=cluster in world.mains, groups=GROUPS.get(cluster, ()))
        for cluster, device in site.devices.items()
    }
    return replace(site, devices=devices, prices=product_prices(world.prices))


async def random_findings(sessions: SessionFactory, seed: int, queries: int) -> AsyncIterator[Findings]:
    """What the data of one random site answer to so many random queries; those that they refuse are left out."""
    rng = random.Random(seed)
    world = random_world(rng)
    moment = Moment(at(world.now_us), world.zone)
    site = await stored_site(sessions, world, moment)
    binder = NamedBinder(rng, world, moment)
    known = tuple(DeviceRef(cluster, name) for cluster, name in NAMES.items())
    for _ in range(queries):
        query = _sampled(rng)
        bindings = binder.named(query)
        try:
            async with snapshot(sessions) as session:
                result = await execute(session, query, bindings, site)
        except CannotAnswer:
            continue
        yield Findings(query, (Finding(query, bindings, result),), moment, known)


def _sampled(rng: random.Random) -> Query:
    while True:
        request = sample_request(rng)
        if isinstance(request, Query):
            return request
