"""The audit log: every change with who, what, when and from where; for administrators alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api_service.edge.audit import is_change
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import digest_of
from shared.errors import DatabaseUnavailable
from tests.support.gateway import Gateway, gateway_of, settings_of

ADMIN = {"X-API-Key": "the administrator's key"}
ROW = {"timestamp": "2026-03-01T00:00:00Z", "cluster": 1, "real_power_watt": 5}


@pytest.fixture
async def gateway(database_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of(ADMIN['X-API-Key'])} Root\n")
    settings = settings_of(database_url, redis_db, require_keys=True, api_keys_file=keys)
    async with gateway_of(settings) as running:
        stored = await running.http.post("/api/readings/", json=[ROW], headers=ADMIN)
        assert stored.json()["accepted"] == 1
        yield running


async def entries(gateway: Gateway, **params: Any) -> list[dict[str, Any]]:
    answer = await gateway.http.get("/api/audit/", params=params, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_change_is_written_with_who_what_when_and_from_where(gateway: Gateway) -> None:
    key = {"name": "Tablet", "owner": "Ali", "scopes": ["write", "read"]}
    made = (await gateway.http.post("/api/keys/", json=key, headers=ADMIN)).json()
    headers = {"X-API-Key": made["key"], "X-Request-ID": "one-of-ours"}
    change = {"device_name": "Fridge"}
    answer = await gateway.http.patch("/api/devices/1", json=change, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (await gateway.http.patch("/api/devices/99", json=change, headers=headers)).status_code == 404
    refused, renamed, created = await entries(gateway)
    assert refused["status"] == 404
    at = datetime.fromisoformat(renamed.pop("at"))
    assert timedelta(0) <= datetime.now(UTC) - at < timedelta(minutes=1)
    assert renamed == {
        "owner": "Ali",
        "key_id": made["key_id"],
        "address": "127.0.0.1",
        "request_id": "one-of-ours",
        "action": "PATCH",
        "target": "/api/devices/1",
        "details": change,
        "status": 200,
    }
    assert (created["owner"], created["target"], created["status"]) == ("Root", "/api/keys/", 201)
    assert created["details"] == key
    assert made["key"] not in str(created)
    # The log is for administrators.
    assert (await gateway.http.get("/api/audit/", headers=headers)).status_code == 403


async def test_entries_are_found_by_owner_target_and_time_and_come_in_pages(gateway: Gateway) -> None:
    for cluster in (1, 2, 10):
        await gateway.http.delete(f"/api/devices/{cluster}?start=2026-01-01T00:00:00Z", headers=ADMIN)
    targets = [f"/api/devices/{cluster}?start=2026-01-01T00:00:00Z" for cluster in (10, 2, 1)]
    assert [one["target"] for one in await entries(gateway, owner="Root")] == targets
    assert [one["target"] for one in await entries(gateway, target="/api/devices/1")] == [
        targets[0],
        targets[2],
    ]
    assert await entries(gateway, owner="Ali") == []
    assert await entries(gateway, target="%") == []
    assert await entries(gateway, start="2100-01-01T00:00:00Z") == []
    assert len(await entries(gateway, end="2100-01-01T00:00:00Z", address="127.0.0.1")) == 3
    first = (await gateway.http.get("/api/audit/", params={"limit": 2}, headers=ADMIN)).json()
    rest = await entries(gateway, limit=2, cursor=first["next_cursor"])
    assert [one["target"] for one in [*first["items"], *rest]] == targets


async def test_path_that_no_database_stores_as_it_is_is_written_all_the_same(gateway: Gateway) -> None:
    assert (await gateway.http.delete("/api/devices/%00", headers=ADMIN)).status_code == 404
    assert [one["target"] for one in await entries(gateway)] == ["/api/devices/%00"]


@pytest.mark.parametrize(
    "body",
    [
        rb'{"device_name": "\ud800"}',
        rb'{"max_sample_period_s": NaN}',
        rb'{"max_sample_period_s": 1e999}',
        b'{"device_name": ' + b"[" * 1990 + b"]" * 1990 + b"}",
    ],
    ids=["surrogate", "nan", "infinite", "nested"],
)
async def test_body_that_cannot_be_sent_again_is_left_out(gateway: Gateway, body: bytes) -> None:
    headers = ADMIN | {"Content-Type": "application/json"}
    answer = await gateway.http.patch("/api/devices/1", content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    (entry,) = await entries(gateway)
    assert (entry["target"], entry["details"], entry["status"]) == (
        "/api/devices/1",
        None,
        answer.status_code,
    )


async def test_nul_in_a_body_breaks_no_entry(gateway: Gateway) -> None:
    body = rb'{"device_name": "a\u0000b"}'
    headers = ADMIN | {"Content-Type": "application/json"}
    answer = await gateway.http.patch("/api/devices/1", content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    assert [one["status"] for one in await entries(gateway)] == [answer.status_code]


async def test_nothing_is_changed_where_it_cannot_be_written_down(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> int:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(AuditService, "begin", fails)
    refused = await gateway.http.delete("/api/devices/1", headers=ADMIN)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert (await gateway.http.get("/api/devices/1", headers=ADMIN)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/keys/", False),
        ("POST", "/api/keys/", True),
        ("PUT", "/api/tariffs/", True),
        ("POST", "/api/imports/", True),
        ("POST", "/api/readings/", False),
        ("POST", "/api/v2/write", False),
        ("POST", "/api/chat/", False),
        ("POST", "/api/chat/sessions/", False),
        ("DELETE", "/api/chat/sessions/1", True),
        ("POST", "/v1/chat/completions", False),
        ("POST", "/api/something/new", True),
    ],
)
def test_is_change_of_a_request(method: str, path: str, *, expected: bool) -> None:
    assert is_change(method, path) == expected
