"""Host names and foreign pages: who may speak to the gateway from a browser."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api_service.edge.methods import Methods
from api_service.edge.origins import KnownHosts, SameOriginWrites, hostname

HOME = "http://127.0.0.1:8000"


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()

    @app.get("/things/{number}")
    async def read(number: int) -> dict[str, int]:
        return {"number": number}

    @app.delete("/things/{number}")
    async def remove(number: int) -> dict[str, int]:
        return {"removed": number}

    app.add_middleware(Methods, routes=app.routes)
    app.add_middleware(SameOriginWrites, origins=("https://panel.example.org",))
    app.add_middleware(KnownHosts, names=("gateway", ".example.net"))
    return TestClient(app, base_url=HOME)


KNOWN = """127.0.0.1 127.0.0.1:8000 [::1]:8000 192.168.1.7 localhost LocalHost:80 a.localhost gateway
    Gateway:8000 example.net energy.example.net gateway."""


@pytest.mark.parametrize("host", KNOWN.split())
def test_known_host_is_served(client: TestClient, host: str) -> None:
    assert client.get("/things/1", headers={"Host": host}).json() == {"number": 1}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "notexample.net", "x.localhost.de", "", "[::1", "a b"],
)
def test_unknown_host_is_refused_with_421(client: TestClient, host: str) -> None:
    refused = client.get("/things/1", headers={"Host": host})
    assert refused.status_code == 421
    assert "ALLOWED_HOSTS" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": HOME}, 200),
        ({"Origin": "https://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://panel.example.org", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": HOME}, 403),
    ],
)
def test_write_is_refused_exactly_where_it_comes_from_a_foreign_page(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.delete("/things/1", headers=headers).status_code == status


def test_read_from_a_foreign_page_is_left_to_the_browser(client: TestClient) -> None:
    assert client.get("/things/1", headers={"Origin": "https://evil.example"}).status_code == 200


def test_head_is_a_get_without_its_body(client: TestClient) -> None:
    got, head = client.get("/things/1"), client.head("/things/1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_options_and_405_name_every_method_of_the_path(client: TestClient) -> None:
    options = client.options("/things/1")
    assert (options.status_code, options.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS")
    refused = client.post("/things/1")
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS")


def test_options_of_an_unknown_path_is_404(client: TestClient) -> None:
    assert client.options("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("header", "name"),
    [("A.b:80", "a.b"), ("[::1]:80", "::1"), ("[::1", ""), ("", ""), ("x.", "x"), ("x:", "x")],
)
def test_hostname_of_a_header(header: str, name: str) -> None:
    assert hostname(header) == name


@pytest.mark.parametrize(
    "tail", ["/x", "?x", "#x", "/api/chat", ":80/x", "\\x", "@evil", " x", ":x", ":80:80"]
)
def test_host_that_is_more_than_a_name_is_refused(client: TestClient, tail: str) -> None:
    # Whoever makes a URL of it and reads its path, or its name, sees another one than was routed by.
    assert hostname(f"localhost{tail}") == ""
    assert client.get("/things/1", headers={"Host": f"localhost{tail}"}).status_code == 421


def test_two_host_headers_are_refused(client: TestClient) -> None:
    twice = [("Host", "localhost"), ("Host", "gateway")]
    assert client.get("/things/1", headers=twice).status_code == 421
