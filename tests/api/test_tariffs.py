"""`/api/tariffs/` through the whole gateway, on both databases, and the costs that follow."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api_service.assistant.execution.bindings import Bindings, TimeValue
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer, Reason
from api_service.assistant.execution.site import load_site
from api_service.assistant.query.query import Ask, Query, Slot, WindowForm, Windows
from api_service.assistant.types import Moment, Window
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.main import create_app
from api_service.metering.measures import Statistic
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.access.audit_service import AuditService
from api_service.services.tariff_service import TariffService
from shared.settings import load_settings
from tests.support.reading_oracle import Row, block

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = {"price_per_kwh": 0.1, "start": "22:00", "end": "07:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]}
BODY = {
    "currency": "EUR",
    "tariffs": [{"valid_from": "2026-01-01", "valid_to": None, "price_per_kwh": 0.3, "bands": [NIGHT]}],
}


@pytest.fixture
async def client(sessions: SessionFactory, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(load_settings(database_url=database_url))
    app.state.services = SimpleNamespace(tariffs=TariffService(sessions), audit=AuditService(sessions))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[SessionFactory]:
    from api_service.database.sessions import create_engine, session_factory

    engine = create_engine(load_settings(database_url=database_url))
    yield session_factory(engine)
    await engine.dispose()


async def test_tariffs_none_are_set_at_first(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/tariffs/")).json() == {"currency": "EUR", "tariffs": []}


async def test_tariffs_put_replaces_all_and_get_returns_them_by_date(client: httpx.AsyncClient) -> None:
    later = {"valid_from": "2026-06-01", "valid_to": "2026-12-31", "price_per_kwh": 0.2, "bands": []}
    both = {"currency": "GBP", "tariffs": [later, BODY["tariffs"][0]]}
    answer = await client.put("/api/tariffs", json=both)
    assert answer.status_code == 200
    assert answer.json() == {"currency": "GBP", "tariffs": [BODY["tariffs"][0], later]}
    assert (await client.get("/api/tariffs/")).json() == answer.json()
    await client.put("/api/tariffs/", json={"tariffs": []})
    assert (await client.get("/api/tariffs/")).json()["tariffs"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price_per_kwh": "much"}, "price_per_kwh"),
        ({"valid_to": "2025-01-01"}, "tariffs.0"),
        ({"bands": [{**NIGHT, "start": "25:00"}]}, "start"),
        ({"bands": [{**NIGHT, "weekdays": [7]}]}, "weekdays"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_tariffs_that_make_no_sense_are_refused_with_their_place(
    client: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await client.put(
        "/api/tariffs/", json={"currency": "EUR", "tariffs": [BODY["tariffs"][0] | change]}
    )
    assert answer.status_code == 422
    assert any(field in place["field"] for place in answer.json()["errors"])
    assert (await client.get("/api/tariffs/")).json()["tariffs"] == []


async def test_tariffs_two_that_begin_on_one_day_are_refused(client: httpx.AsyncClient) -> None:
    twice = {"currency": "EUR", "tariffs": [BODY["tariffs"][0], BODY["tariffs"][0]]}
    assert (await client.put("/api/tariffs/", json=twice)).status_code == 422


async def cost(sessions: SessionFactory, start: datetime, end: datetime) -> float:
    query = Query(Ask.VALUE, "cost", Statistic.SUM, windows=Windows(WindowForm.IN, (Slot(0),)))
    times = {Slot(0): TimeValue((Window(start.astimezone(UTC), end.astimezone(UTC), "then"),))}
    async with snapshot(sessions) as session:
        site = await load_site(session, Moment(datetime(2026, 3, 13, tzinfo=UTC), MADRID))
        result = await execute(session, query, Bindings(times=times), site)
    (cell,) = result.rows
    assert cell.unit == "EUR"
    return cell.number


async def test_cost_by_bands_in_the_sites_zone(client: httpx.AsyncClient, sessions: SessionFactory) -> None:
    # 1 kW all through 10 and 11 March 2026 UTC, a reading every ten minutes.
    async with transaction(sessions) as session:
        await write_readings(session, block([Row(600 * k, 1, 1000.0) for k in range(289)]))
        await refresh_periods(session, [1])
    day = datetime(2026, 3, 11, tzinfo=MADRID), datetime(2026, 3, 12, tzinfo=MADRID)
    with pytest.raises(CannotAnswer) as none:
        await cost(sessions, *day)
    assert none.value.refused.reason is Reason.NO_TARIFF
    await client.put("/api/tariffs/", json=BODY)
    # Seven hours of the night, fifteen of the day, two of the next night at one kWh an hour.
    assert await cost(sessions, *day) == pytest.approx(9 * 0.1 + 15 * 0.3)
    # From 21:30 to 22:30: ragged edges, half an hour of each price.
    evening = datetime(2026, 3, 11, 21, 30, tzinfo=MADRID), datetime(2026, 3, 11, 22, 30, tzinfo=MADRID)
    assert await cost(sessions, *evening) == pytest.approx(0.05 + 0.15)


async def test_cost_before_the_first_tariff_is_refused(
    client: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    async with transaction(sessions) as session:
        await write_readings(session, block([Row(600 * k, 1, 1000.0) for k in range(289)]))
        await refresh_periods(session, [1])
    late = {"currency": "EUR", "tariffs": [BODY["tariffs"][0] | {"valid_from": "2026-03-11"}]}
    await client.put("/api/tariffs/", json=late)
    with pytest.raises(CannotAnswer) as refused:
        await cost(sessions, datetime(2026, 3, 10, tzinfo=MADRID), datetime(2026, 3, 12, tzinfo=MADRID))
    assert refused.value.refused.reason is Reason.NO_TARIFF
    assert refused.value.refused.valid_from is not None
