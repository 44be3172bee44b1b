"""The page, its files and the viewers of the API: caching, compression, policy, and what needs no key."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import jsonschema
import pytest

from api_service.services.access.key_service import digest_of
from tests.support.gateway import Gateway, fill, gateway_of, settings_of

PAGES = ["/", "/docs", "/redoc"]
REVALIDATED = [*PAGES, "/sw.js"]


@pytest.fixture
async def gateway(sqlite_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    async with gateway_of(settings_of(sqlite_url, redis_db)) as running:
        yield running


def files_of(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="\./(web/[^"]+)"', html)


@pytest.mark.parametrize("path", PAGES)
async def test_page_names_only_files_that_are_there(gateway: Gateway, path: str) -> None:
    html = (await gateway.http.get(path)).text
    assert "{{" not in html
    assert not re.search(r'(?:src|href)="(?:/|https?:)', html), "an absolute address breaks a sub-path"
    for name in files_of(html):
        found = await gateway.http.get(f"/{name}")
        assert found.status_code == 200, name
        assert "immutable" in found.headers["cache-control"]


@pytest.mark.parametrize("path", REVALIDATED)
async def test_page_asked_for_again_is_a_304_without_body(gateway: Gateway, path: str) -> None:
    first = await gateway.http.get(path)
    assert first.headers["cache-control"] == "no-cache"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = await gateway.http.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    changed = await gateway.http.get(path, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_page_allows_no_inline_code_and_nothing_from_elsewhere(gateway: Gateway, path: str) -> None:
    page = await gateway.http.get(path)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"https?:", policy)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page.text)


async def test_file_is_compressed_for_who_takes_it_and_the_same_without(gateway: Gateway) -> None:
    html = (await gateway.http.get("/")).text
    name = next(name for name in files_of(html) if name.endswith("app/main.js"))
    plain = await gateway.http.get(f"/{name}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with gateway.http.stream("GET", f"/{name}", headers={"Accept-Encoding": "br, gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content)


async def test_file_under_an_older_version_is_not_kept_for_ever(gateway: Gateway) -> None:
    old = await gateway.http.get("/web/0123456789ab/app/main.js")
    assert old.status_code == 200
    assert old.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/web/v/none.js", "/web/v/../../main.py", "/web/v/%2e%2e/main.py", "/web/v/"]
)
async def test_file_that_is_not_ours_is_not_found(gateway: Gateway, path: str) -> None:
    assert (await gateway.http.get(path)).status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/favicon.ico"])
async def test_head_of_a_page_has_the_headers_and_no_body(gateway: Gateway, path: str) -> None:
    head = await gateway.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


async def test_large_answer_of_the_api_is_compressed(gateway: Gateway) -> None:
    answer = await gateway.http.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json() == (await gateway.http.get("/api/openapi.json")).json()


async def test_keys_leave_the_page_open_and_the_data_closed(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of('secret')} test\n")
    async with gateway_of(settings_of(sqlite_url, redis_db, api_keys_file=keys)) as running:
        html = (await running.http.get("/")).text
        for path in [*REVALIDATED, "/openapi.json", "/favicon.ico", *(f"/{name}" for name in files_of(html))]:
            assert (await running.http.get(path)).status_code == 200, path
        for path in [
            "/api/devices/",
            "/api/devices/summary/",
            "/api/chat/sessions/",
            "/metrics",
            "/v1/models",
        ]:
            assert (await running.http.get(path)).status_code == 401, path
            opened = await running.http.get(path, headers={"Authorization": "Bearer secret"})
            assert opened.status_code == 200, path


async def test_every_reference_of_the_description_resolves(gateway: Gateway) -> None:
    description = (await gateway.http.get("/openapi.json")).json()
    references = re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(description))
    assert references
    for reference in references:
        found = description
        for part in reference.split("/"):
            assert part in found, reference
            found = found[part]


async def test_site_tells_zone_clock_and_now(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db, site_timezone="Europe/Madrid")
    async with gateway_of(settings) as running:
        empty = (await running.http.get("/api/site")).json()
        assert (empty["timezone"], empty["clock"]) == ("Europe/Madrid", "latest")
        assert empty["newest_reading"] is None
        await fill(running)
        site = (await running.http.get("/api/site/")).json()
        assert site["newest_reading"] == "2026-03-10T12:00:00Z"
        assert site["now"].startswith("2026-03-10T12:00:00")


async def test_description_names_errors_as_they_are_sent(gateway: Gateway) -> None:
    description = (await gateway.http.get("/openapi.json")).json()
    tags = {tag["name"] for tag in description["tags"]}
    for path, methods in description["paths"].items():
        for operation in methods.values():
            assert set(operation["tags"]) <= tags, path
            assert "HTTPValidationError" not in json.dumps(operation)
    series = description["paths"]["/api/devices/{cluster}/series"]["get"]["responses"]
    sent = await gateway.http.get("/api/devices/99/series")
    assert sent.headers["content-type"] in series[str(sent.status_code)]["content"]
    wrong = await gateway.http.get("/api/devices/99/series", params={"quantity": "colour"})
    schema = description["components"]["schemas"]["Problem"]
    jsonschema.validate(sent.json(), schema)
    jsonschema.validate(wrong.json(), schema)
    chat = description["paths"]["/v1/chat/completions"]["post"]["responses"]
    refused = await gateway.http.post("/v1/chat/completions", json={"messages": []})
    assert str(refused.status_code) in chat
    jsonschema.validate(refused.json(), description["components"]["schemas"]["OpenAIError"])
    conflicts = {
        path
        for path, methods in description["paths"].items()
        if any("409" in operation["responses"] for operation in methods.values())
    }
    assert conflicts == {
        "/api/chat/",
        "/v1/chat/completions",
        "/api/devices/{cluster}/merge",
        "/api/keys/{key_id}/rotate",
    }
    names = [one["operationId"] for methods in description["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)
    assert {"ask", "device_series", "cluster_summaries"} <= set(names)
    assert set(description["components"]["securitySchemes"]) == {"bearer", "header", "login"}


async def test_service_worker_keeps_every_file_that_the_page_needs(gateway: Gateway) -> None:
    worker = await gateway.http.get("/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert not re.search(r"\{\{|__FILES__", worker.text)
    kept = re.findall(r'"(web/[^"]+[^"/])"', worker.text)
    page = (await gateway.http.get("/")).text
    assert set(files_of(page)) <= set(kept)
    assert not any("viewer/" in name for name in kept)
    for name in kept:
        assert "immutable" in (await gateway.http.head(f"/{name}")).headers["cache-control"], name


async def test_manifest_makes_the_page_installable(gateway: Gateway) -> None:
    html = (await gateway.http.get("/")).text
    name = next(name for name in files_of(html) if name.endswith("manifest.webmanifest"))
    found = await gateway.http.get(f"/{name}")
    assert found.headers["content-type"] == "application/manifest+json"
    manifest = found.json()
    at = httpx.URL(f"http://host/below/{name}")
    assert at.join(manifest["start_url"]) == at.join(manifest["scope"]) == httpx.URL("http://host/below/")
    sizes = {icon["sizes"] for icon in manifest["icons"]}
    assert {"192x192", "512x512"} <= sizes
    for icon in manifest["icons"]:
        assert (await gateway.http.get(httpx.URL(f"/{name}").join(icon["src"]).path)).status_code == 200
