"""Keys: what the file may hold, and who is let in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api_service.edge.api_keys import ApiKeys, RequireKey, needed_scope
from api_service.edge.middleware import RequestIds
from api_service.schemas.access.audit import AuditQuery
from api_service.schemas.access.keys import KeyRequest
from api_service.schemas.access.login import LoginRequest
from api_service.scripts.keys import main
from api_service.services.access.key_service import digest_of
from shared.errors import InvalidInput


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()

    @app.get("/api/devices")
    @app.get("/health/live")
    async def answer() -> dict[str, bool]:
        return {"in": True}

    app.add_middleware(RequireKey, keys=ApiKeys({digest_of("open sesame"): "ali"}))
    app.add_middleware(RequestIds)
    return TestClient(app)


@pytest.mark.parametrize("header", [{"Authorization": "Bearer open sesame"}, {"X-API-Key": "open sesame"}])
def test_known_key_is_let_in_by_either_header(client: TestClient, header: dict[str, str]) -> None:
    assert client.get("/api/devices", headers=header).json() == {"in": True}


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic open sesame"}, {"X-API-Key": ""}],
)
def test_missing_or_wrong_key_is_a_401_problem(client: TestClient, header: dict[str, str]) -> None:
    response = client.get("/api/devices", headers=header)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"


def test_health_needs_no_key(client: TestClient) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"X-Require-Key": "true"}, 403)])
def test_published_without_keys_lets_nobody_in(headers: dict[str, str], status: int) -> None:
    app = FastAPI()

    @app.get("/api/devices")
    @app.get("/health/live")
    async def answer() -> dict[str, bool]:
        return {"in": True}

    app.add_middleware(RequireKey, keys=None)
    app.add_middleware(RequestIds)
    client = TestClient(app)
    response = client.get("/api/devices", headers=headers)
    assert response.status_code == status
    assert status == 200 or "REQUIRE_KEYS=true" in response.json()["detail"]
    assert client.get("/health/live", headers=headers).status_code == 200


def test_read_finds_names_and_skips_comments(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# ours\n\n{digest_of('k')}  Kitchen tablet\n")
    keys = ApiKeys.read(path)
    assert keys.owner(digest_of("k")) == "Kitchen tablet"
    assert keys.owner(digest_of("K")) is None


@pytest.mark.parametrize(
    ("content", "reason"), [("", "no key"), ("plain-key me\n", "line 1"), (None, "read")]
)
def test_read_of_a_bad_file_says_what_is_wrong(tmp_path: Path, content: str | None, reason: str) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=reason):
        ApiKeys.read(path)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/devices/", "read"),
        ("HEAD", "/metrics", "read"),
        ("POST", "/api/chat/", "read"),
        ("DELETE", "/api/chat/sessions/1", "read"),
        ("POST", "/v1/chat/completions", "read"),
        ("POST", "/api/readings/", "write"),
        ("PATCH", "/api/devices/1", "write"),
        ("DELETE", "/api/imports/1", "write"),
        ("PUT", "/api/tariffs/", "write"),
        ("DELETE", "/api/devices/1", "admin"),
        ("POST", "/api/devices/1/merge", "admin"),
        ("GET", "/api/audit/", "admin"),
        ("GET", "/api/keys/", "admin"),
    ],
)
def test_needed_scope_of_a_request(method: str, path: str, scope: str) -> None:
    assert needed_scope(method, path) == scope


@pytest.mark.parametrize("days", ["0", "-1", "36501", "9" * 30, "1.5", "²"])
def test_command_makes_no_key_for_an_impossible_number_of_days(
    days: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["create", "x", f"--days={days}"])
    assert stopped.value.code == 2
    assert "no number of days from 1 to 36500" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-00:01"])
def test_moment_that_no_calendar_holds_in_utc_is_refused(moment: str) -> None:
    with pytest.raises(ValidationError, match="between the years 1 and 9999"):
        KeyRequest.model_validate({"name": "x", "expires_at": moment})
    with pytest.raises(ValidationError, match="between the years 1 and 9999"):
        AuditQuery.model_validate({"start": moment})


def test_moment_of_another_zone_is_stored_as_utc() -> None:
    request = KeyRequest.model_validate({"name": "x", "expires_at": "2027-01-31T01:00:00+02:00"})
    assert request.expires_at == datetime(2027, 1, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("keep", [0, 1, "true", None])
def test_login_is_kept_by_a_true_or_false_alone(keep: object) -> None:
    with pytest.raises(ValidationError, match="keep"):
        LoginRequest.model_validate({"keep": keep})
