"""`/api/chat/sessions/`."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.gateway import Gateway, SayingLLM, answering, settings_of


@pytest.fixture
async def gateway(database_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    settings = settings_of(database_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: "")) as gateway:
        yield gateway


async def made(gateway: Gateway, count: int) -> list[str]:
    return [(await gateway.http.post("/api/chat/sessions/")).json()["session_id"] for _ in range(count)]


async def test_create_gives_an_empty_conversation_at_its_location(gateway: Gateway) -> None:
    answer = await gateway.http.post("/api/chat/sessions/")
    assert answer.status_code == 201
    session = answer.json()
    assert (await gateway.http.get(answer.headers["location"])).json() == session
    messages = (await gateway.http.get(f"{answer.headers['location']}/messages")).json()
    assert messages == {"items": [], "next_cursor": None, "limit": 100}


async def test_list_pages_give_every_session_once_newest_first(gateway: Gateway) -> None:
    ids = await made(gateway, 5)
    seen, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await gateway.http.get("/api/chat/sessions/", params=params)).json()
        assert len(page["items"]) <= 2
        seen += [item["session_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ids[::-1]


async def test_list_with_exactly_one_page_has_no_next_cursor(gateway: Gateway) -> None:
    await made(gateway, 2)
    page = (await gateway.http.get("/api/chat/sessions/", params={"limit": 2})).json()
    assert page["next_cursor"] is None


async def test_messages_pages_give_every_message_once_in_order(gateway: Gateway) -> None:
    (session_id,) = await made(gateway, 1)
    for text in ("hello", "who won the world cup?", "thanks"):
        assert (await gateway.ask(text, session_id=session_id)).status_code == 200
    contents, cursor = [], None
    while True:
        params = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        path = f"/api/chat/sessions/{session_id}/messages"
        page = (await gateway.http.get(path, params=params)).json()
        contents += [item["content"] for item in page["items"] if item["role"] == "user"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert contents == ["hello", "who won the world cup?", "thanks"]


async def found(gateway: Gateway, search: str, **params: Any) -> list[str]:
    """The ids of the conversations that hold a text."""
    answer = await gateway.http.get("/api/chat/sessions/", params={"search": search, **params})
    assert answer.status_code == 200, answer.text
    return [item["session_id"] for item in answer.json()["items"]]


async def test_search_finds_conversations_by_title_question_and_answer(gateway: Gateway) -> None:
    cup = (await gateway.ask("who won the world cup?")).json()
    hello = (await gateway.ask("hello")).json()
    titled = (await gateway.http.post("/api/chat/sessions/")).json()["session_id"]
    await gateway.http.patch(f"/api/chat/sessions/{titled}", json={"title": "100 % of_March"})
    assert await found(gateway, "WORLD cup") == [cup["session_id"]]
    assert await found(gateway, hello["response"][:20]) == [hello["session_id"]]
    assert await found(gateway, "of_march") == [titled]
    # Signs of a pattern are signs like all others.
    assert await found(gateway, "%") == [titled]
    assert await found(gateway, "o_M") == []
    assert await found(gateway, "kettle") == []


async def test_search_goes_on_over_pages_beyond_the_newest(gateway: Gateway) -> None:
    ids = await made(gateway, 6)
    for session_id in ids[::2]:
        await gateway.http.patch(f"/api/chat/sessions/{session_id}", json={"title": "Winter"})
    params = {"search": "winter", "limit": 2}
    first = (await gateway.http.get("/api/chat/sessions/", params=params)).json()
    second = await found(gateway, "winter", limit=2, cursor=first["next_cursor"])
    assert [item["session_id"] for item in first["items"]] + second == [ids[4], ids[2], ids[0]]


@pytest.mark.parametrize("search", ["", " ", "a\0b", "x" * 201])
async def test_search_for_nothing_sayable_is_a_problem(gateway: Gateway, search: str) -> None:
    answer = await gateway.http.get("/api/chat/sessions/", params={"search": search})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "search"


@pytest.mark.parametrize(
    "params",
    [{"cursor": "x"}, {"cursor": "aWQ6LTE"}, {"cursor": "é"}, {"cursor": ""}, {"limit": 0}, {"limit": 1001}],
)
async def test_bad_paging_is_a_problem(gateway: Gateway, params: dict[str, str]) -> None:
    answer = await gateway.http.get("/api/chat/sessions/", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"cursor", "limit"}


async def test_delete_removes_the_conversation_and_what_was_said(gateway: Gateway) -> None:
    body = (await gateway.ask("hello")).json()
    path = f"/api/chat/sessions/{body['session_id']}"
    assert (await gateway.http.delete(path)).status_code == 204
    assert (await gateway.http.get(path)).status_code == 404
    assert (await gateway.http.get(f"{path}/messages")).status_code == 404
    assert (await gateway.http.get(f"/api/chat/messages/{body['message_id']}")).status_code == 404
    assert (await gateway.http.delete(path)).status_code == 404


async def test_unknown_and_malformed_ids_are_problems(gateway: Gateway) -> None:
    assert (await gateway.http.get(f"/api/chat/sessions/{uuid4()}")).status_code == 404
    assert (await gateway.http.get("/api/chat/sessions/nope")).status_code == 422


async def test_asking_makes_a_session_the_most_recently_active(gateway: Gateway) -> None:
    (session_id,) = await made(gateway, 1)
    before = (await gateway.http.get(f"/api/chat/sessions/{session_id}")).json()
    await gateway.ask("hello", session_id=session_id)
    after = (await gateway.http.get(f"/api/chat/sessions/{session_id}")).json()
    assert after["last_active"] > before["last_active"]
    assert after["created_at"] == before["created_at"]


async def test_session_is_called_by_its_first_question(gateway: Gateway) -> None:
    async def ask(text: str, session_id: str | None = None) -> str:
        question = {"user_message": text, "session_id": session_id}
        answer = await gateway.http.post("/api/chat/", json=question, headers={"Prefer": "respond-async"})
        return str(answer.json()["session_id"])

    first = await ask("How much  energy\ndid the oven use yesterday?")
    await ask("and the fridge?", first)
    empty = (await gateway.http.post("/api/chat/sessions/")).json()["session_id"]
    listed = {
        one["session_id"]: one["title"]
        for one in (await gateway.http.get("/api/chat/sessions/")).json()["items"]
    }
    assert listed[first] == "How much energy did the oven use yesterday?"
    assert listed[empty] is None
    assert (await gateway.http.get(f"/api/chat/sessions/{first}")).json()["title"] == listed[first]


async def test_session_is_renamed_and_goes_back_to_its_first_question(gateway: Gateway) -> None:
    question = {"user_message": "How much energy did the oven use yesterday?"}
    answer = await gateway.http.post("/api/chat/", json=question, headers={"Prefer": "respond-async"})
    path = f"/api/chat/sessions/{answer.json()['session_id']}"
    assert (await gateway.http.patch(path, json={"title": "The oven"})).json()["title"] == "The oven"
    (listed,) = (await gateway.http.get("/api/chat/sessions/")).json()["items"]
    assert listed["title"] == "The oven"
    back = await gateway.http.patch(path, json={"title": None})
    assert back.json()["title"] == question["user_message"]
    for bad in ({}, {"title": ""}, {"title": "x" * 201}, {"name": "x"}):
        assert (await gateway.http.patch(path, json=bad)).status_code == 422, bad
    unknown = "/api/chat/sessions/00000000-0000-0000-0000-000000000000"
    assert (await gateway.http.patch(unknown, json={"title": "x"})).status_code == 404
