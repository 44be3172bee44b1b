"""Faults of input in words that a person can act on."""

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api_service.input_faults import fault_of
from api_service.problems import install_problem_handlers
from api_service.schemas.chat import ChatRequest
from api_service.schemas.devices import DeviceChange


@pytest.fixture
def client() -> TestClient:
    from fastapi import FastAPI

    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/")
    async def ask(question: ChatRequest) -> None: ...

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"user_message": "x" * 2001}, "must have at most 2000 characters, not 2001"),
        ({"user_message": ""}, "must not be empty"),
        ({}, "is missing"),
        ({"user_message": "a", "extra": 1}, "unknown field"),
        ({"user_message": "a\0b"}, "must not contain NUL characters"),
    ],
)
def test_fault_of_a_field_is_told_in_its_own_terms(client: TestClient, body: object, reason: str) -> None:
    answer = client.post("/", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["reason"] == reason


@pytest.mark.parametrize("name", ["two\nlines", "turned \u202e round"])
def test_name_with_control_characters_is_refused_in_words(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DeviceChange(device_name=name)
    assert fault_of(caught.value.errors()[0]) == {
        "field": "device_name",
        "reason": "must not hold line breaks, control characters or marks that turn the direction of text",
    }


def test_broken_json_names_the_place(client: TestClient) -> None:
    answer = client.post("/", content=b'{"user_message": ', headers={"Content-Type": "application/json"})
    (fault,) = answer.json()["errors"]
    assert fault["field"] == "body"
    assert fault["reason"].endswith("at character 17")


def test_body_that_is_no_object_says_what_is_taken(client: TestClient) -> None:
    answer = client.post("/", content=b"hello", headers={"Content-Type": "text/plain"})
    assert "application/json" in answer.json()["errors"][0]["reason"]


def test_body_that_is_no_utf8_is_told_apart(client: TestClient) -> None:
    answer = client.post(
        "/", content=b'{"user_message": "\xff"}', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]


def test_titles_are_written_alike(client: TestClient) -> None:
    assert client.get("/none").json()["title"] == "Not found"
