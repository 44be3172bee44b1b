"""Keys of the database: made and revoked over HTTP and by the command, each for its scopes."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api_service.services.access.key_service import digest_of
from tests.e2e.instance import clean_environment
from tests.support.gateway import Gateway, gateway_of, settings_of

ADMIN = {"X-API-Key": "the administrator's key"}


@pytest.fixture
async def gateway(database_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of(ADMIN['X-API-Key'])} admin\n")
    async with gateway_of(
        settings_of(database_url, redis_db, require_keys=True, api_keys_file=keys)
    ) as running:
        yield running


async def new_key(gateway: Gateway, *scopes: str, expires_at: str | None = None) -> dict[str, str]:
    body = {"name": "meter", "scopes": scopes, "expires_at": expires_at}
    made = await gateway.http.post("/api/keys/", json=body, headers=ADMIN)
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    return dict(made.json())


def bearer(made: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['key']}"}


async def test_made_key_counts_beside_a_file_of_keys(sqlite_url: str, redis_db: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of(ADMIN['X-API-Key'])} admin\n")
    async with gateway_of(settings_of(sqlite_url, redis_db, api_keys_file=keys)) as running:
        made = await new_key(running, "read")
        seen = [
            (await running.http.get("/api/devices/summary/", headers=headers)).status_code
            for headers in (bearer(made), {"X-API-Key": "another"}, {})
        ]
    assert seen == [200, 401, 401]


async def test_each_scope_allows_its_own_and_nothing_more(gateway: Gateway) -> None:
    row = [{"timestamp": "2026-03-01T00:00:00Z", "cluster": 1, "real_power_watt": 5}]
    requests = [
        ("GET", "/api/devices/summary/", None, 200),
        ("POST", "/api/readings/", row, 200),
        ("DELETE", "/api/devices/1", None, 200),
        ("GET", "/api/keys/", None, 200),
    ]
    allowed = {"read": [0], "write": [1], "admin": [0, 1, 2, 3]}
    for scope, places in allowed.items():
        headers = bearer(await new_key(gateway, scope))
        for place, (method, path, body, status) in enumerate(requests):
            answer = await gateway.http.request(method, path, json=body, headers=headers)
            assert answer.status_code == (status if place in places else 403), (scope, path, answer.text)
            if place not in places:
                assert answer.headers["content-type"] == "application/problem+json"


async def test_revoked_and_expired_keys_open_nothing(gateway: Gateway) -> None:
    made = await new_key(gateway, "read")
    assert (await gateway.http.get("/api/devices/", headers=bearer(made))).status_code == 200
    for _ in range(2):  # once more changes nothing
        gone = await gateway.http.delete(f"/api/keys/{made['key_id']}", headers=ADMIN)
        assert gone.status_code == 204
    assert (await gateway.http.get("/api/devices/", headers=bearer(made))).status_code == 401
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    expired = await new_key(gateway, "read", expires_at=yesterday)
    assert (await gateway.http.get("/api/devices/", headers=bearer(expired))).status_code == 401
    unknown = await gateway.http.delete("/api/keys/e3e70682-c209-1cac-a29f-6fbed82c07cd", headers=ADMIN)
    assert unknown.status_code == 404


async def test_key_is_shown_once_and_stored_nowhere(sqlite_url: str, redis_db: str) -> None:
    async with gateway_of(settings_of(sqlite_url, redis_db)) as open_gateway:
        made = (await open_gateway.http.post("/api/keys/", json={"name": "Ali"})).json()
        listed = await open_gateway.http.get("/api/keys/")
    assert made["scopes"] == ["read"]
    assert [row["key_id"] for row in listed.json()["items"]] == [made["key_id"]]
    assert made["key"] not in listed.text
    path = sqlite_url.partition(":///")[2]
    with sqlite3.connect(path) as database:
        dumped = "\n".join(database.iterdump())
    assert made["key"] not in dumped
    assert digest_of(made["key"]) in dumped


async def test_command_makes_lists_and_revokes(sqlite_url: str, redis_db: str) -> None:
    async def run(*arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api_service.scripts.keys", *arguments),
            env=clean_environment(DATABASE_URL=sqlite_url),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        return output.decode()

    key = (await run("create", "Kitchen tablet", "--scopes", "read,write", "--days", "30")).split()[-1]
    listed = (await run("list")).split()
    assert listed[2] == "read,write"
    async with gateway_of(settings_of(sqlite_url, redis_db, require_keys=True)) as gateway:
        headers = {"Authorization": f"Bearer {key}"}
        assert (await gateway.http.get("/api/site/", headers=headers)).status_code == 200
        replaced = (await run("rotate", listed[0], "--grace-hours", "1")).split()[-1]
        for known in (key, replaced):
            headers = {"Authorization": f"Bearer {known}"}
            assert (await gateway.http.get("/api/site/", headers=headers)).status_code == 200
    await run("revoke", listed[0])
    async with gateway_of(settings_of(sqlite_url, redis_db, require_keys=True)) as gateway:
        assert (await gateway.http.get("/api/site/", headers=headers)).status_code == 401
    assert "revoked" in await run("list")
    async with gateway_of(settings_of(sqlite_url, redis_db)) as gateway:
        written = (await gateway.http.get("/api/audit/")).json()["items"]
    told = [(one["action"], one["target"].split()[:2], one["address"], one["status"]) for one in written]
    commands = (["keys", name] for name in ("revoke", "rotate", "create"))
    assert told == [("COMMAND", command, "command line", 200) for command in commands]
    assert key not in str(written)


async def test_rotated_key_has_a_new_secret_and_the_old_one_lasts_for_the_grace(gateway: Gateway) -> None:
    first = await new_key(gateway, "read")
    path = f"/api/keys/{first['key_id']}/rotate"

    async def statuses(*keys: dict[str, str]) -> list[int]:
        answers = [await gateway.http.get("/api/site/", headers=bearer(key)) for key in keys]
        return [answer.status_code for answer in answers]

    async def rotate(grace_s: int) -> dict[str, str]:
        answer = await gateway.http.post(path, json={"grace_s": grace_s}, headers=ADMIN)
        assert answer.headers["cache-control"] == "no-store"
        return dict(answer.json())

    assert await statuses(first) == [200]
    second = await rotate(3600)
    assert (second["key_id"], second["scopes"]) == (first["key_id"], first["scopes"])
    assert second["key"] != first["key"]
    assert second["previous_until"] > second["rotated_at"]
    assert await statuses(first, second) == [200, 200]
    third = await rotate(0)
    assert await statuses(first, second, third) == [401, 401, 200]
    (listed,) = (await gateway.http.get("/api/keys/", headers=ADMIN)).json()["items"]
    assert listed["rotated_at"] == third["rotated_at"]
    await gateway.http.delete(f"/api/keys/{first['key_id']}", headers=ADMIN)
    assert await statuses(third) == [401]
    assert (await gateway.http.post(path, json={}, headers=ADMIN)).status_code == 409
