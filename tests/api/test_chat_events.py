"""Server-sent events of `/api/chat/`: numbered, resumable, alive, and cancelled when nobody reads."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from api_service.routers.event_stream import event_stream
from api_service.schemas.chat import ChatEvent
from shared.errors import QueueUnavailable
from tests.support.gateway import (
    TRUE_WORDS,
    YESTERDAY,
    YESTERDAY_KWH,
    Gateway,
    SayingLLM,
    answering,
    fill,
    final_message,
    gateway_of,
    settings_of,
    worker_of,
)

STREAM = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Event:
    """An event as it came over the wire; a comment has the kind ""."""

    number: int
    kind: str
    data: Any


async def events_of(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(
                int(fields.get("id", 0)), fields.get("event", ""), json.loads(fields.get("data", "null"))
            )
            fields = {}


@asynccontextmanager
async def streamed(gateway: Gateway, text: str = YESTERDAY) -> AsyncIterator[httpx.Response]:
    request = {"user_message": text}
    async with gateway.http.stream("POST", "/api/chat/", json=request, headers=STREAM) as response:
        yield response


@asynccontextmanager
async def speaking(sqlite_url: str, redis_db: str, word_every_s: float) -> AsyncIterator[Any]:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s)
    async with answering(settings, llm) as gateway:
        yield gateway, llm


async def test_stream_gives_stages_words_and_the_whole_answer_in_order(
    sqlite_url: str, redis_db: str
) -> None:
    async with speaking(sqlite_url, redis_db, 0.05) as (gateway, _):
        async with streamed(gateway) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            events = [event async for event in events_of(response)]
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert [event.data["status"] for event in events if event.kind == "status"] == [
            "queued",
            "running",
            "checking",
        ]
        words = [event.data["text"] for event in events if event.kind == "token"]
        assert "".join(words) == TRUE_WORDS
        assert len(words) >= 3
        assert events[-1].kind == "done"
        answer = events[-1].data
        assert answer["response"] == TRUE_WORDS
        assert answer["answered_by"] == "model"
        message = (await gateway.http.get(response.headers["location"])).json()
        assert message["answer"] == answer


async def test_stream_cut_and_resumed_gives_every_event_once(sqlite_url: str, redis_db: str) -> None:
    async with speaking(sqlite_url, redis_db, 0.2) as (gateway, _):
        first = []
        async with streamed(gateway) as response:
            location = response.headers["location"]
            async for event in events_of(response):
                first.append(event)
                if event.kind == "token":
                    break
        headers = {"Last-Event-ID": str(first[-1].number)}
        async with gateway.http.stream("GET", f"{location}/events", headers=headers) as response:
            rest = [event async for event in events_of(response)]
        numbers = [event.number for event in (*first, *rest)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert "".join(e.data["text"] for e in (*first, *rest) if e.kind == "token") == TRUE_WORDS
        assert rest[-1].kind == "done"
        assert rest[-1].data["answered_by"] == "model"
        # Read to its end there is nothing left, and a 204 keeps an EventSource from coming back.
        done = await gateway.http.get(f"{location}/events", headers={"Last-Event-ID": str(rest[-1].number)})
        assert done.status_code == 204


async def test_events_of_a_declined_question_have_no_words(sqlite_url: str, redis_db: str) -> None:
    async with speaking(sqlite_url, redis_db, 0.0) as (gateway, _):
        async with streamed(gateway, "Who won the football world cup?") as response:
            events = [event async for event in events_of(response)]
        assert [event.kind for event in events] == ["status", "status", "done"]
        assert events[-1].data["devices"] == []


async def test_stream_left_for_good_frees_the_worker_and_stores_the_facts(
    sqlite_url: str, redis_db: str
) -> None:
    async with speaking(sqlite_url, redis_db, 0.5) as (gateway, llm):
        gateway.services.chat.subscribers.reconnect_within_s = 0.2
        async with streamed(gateway) as response:
            location = response.headers["location"]
            async for event in events_of(response):
                if event.kind == "token":
                    break
        message = (await gateway.http.get(location, params={"wait": 10})).json()
        assert message["status"] == "succeeded"
        assert message["answer"]["answered_by"] == "facts"
        assert llm.asked == 1
        assert llm.finished == 0


async def test_stream_left_before_a_worker_came_is_read_later_and_stores_the_facts(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        gateway.services.chat.subscribers.reconnect_within_s = 0.2
        async with streamed(gateway) as response:
            location = response.headers["location"]
            async for event in events_of(response):
                assert event.data["status"] == "queued"
                break
        await asyncio.sleep(1.0)  # the client does not come back
        async with worker_of(settings, llm):
            message = await final_message(gateway.http, location)
    assert message["status"] == "succeeded", message
    assert message["answer"]["answered_by"] == "facts"
    assert message["answer"]["evidence"][0]["value"] == pytest.approx(YESTERDAY_KWH)
    assert (llm.read, llm.asked) == (1, 0)


async def test_cancelled_stream_ends_with_an_error_event(sqlite_url: str, redis_db: str) -> None:
    async with speaking(sqlite_url, redis_db, 0.5) as (gateway, llm):
        events = []
        async with streamed(gateway) as response:
            async for event in events_of(response):
                events.append(event)
                if event.kind == "token":
                    await gateway.http.delete(response.headers["location"])
        assert events[-1].kind == "error"
        assert events[-1].data["status"] == "cancelled"
        assert llm.finished == 0


async def test_refusal_before_the_stream_begins_is_a_problem(sqlite_url: str, redis_db: str) -> None:
    async with gateway_of(settings_of(sqlite_url, redis_db)) as gateway:
        answer = await gateway.http.post("/api/chat/", json={"user_message": ""}, headers=STREAM)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["-1", "abc", "1.5"])
async def test_last_event_id_that_is_no_number_is_a_problem(
    sqlite_url: str, redis_db: str, value: str
) -> None:
    async with speaking(sqlite_url, redis_db, 0.0) as (gateway, _):
        location = (await gateway.ask("hello")).json()["message_id"]
        answer = await gateway.http.get(
            f"/api/chat/messages/{location}/events", headers={"Last-Event-ID": value}
        )
        assert answer.status_code == 422


async def test_silence_is_filled_with_signs_of_life() -> None:
    async def slow() -> AsyncIterator[ChatEvent]:
        await asyncio.sleep(0.25)
        yield ChatEvent(number=1, kind="status", data={"status": "queued"})

    pieces = [piece async for piece in event_stream(slow(), heartbeat_s=0.1)]
    assert pieces[:2] == [b": ping\n\n"] * 2
    assert pieces[-1] == b'event: status\ndata: {"status":"queued"}\nid: 1\n\n'


async def test_fault_in_the_middle_of_a_stream_is_said_as_an_event() -> None:
    async def broken() -> AsyncIterator[ChatEvent]:
        yield ChatEvent(number=1, kind="token", data={"text": "The"})
        raise QueueUnavailable("Redis does not answer")

    pieces = [piece async for piece in event_stream(broken())]
    assert pieces[-1] == b'event: error\ndata: {"detail": "Redis does not answer"}\n\n'


async def test_stream_closed_early_closes_its_source() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[ChatEvent]:
        try:
            while True:
                yield ChatEvent(number=1, kind="token", data={"text": "The"})
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    stream = event_stream(endless())
    await anext(stream)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(closed.wait(), 1)
