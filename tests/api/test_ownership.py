"""Conversations belong to the owner of a key: another's id is one that there never was, on every route."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api_service.database.sessions import transaction
from api_service.repositories.chat_repository import add_session
from api_service.services.access.key_service import digest_of
from tests.support.gateway import (
    NOW,
    TRUE_WORDS,
    YESTERDAY,
    Gateway,
    SayingLLM,
    fill,
    gateway_of,
    settings_of,
    until_serving,
    worker_of,
)

# Keys of the file: both are administrators, and even so none sees what is the other's.
ALI, BEA = {"X-API-Key": "the key of Ali"}, {"X-API-Key": "the key of Bea"}
BODIES: dict[str, Any] = {"patch": {"title": "mine now"}}


@asynccontextmanager
async def serving(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Gateway]:
    """A gateway with both keys and a worker."""
    keys = folder / "keys"
    lines = [f"{digest_of(who['X-API-Key'])} {name}\n" for who, name in ((ALI, "Ali"), (BEA, "Bea"))]
    keys.write_text("".join(lines))
    settings = settings_of(database_url, redis_url, require_keys=True, api_keys_file=keys)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with gateway_of(settings) as running, worker_of(settings, llm):
        running.http.headers.update(ALI)
        await fill(running)
        await until_serving(running)
        del running.http.headers["X-API-Key"]
        yield running


@pytest.fixture
async def each_gateway(database_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with serving(database_url, redis_db, tmp_path) as running:
        yield running


@pytest.fixture
async def gateway(sqlite_url: str, redis_db: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with serving(sqlite_url, redis_db, tmp_path) as running:
        yield running


async def ask(gateway: Gateway, who: dict[str, str], **more: Any) -> dict[str, Any]:
    body = {"user_message": YESTERDAY, **more}
    answer = await gateway.http.post("/api/chat/", json=body, headers=who)
    return {"status": answer.status_code, **answer.json()}


async def titles(gateway: Gateway, who: dict[str, str], **params: str) -> list[str]:
    listed = await gateway.http.get("/api/chat/sessions/", headers=who, params=params)
    return [one["session_id"] for one in listed.json()["items"]]


async def test_ids_of_another_owner_are_404_on_every_route_that_takes_one(each_gateway: Gateway) -> None:
    own = await ask(each_gateway, ALI)
    assert own["response"] == TRUE_WORDS
    described = (await each_gateway.http.get("/openapi.json")).json()["paths"]
    tried = 0
    for path, methods in described.items():
        if not re.search(r"\{(message|session)_id\}", path):
            continue
        ids = {name: own[name] for name in ("message_id", "session_id")}
        for method in methods:
            params = {"explain": "true"} if path.endswith("{message_id}") else {}
            request = {"json": BODIES.get(method), "params": params}
            refused = await each_gateway.http.request(method, path.format(**ids), headers=BEA, **request)
            unknown = {name: str(uuid4()) for name in ids}
            absent = await each_gateway.http.request(method, path.format(**unknown), headers=BEA, **request)
            assert (refused.status_code, absent.status_code) == (404, 404), (method, path, refused.text)
            assert TRUE_WORDS not in refused.text
            # Both say the same, but for the id: nobody learns which ids there are.
            texts = [answer.json()["detail"] for answer in (refused, absent)]
            assert len({re.sub(r"[0-9a-f-]{36}", "", text) for text in texts}) == 1
            tried += 1
    assert tried >= 7
    assert await titles(each_gateway, BEA) == []
    continued = await ask(each_gateway, BEA, session_id=own["session_id"])
    assert continued["status"] == 404
    kept = await each_gateway.http.get(f"/api/chat/messages/{own['message_id']}", headers=ALI)
    assert kept.json()["answer"]["response"] == TRUE_WORDS
    assert await titles(each_gateway, ALI) == [own["session_id"]]
    assert await titles(each_gateway, ALI, search=YESTERDAY) == [own["session_id"]]
    assert await titles(each_gateway, BEA, search=YESTERDAY) == []


async def test_two_owners_may_use_one_idempotency_key(gateway: Gateway) -> None:
    answers = []
    for who in (ALI, BEA, ALI):
        headers = {**who, "Idempotency-Key": "monday"}
        answers.append(
            (await gateway.http.post("/api/chat/", json={"user_message": YESTERDAY}, headers=headers)).json()
        )
    assert answers[0]["message_id"] == answers[2]["message_id"]
    assert answers[0]["message_id"] != answers[1]["message_id"]


async def test_keys_of_one_owner_see_the_same_conversations(gateway: Gateway) -> None:
    own = await ask(gateway, ALI)
    body = {"name": "Ali's telephone", "owner": "Ali"}
    made = (await gateway.http.post("/api/keys/", json=body, headers=BEA)).json()
    assert (made["name"], made["owner"]) == ("Ali's telephone", "Ali")
    telephone = {"X-API-Key": made["key"]}
    assert await titles(gateway, telephone) == [own["session_id"]]
    assert (await ask(gateway, telephone, session_id=own["session_id"]))["status"] == 200


async def test_conversations_of_nobody_are_seen_by_administrators_alone(gateway: Gateway) -> None:
    unowned = str(uuid4())
    async with transaction(gateway.services.chat._sessions) as session:
        await add_session(session, unowned, NOW)
    made = (await gateway.http.post("/api/keys/", json={"name": "Cem"}, headers=ALI)).json()
    reader = {"X-API-Key": made["key"]}
    path = f"/api/chat/sessions/{unowned}"
    assert (await gateway.http.get(path, headers=ALI)).status_code == 200
    assert (await gateway.http.get(path, headers=reader)).status_code == 404
    assert await titles(gateway, reader) == []


async def test_questions_of_openai_clients_belong_to_their_owner(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(gateway.services.chat, "forget", kept.append)  # else nothing is left to look at
    body = {"model": "askwatt", "messages": [{"role": "user", "content": YESTERDAY}]}
    headers = {"Authorization": f"Bearer {ALI['X-API-Key']}"}
    answer = await gateway.http.post("/v1/chat/completions", json=body, headers=headers)
    assert answer.json()["choices"][0]["message"]["content"] == TRUE_WORDS
    (message_id,) = kept
    statuses = [
        (await gateway.http.get(f"/api/chat/messages/{message_id}", headers=who)).status_code
        for who in (ALI, BEA)
    ]
    assert statuses == [200, 404]
