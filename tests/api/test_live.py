"""`GET /api/devices/live`: what is stored is told to all who listen, whoever stored it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api_service.services import live_service
from tests.support.gateway import Gateway, gateway_of, settings_of

URL = "/api/devices/live"
WITHIN_S = 10.0


@pytest.fixture
async def gateway(database_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    async with gateway_of(settings_of(database_url, redis_db)) as gateway:
        yield gateway


class Listener:
    """Reads the events of one stream."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any]:
        """The data of the next event."""
        async with asyncio.timeout(WITHIN_S):
            async for line in self._lines:
                if line.startswith("data: "):
                    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    return found
        raise AssertionError("the stream has ended")


async def store(gateway: Gateway, cluster: int, watts: float, second: int) -> None:
    at = datetime(2026, 3, 10, 12, 0, second, tzinfo=UTC).isoformat()
    row = {"timestamp": at, "cluster": cluster, "real_power_watt": watts, "device_name": f"Meter {cluster}"}
    assert (await gateway.http.post("/api/readings/", json=[row])).status_code == 200


def drawn(event: dict[str, Any]) -> dict[str, float]:
    return {device["device_name"]: device["power_w"] for device in event["devices"]}


async def test_listener_gets_all_devices_and_then_those_that_change(gateway: Gateway) -> None:
    await store(gateway, 1, 100.0, 0)
    await store(gateway, 2, 200.0, 0)
    async with gateway.http.stream("GET", URL) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = Listener(response)
        assert drawn(await events.next()) == {"Meter 1": 100.0, "Meter 2": 200.0}
        await store(gateway, 2, 250.0, 10)
        assert drawn(await events.next()) == {"Meter 2": 250.0}
        await gateway.http.patch("/api/devices/1", json={"device_name": "Fridge"})
        assert drawn(await events.next()) == {"Fridge": 100.0}
        await gateway.http.delete("/api/devices/1")
        event = await events.next()
        assert (event["devices"], event["removed"]) == ([], [1])


async def test_empty_database_is_told_at_once_and_two_listeners_hear_the_same(gateway: Gateway) -> None:
    async with gateway.http.stream("GET", URL) as one:
        first = Listener(one)
        assert await first.next() == {"devices": [], "removed": []}
        await store(gateway, 7, 5.0, 0)
        assert drawn(await first.next()) == {"Meter 7": 5.0}
        async with gateway.http.stream("GET", URL) as other:
            second = Listener(other)
            assert drawn(await second.next()) == {"Meter 7": 5.0}
            await store(gateway, 7, 6.0, 10)
            assert drawn(await first.next()) == drawn(await second.next()) == {"Meter 7": 6.0}


async def test_reading_stored_by_another_gateway_is_told(database_url: str, redis_db: str) -> None:
    settings = settings_of(database_url, redis_db)
    async with (
        gateway_of(settings) as first,
        gateway_of(settings) as second,
        first.http.stream("GET", URL) as response,
    ):
        events = Listener(response)
        assert (await events.next())["devices"] == []
        await store(second, 3, 42.0, 0)
        assert drawn(await events.next()) == {"Meter 3": 42.0}


async def test_nobody_listens_any_more_then_nothing_is_looked_at(gateway: Gateway) -> None:
    live = gateway.services.live
    async with gateway.http.stream("GET", URL) as response:
        await Listener(response).next()
        assert live._looking is not None
    async with asyncio.timeout(WITHIN_S):
        await live._looking
    assert not live._listeners


async def test_gateway_that_stops_ends_the_streams(gateway: Gateway) -> None:
    async with gateway.http.stream("GET", URL) as response:
        events = Listener(response)
        await events.next()
        gateway.services.live.end()
        with pytest.raises(AssertionError, match="ended"):
            await events.next()


async def test_listener_of_an_empty_database_is_told_so_also_when_it_is_not_the_first(
    gateway: Gateway,
) -> None:
    async with gateway.http.stream("GET", URL) as one:
        assert await Listener(one).next() == {"devices": [], "removed": []}
        async with gateway.http.stream("GET", URL) as other:
            assert await Listener(other).next() == {"devices": [], "removed": []}


async def test_look_that_fails_ends_the_streams_and_the_next_one_begins_anew(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway.http.stream("GET", URL) as response:
        events = Listener(response)
        await events.next()
        with monkeypatch.context() as patch:
            patch.setattr(live_service, "load_devices", None)
            with pytest.raises(AssertionError, match="ended"):
                await events.next()
    async with gateway.http.stream("GET", URL) as response:
        assert await Listener(response).next() == {"devices": [], "removed": []}
