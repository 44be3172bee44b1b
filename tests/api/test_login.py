"""The page's login: a cookie that no script reads, a token for changes, an end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from api_service.database.sessions import transaction
from api_service.models import Login
from api_service.services.access.key_service import digest_of
from tests.support.gateway import Gateway, gateway_of, settings_of

ADMIN = {"X-API-Key": "the administrator's key"}
SITE, KEYS, LOGIN = "/api/site/", "/api/keys/", "/api/login/"


@pytest.fixture
async def gateway(database_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    file = tmp_path / "keys"
    file.write_text(f"{digest_of(ADMIN['X-API-Key'])} Root\n")
    settings = settings_of(database_url, redis_db, require_keys=True, api_keys_file=file)
    async with gateway_of(settings) as running:
        yield running


@pytest.fixture
async def browser(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps cookies, as a browser does."""
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        yield client


async def test_cookie_serves_instead_of_the_key_until_log_out(
    gateway: Gateway, browser: httpx.AsyncClient
) -> None:
    assert (await browser.post(LOGIN, json={}, headers={"X-API-Key": "wrong"})).status_code == 401
    assert (await browser.get(LOGIN)).status_code == 401
    answer = await browser.post(LOGIN, json={}, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie
    assert ADMIN["X-API-Key"] not in cookie
    token = {"X-CSRF-Token": answer.json()["csrf_token"]}
    assert (await browser.get(LOGIN)).json() == answer.json()
    assert answer.json()["owner"] == "Root"
    assert (await browser.get(SITE, headers=token)).status_code == 200
    # Reads need the token as changes do, also the end of the login.
    for headers in ({}, {"X-CSRF-Token": "0" * 64}):
        refused = await browser.get(SITE, headers=headers)
        assert (refused.status_code, refused.json()["title"]) == (403, "Token needed")
        assert (await browser.post(KEYS, json={"name": "x"}, headers=headers)).status_code == 403
        assert (await browser.delete(LOGIN, headers=headers)).status_code == 403
    assert (await browser.post(KEYS, json={"name": "x"}, headers=token)).status_code == 201
    kept = dict(browser.cookies)
    assert (await browser.delete(LOGIN, headers=token)).status_code == 204
    assert dict(browser.cookies) == {}
    # The login itself has ended, not only this browser's memory of it.
    async with httpx.AsyncClient(base_url=gateway.url, cookies=kept) as thief:
        assert (await thief.get(SITE, headers=token)).status_code == 401


async def test_login_allows_what_its_key_allows_and_ends_with_it(
    gateway: Gateway, browser: httpx.AsyncClient
) -> None:
    body = {"name": "Ali", "scopes": ["write"]}
    made = (await gateway.http.post(KEYS, json=body, headers=ADMIN)).json()
    login = await browser.post(LOGIN, json={"keep": True}, headers={"X-API-Key": made["key"]})
    assert "max-age=2592000" in login.headers["set-cookie"].lower()
    assert (login.json()["owner"], login.json()["scopes"]) == ("Ali", ["write"])
    assert (await browser.get(LOGIN)).status_code == 200
    token = {"X-CSRF-Token": login.json()["csrf_token"]}
    refused = await browser.get(SITE, headers=token)
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    await gateway.http.delete(f"{KEYS}{made['key_id']}", headers=ADMIN)
    assert (await browser.get(LOGIN)).status_code == 401


async def test_login_ends_by_itself(gateway: Gateway, browser: httpx.AsyncClient) -> None:
    await browser.post(LOGIN, json={}, headers=ADMIN)
    logins = gateway.services.logins
    async with transaction(logins._sessions) as session:
        await session.execute(update(Login).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    logins._key_digests.forget()
    assert (await browser.get(SITE)).status_code == 401


async def test_new_login_of_a_browser_ends_the_one_before(
    gateway: Gateway, browser: httpx.AsyncClient
) -> None:
    await browser.post(LOGIN, json={}, headers=ADMIN)
    before = dict(browser.cookies)
    assert (await browser.post(LOGIN, json={}, headers=ADMIN)).status_code == 200
    assert dict(browser.cookies) != before
    async with httpx.AsyncClient(base_url=gateway.url, cookies=before) as old:
        assert (await old.get(LOGIN)).status_code == 401
    assert (await browser.get(LOGIN)).status_code == 200


async def test_key_that_is_shown_counts_before_the_cookie(browser: httpx.AsyncClient) -> None:
    await browser.post(LOGIN, json={}, headers=ADMIN)
    assert (await browser.get(SITE, headers={"X-API-Key": "wrong"})).status_code == 401
    assert (await browser.post(KEYS, json={"name": "x"}, headers=ADMIN)).status_code == 201


async def test_log_in_and_out_stand_in_the_audit_log_without_a_secret(browser: httpx.AsyncClient) -> None:
    login = await browser.post(LOGIN, json={}, headers=ADMIN)
    cookies = dict(browser.cookies)
    await browser.delete(LOGIN, headers={"X-CSRF-Token": login.json()["csrf_token"]})
    entries = await browser.get("/api/audit/", headers=ADMIN)
    told = [(one["action"], one["target"], one["owner"], one["status"]) for one in entries.json()["items"]]
    assert told == [("DELETE", LOGIN, "Root", 204), ("POST", LOGIN, "Root", 200)]
    assert not [value for value in cookies.values() if value in entries.text]


async def test_secure_cookie_behind_a_proxy_that_ends_tls(gateway: Gateway) -> None:
    origin = gateway.url.replace("http://", "https://")
    for header, is_secure in (("X-Forwarded-Proto", True), ("Origin", True), ("X-Other", False)):
        headers = {**ADMIN, header: "https" if header == "X-Forwarded-Proto" else origin}
        answer = await gateway.http.post(LOGIN, json={}, headers=headers)
        assert ("; secure" in answer.headers["set-cookie"].lower()) == is_secure


async def test_without_keys_nobody_is_logged_in_and_everything_allowed(
    sqlite_url: str, redis_db: str
) -> None:
    async with gateway_of(settings_of(sqlite_url, redis_db)) as gateway:
        answer = await gateway.http.post(LOGIN, json={})
        assert "set-cookie" not in answer.headers
        assert answer.json() == {"owner": None, "scopes": ["read", "write", "admin"], "csrf_token": None}


async def test_logins_at_two_ports_of_one_host_stand_beside_each_other(
    gateway: Gateway, browser: httpx.AsyncClient
) -> None:
    """As a browser does, the client sends each cookie to every port of the host."""
    there = "127.0.0.1:8001"
    cookies = {}
    for host in (None, there, "localhost"):
        headers = {**ADMIN, **({"Host": host} if host else {})}
        answer = await browser.post(LOGIN, json={}, headers=headers)
        assert answer.status_code == 200, answer.text
        cookies[host] = answer.json()["csrf_token"]
    assert len(dict(browser.cookies)) == 3
    for host, token in cookies.items():
        headers = {"X-CSRF-Token": token, **({"Host": host} if host else {})}
        assert (await browser.get(SITE, headers=headers)).status_code == 200
        other = next(value for value in cookies.values() if value != token)
        assert (await browser.get(SITE, headers={**headers, "X-CSRF-Token": other})).status_code == 403
