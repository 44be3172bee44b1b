"""Sites: random requests by random owners of three sites see nothing of another, and change nothing there."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api_service.database.sessions import SessionFactory, snapshot
from api_service.models import ApiKey, AuditEntry, Base, ChatMessage, Login, SiteRow
from tests.support.gateway import Gateway, gateway_of, settings_of
from tests.support.random_requests import RandomRequest, draw_cases, operations_of, request_of
from tests.support.sites import key_of, keys_file, make_sites

FURTHER = ("barn", "roof")
SITES = ("default", *FURTHER)
EACH = 3
"""Requests of each operation; some 140 a database."""
POWERS = {"default": 41111.25, "barn": 42222.25, "roof": 43333.25}
PRICES = {"default": 0.411117, "barn": 0.422227, "roof": 0.433337}
CLUSTERS = {"default": 511, "barn": 522, "roof": 533}
WORDS = {site: f"Quokka{site.title()}" for site in SITES}
# Of the main database, and written for all sites; its own test is below.
SHARED = {model.__tablename__ for model in (ApiKey, AuditEntry, Login, SiteRow)}
# What the gateway itself does to a question meanwhile.
BY_THE_GATEWAY = {"content", "status", "attempt", "lease_until", "claimed_by", "finished_at", "error"}
ENDLESS = ("/events", "/live")


@dataclass
class World:
    """Three sites on one gateway, what is secret in each, and what each has said itself."""

    gateway: Gateway
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SITES, ""))

    def secrets(self, site: str) -> set[str]:
        texts = {WORDS[site], str(POWERS[site]), str(PRICES[site])}
        return texts | {value for value in self.ids[site].values() if len(value) > 10}

    def foreign_in(self, site: str, text: str) -> set[str]:
        """Secrets of other sites that a text holds, but for those that this site has named itself."""
        others = {secret for other in SITES if other != site for secret in self.secrets(other)}
        return {secret for secret in others if secret in text and secret not in self.said[site]}

    def sessions(self, site: str) -> SessionFactory:
        services = self.gateway.services if site == "default" else self.gateway.sites.opened(site)
        found: SessionFactory = services.chat._sessions
        return found

    async def tables(self, site: str) -> dict[str, list[str]]:
        """Every row of a site's tables."""
        found = {}
        async with snapshot(self.sessions(site)) as session:
            for table in Base.metadata.sorted_tables:
                if table.name in SHARED:
                    continue
                hidden = BY_THE_GATEWAY if table.name == ChatMessage.__tablename__ else set()
                columns = [column for column in table.c if column.name not in hidden]
                rows = (await session.execute(select(*columns))).all()
                found[table.name] = sorted(map(repr, rows))
        return found


async def send(http: httpx.AsyncClient, site: str, request: RandomRequest) -> tuple[int, str]:
    """Status, headers and text of the answer; of a stream without end what comes in a moment."""
    parts: dict[str, Any] = {"params": request.params, "headers": {**request.headers, **key_of(site)}}
    if request.files is not None:
        parts["files"] = request.files
    elif request.content is not None:
        parts["content"] = request.content
    text = ""
    async with http.stream(request.method, request.path, **parts) as answer:
        if request.path.endswith(ENDLESS) and answer.status_code == 200:
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    async for piece in answer.aiter_text():
                        text += piece
        else:
            text = (await answer.aread()).decode(errors="replace")
        return answer.status_code, f"{dict(answer.headers)} {text}"


