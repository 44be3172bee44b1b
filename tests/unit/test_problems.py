"""The table from error class to problem document is complete, and a problem carries its request's id."""

import errno
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from api_service.edge.middleware import LimitBodies, RequestIds, TrailingSlashes
from api_service.problems import MEDIA_TYPE, PROBLEMS, install_problem_handlers
from shared import errors


def _all_errors(root: type[errors.AskWattError]) -> Iterator[type[errors.AskWattError]]:
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _all_errors(child)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: int


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI(redirect_slashes=False)
    install_problem_handlers(app)

    @app.post("/things/{name}/")
    async def thing(name: str, body: _Body) -> dict[str, object]:
        return {"name": name, "count": body.count}

    @app.get("/full")
    async def full() -> None:
        raise errors.Overloaded("The queue is full; try again.", retry_after_s=7)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret of the server")

    @app.get("/disk")
    async def disk() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    app.add_middleware(LimitBodies, max_bytes=1000)
    app.add_middleware(TrailingSlashes, slashed=frozenset({"/things/{name}/"}))
    app.add_middleware(RequestIds)
    with TestClient(app, raise_server_exceptions=False) as test_client:
        yield test_client


def test_problem_table_names_every_error_class() -> None:
    assert set(PROBLEMS) == set(_all_errors(errors.AskWattError))


def test_problem_of_an_overload_has_retry_after_and_the_clients_request_id(client: TestClient) -> None:
    response = client.get("/full", headers={"X-Request-ID": "abc-1"})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "7"
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.json() == {
        "type": "about:blank",
        "title": "Queue full",
        "status": 503,
        "detail": "The queue is full; try again.",
        "request_id": "abc-1",
    }


def test_problem_of_an_unforeseen_error_hides_what_it_was(client: TestClient) -> None:
    response = client.get("/broken")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["request_id"]
    assert response.headers["connection"] == "close"


def test_problem_of_a_full_disk_says_what_helps_and_when_to_come_back(client: TestClient) -> None:
    response = client.get("/disk")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "free space" in response.json()["detail"]
    assert response.json()["request_id"]


def test_problem_of_an_unknown_field_names_its_place(client: TestClient) -> None:
    response = client.post("/things/lamp", json={"count": 1, "colour": "red"})
    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": "colour", "reason": "unknown field"}]


def test_problem_of_malformed_json_is_422(client: TestClient) -> None:
    response = client.post(
        "/things/lamp", content=b'{"count": ', headers={"content-type": "application/json"}
    )
    assert response.status_code == 422
    assert response.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize("path", ["/things/lamp", "/things/lamp/"])
def test_path_with_and_without_the_slash_is_served_alike(client: TestClient, path: str) -> None:
    assert client.post(path, json={"count": 2}).json() == {"name": "lamp", "count": 2}


def test_missing_path_is_a_problem(client: TestClient) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert response.headers["content-type"] == MEDIA_TYPE


def test_body_above_the_limit_is_refused_by_its_announced_length(client: TestClient) -> None:
    response = client.post("/things/lamp/", content=b"x" * 1001)
    assert response.status_code == 413
    assert "MAX_REQUEST_BYTES" in response.json()["detail"]


def test_body_above_the_limit_is_refused_while_it_streams(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    response = client.post("/things/lamp/", content=chunks(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert "MAX_REQUEST_BYTES" in response.json()["detail"]


def test_request_id_that_is_not_sane_is_replaced(client: TestClient) -> None:
    response = client.get("/full", headers={"X-Request-ID": "a b\x01" * 40})
    assert response.headers["x-request-id"] == response.json()["request_id"]
    assert " " not in response.headers["x-request-id"]
