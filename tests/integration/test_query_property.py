"""Any well-typed query over any data equals a brute-force evaluation over the raw readings."""

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from api_service.assistant.execution.cells import Cell, Result
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.execution.site import Site, load_site
from api_service.assistant.query.linear import print_request
from api_service.assistant.query.query import Query
from api_service.assistant.query.sampler import sample_request
from api_service.assistant.types import Moment
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.query_forms import Forms
from tests.support.query_meaning import Expected, NoAnswer
from tests.support.query_oracle import World, at
from tests.support.query_worlds import Binder, block_of, product_prices, random_world

WORLDS = 2
QUERIES = 40
MANY_WORLDS = int(os.environ.get("QUERY_WORLDS", "12"))
GROUPS = {1: ("kitchen",), 2: ("kitchen", "phase 1"), 3: ("phase 1",)}


async def stored_site(sessions: SessionFactory, world: World) -> Site:
    async with transaction(sessions) as session:
        await write_readings(session, block_of(world))
        await refresh_periods(session, sorted(world.readings))
    async with snapshot(sessions) as session:
        site = await load_site(session, Moment(at(world.now_us), world.zone))
    devices = {
        cluster: replace(device, is_mains=cluster in world.mains, groups=GROUPS.get(cluster, ()))
        for cluster, device in site.devices.items()
    }
    return replace(site, devices=devices, prices=product_prices(world.prices))


def sampled(rng: random.Random) -> Query:
    while True:
        request = sample_request(rng)
        if isinstance(request, Query):
            return request


def place(cell: Cell) -> tuple[str, str | None, int]:
    return cell.subject.name, cell.state, 0 if cell.key is None else cell.key


def assert_same(result: Result, expected: Expected) -> None:
    assert result.verdict == expected.verdict
    assert result.count == expected.count or expected.count is None
    found = [(place(cell), cell.value) for cell in result.rows]
    wanted = [((name, state, max(key, 0)), value) for (name, state, key), value in expected.rows]
    assert [row[0] for row in found] == [row[0] for row in wanted]
    for (_, value), (_, right) in zip(found, wanted, strict=True):
        assert_value(value, right)
    if expected.spans is not None:
        spans = [(at(start), at(end)) for start, end in expected.spans]
        assert [(cell.at, cell.until) for cell in result.rows] == spans


def assert_value(value: Any, right: Any) -> None:
    if isinstance(right, str | datetime):
        assert value == right
    else:
        assert value == pytest.approx(right, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_random_queries_equal_the_oracle(sessions: SessionFactory, seed: int) -> None:
    await check(sessions, seed, QUERIES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + MANY_WORLDS))
async def test_many_random_queries_equal_the_oracle(sessions: SessionFactory, seed: int) -> None:
    await check(sessions, seed, 4 * QUERIES)


async def check(sessions: SessionFactory, seed: int, queries: int) -> None:
    """Random queries over one random site; fails with the first few that differ."""
    rng = random.Random(seed)
    world = random_world(rng)
    names = {cluster: f"device {cluster}" for cluster in world.readings}
    site = await stored_site(sessions, world)
    forms = Forms(world, names, GROUPS)
    binder = Binder(rng, world, names)
    failures, outcomes = [], Counter[str]()
    for _ in range(queries):
        query = sampled(rng)
        bindings = binder.bindings(query)
        try:
            outcomes[await compare(sessions, site, forms, query, bindings)] += 1
        except (AssertionError, CannotAnswer, NoAnswer, pytest.fail.Exception) as error:
            failures.append(f"{print_request(query)}\n{bindings}\n{error!r:.600}")
    assert not failures, "\n\n".join(failures[:6])
    assert outcomes["answered"] >= queries // 2, outcomes


async def compare(sessions: SessionFactory, site: Site, forms: Forms, query: Query, bindings: Any) -> str:
    expected, reason = answered(forms, query, bindings)
    if expected is None:
        assert reason in (await refusal(sessions, site, query, bindings), "unpaired")
        return reason
    async with snapshot(sessions) as session:
        result = await execute(session, query, bindings, site)
    assert_same(result, expected)
    return "answered"


def answered(forms: Forms, query: Query, bindings: Any) -> tuple[Expected | None, str]:
    try:
        return forms.answer(query, bindings), ""
    except NoAnswer as none:
        return None, str(none)


async def refusal(sessions: SessionFactory, site: Site, query: Query, bindings: Any) -> str:
    """Why the product has no answer; fails if it has one."""
    with pytest.raises(CannotAnswer) as raised:
        async with snapshot(sessions) as session:
            await execute(session, query, bindings, site)
    return raised.value.refused.reason.value