async def populate(world: World, site: str) -> None:
    """A device, its readings, a tariff, a conversation, a key and an import, all marked as the site's."""
    http, key = world.gateway.http, key_of(site)
    rows = [
        {
            "timestamp": f"2026-03-10T{hour:02}:00:00Z",
            "cluster": CLUSTERS[site],
            "real_power_watt": POWERS[site],
            "device_name": f"{WORDS[site]} pump",
            "device_state": f"{WORDS[site]} spinning",
        }
        for hour in range(12)
    ]
    assert (await http.post("/api/readings/", json=rows, headers=key)).json()["accepted"] == 12
    tariff = {"currency": "EUR", "tariffs": [{"valid_from": "2026-01-01", "price_per_kwh": PRICES[site]}]}
    put = await http.put("/api/tariffs/", json=tariff, headers=key)
    assert put.status_code == 200, put.text
    question = {"user_message": f"How much energy did the {WORDS[site]} pump use yesterday?"}
    asked = await http.post("/api/chat/", json=question, headers={**key, "Prefer": "respond-async"})
    made = await http.post("/api/keys/", json={"name": f"{WORDS[site]} tablet"}, headers=key)
    lines = f"timestamp,device,power[W]\n2026-03-11T00:00:00Z,{WORDS[site]} lamp,{POWERS[site]}\n".encode()
    added = await http.post("/api/imports/", files={"file": (f"{WORDS[site]}.csv", lines)}, headers=key)
    world.ids[site] = {
        "session_id": asked.json()["session_id"],
        "message_id": asked.json()["message_id"],
        "key_id": made.json()["key_id"],
        "import_id": added.json()["id"],
        "cluster": str(CLUSTERS[site]),
        "into": str(CLUSTERS[site]),
    }
    await until_imported(world, site)


async def until_imported(world: World, site: str) -> None:
    """Wait until nothing changes a site in the background."""
    for _ in range(600):
        listed = await world.gateway.http.get("/api/imports/", params={"limit": 1000}, headers=key_of(site))
        if not {row["state"] for row in listed.json()["items"]} & {"queued", "running"}:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("an import does not end")


@pytest.fixture
async def world(database_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[World]:
    await make_sites(database_url, FURTHER)
    changes = {
        "api_keys_file": keys_file(tmp_path, SITES),
        "require_keys": True,
        "uploads_folder": tmp_path / "uploads",
        "chat_deadline_s": 0.05,
        "log_level": "ERROR",
    }
    async with gateway_of(settings_of(database_url, redis_db, **changes)) as gateway:
        world = World(gateway)
        for site in SITES:
            await populate(world, site)
        yield world


async def step(world: World, site: str, request: RandomRequest) -> int:
    """Send a request as the owner of a site, and look at the answer and at the other sites; the status."""
    others = [name for name in SITES if name != site]
    world.said[site] += request.text()
    before = {name: await world.tables(name) for name in others}
    status, answer = await send(world.gateway.http, site, request)
    assert world.foreign_in(site, answer) == set(), (site, request, answer[:2000])
    if request.operation == "POST /api/imports/":
        await until_imported(world, site)
    if request.method != "GET":
        for name in others:
            assert await world.tables(name) == before[name], (site, name, request)
    return status


async def test_random_requests_by_random_owners_see_and_change_no_other_site(world: World) -> None:
    http = world.gateway.http
    document = (await http.get("/api/openapi.json")).json()
    chance = random.Random(20_260_310)
    reached: dict[str, set[int]] = {}
    for case in draw_cases(document, EACH, number=7):
        site = chance.choice(SITES)
        other = chance.choice([name for name in SITES if name != site])

        def choose(name: str, site: str = site, other: str = other) -> Any:
            whose = chance.choice([site, other, other, None])
            if name == "site":  # the default site's keys manage all others': their own test is below
                return site if site == "default" else other
            return world.ids[whose].get(name) if whose else None

        request = request_of(case, choose, chance)
        reached.setdefault(request.operation, set()).add(await step(world, site, request))
    assert set(reached) == operations_of(document)
    # Not all were refused before they reached data.
    served = {operation for operation, statuses in reached.items() if min(statuses) < 300}
    assert len(served) >= len(reached) // 2, reached
    for site in SITES:  # the checks can find: each sees its own
        own = await http.get("/api/devices/", headers=key_of(site), params={"as_of": "2026-03-10T12:00:00Z"})
        export = await http.get("/api/audit/", headers=key_of(site), params={"limit": 1000})
        assert own.status_code == 200
        assert world.foreign_in(site, own.text + export.text) == set()


async def test_another_sites_id_is_answered_as_one_that_there_never_was(world: World) -> None:
    http = world.gateway.http
    for site in SITES:
        for other in (name for name in SITES if name != site):
            ids = world.ids[other]
            for path in (
                f"/api/chat/messages/{ids['message_id']}",
                f"/api/chat/sessions/{ids['session_id']}",
                f"/api/imports/{ids['import_id']}",
                f"/api/devices/{ids['cluster']}",
            ):
                assert (await http.get(path, headers=key_of(site))).status_code == 404, (site, other, path)
                own = path.replace(next(i for i in ids.values() if path.endswith(i)), "")
                assert own != path
            rotated = await http.post(f"/api/keys/{ids['key_id']}/rotate", json={}, headers=key_of(site))
            assert rotated.status_code == 404
        for path, marker in (
            (f"/api/chat/sessions/{world.ids[site]['session_id']}/messages", WORDS[site]),
            (f"/api/devices/{CLUSTERS[site]}", WORDS[site]),
            ("/api/tariffs/", str(PRICES[site])),
            ("/api/keys/", f"{WORDS[site]} tablet"),
            ("/api/audit/", f"{WORDS[site]} tablet"),
        ):
            assert marker in (await http.get(path, headers=key_of(site))).text, (site, path)


async def test_operators_alone_manage_other_sites_keys(world: World) -> None:
    http, operator, barn = world.gateway.http, key_of("default"), key_of("barn")
    made = await http.post("/api/keys/", json={"name": "Bo", "site": "roof"}, headers=operator)
    assert (made.status_code, made.json()["site"]) == (201, "roof")
    roof = {"X-API-Key": made.json()["key"]}
    assert f"{WORDS['roof']} pump" in (await http.get(f"/api/devices/{CLUSTERS['roof']}", headers=roof)).text
    assert (await http.get(f"/api/devices/{CLUSTERS['default']}", headers=roof)).status_code == 404
    for headers in (barn, key_of("roof")):
        body = {"name": "Bo", "site": "default"}
        assert (await http.post("/api/keys/", json=body, headers=headers)).status_code == 403
        for path in ("/api/keys/", "/api/audit/"):
            refused = await http.get(path, params={"site": "default"}, headers=headers)
            assert refused.status_code == 403
    listed = (await http.get("/api/keys/", params={"site": "roof"}, headers=operator)).json()["items"]
    assert {row["name"] for row in listed} == {"Bo", f"{WORDS['roof']} tablet"}
    assert made.json()["key_id"] not in (await http.get("/api/keys/", headers=operator)).text
    path = f"/api/keys/{made.json()['key_id']}"
    assert (await http.delete(path, headers=barn)).status_code == 404
    assert (await http.delete(path, headers=operator)).status_code == 404
    assert (await http.delete(path, params={"site": "roof"}, headers=operator)).status_code == 204
    assert (await http.get("/api/devices/", headers=roof)).status_code == 401
    unknown = await http.post("/api/keys/", json={"name": "Bo", "site": "cellar"}, headers=operator)
    assert unknown.status_code == 404


async def test_health_metrics_and_live_streams_tell_nothing_of_another_site(world: World) -> None:
    http = world.gateway.http
    for site in SITES:
        health = (await http.get("/health", headers=key_of(site))).json()
        assert (health["devices"], health["last_reading"]) == (2, "2026-03-11T00:00:00Z")
        assert health["unfinished_questions"] <= 1
        assert (health["queue_jobs"] is None) == (site != "default")
        assert ("question" in health["parts"]["redis"]["detail"]) == (site == "default")
        metrics = await http.get("/metrics", headers=key_of(site))
        assert metrics.status_code == (200 if site == "default" else 403)
        assert "askwatt_devices 2.0" in metrics.text or site != "default"
        request = RandomRequest("", "GET", "/api/devices/live")
        _, stream = await send(http, site, request)
        assert WORDS[site] in stream
        assert world.foreign_in(site, stream) == set()
    assert "question" not in (await http.get("/health/ready")).json()["parts"]["redis"]["detail"]
    rows = [{"timestamp": "2026-03-12T00:00:00Z", "cluster": 999, "real_power_watt": POWERS["roof"]}]
    task = asyncio.create_task(send(http, "barn", RandomRequest("", "GET", "/api/devices/live")))
    await http.post("/api/readings/", json=rows, headers=key_of("roof"))
    assert world.foreign_in("barn", (await task)[1]) == set()
    assert json.loads((await http.get("/health", headers=key_of("barn"))).text)["devices"] == 2
