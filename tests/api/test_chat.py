"""`/api/chat/` through gateway, queue and worker, on real databases and a real Redis."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

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
    until,
    worker_of,
)


@pytest.fixture
async def gateway(database_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    """A gateway whose worker tells the truth about the oven, on each kind of database."""
    settings = settings_of(database_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        yield gateway


@pytest.fixture
async def composing(sqlite_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    """A gateway whose worker reads, and has no words."""
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: "")) as gateway:
        yield gateway


@pytest.fixture
async def lonely(sqlite_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    """A gateway without any worker."""
    async with gateway_of(settings_of(sqlite_url, redis_db)) as gateway:
        await fill(gateway)
        yield gateway


async def test_ask_gives_the_models_checked_words_with_everything_of_the_contract(gateway: Gateway) -> None:
    answer = await gateway.ask(YESTERDAY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["response"] == TRUE_WORDS
    assert body["answered_by"] == "model"
    assert body["devices"] == ["Oven"]
    assert 0.5 < body["confidence"] <= 1.0
    assert UUID(body["session_id"]) != UUID(body["message_id"])
    assert body["window"] == {
        "start": "2026-03-09T00:00:00Z",
        "end": "2026-03-10T00:00:00Z",
        "timezone": "UTC",
        "label": "yesterday",
    }
    (energy,) = [item for item in body["evidence"] if item["quantity"] == "energy"]
    assert energy["device"] == "Oven"
    assert energy["cluster"] == 1
    assert energy["statistic"] == "sum"
    assert energy["value"] == pytest.approx(YESTERDAY_KWH, rel=1e-9)
    assert energy["unit"] == "kWh"
    assert energy["samples"] == 144
    assert energy["coverage"] == 1.0
    assert set(body["timings"]) == {"queue_s", "model_s", "total_s"}
    assert 0 <= body["timings"]["model_s"] <= body["timings"]["total_s"]


async def test_ask_stores_question_and_answer_in_the_session(gateway: Gateway) -> None:
    body = (await gateway.ask(YESTERDAY)).json()
    again = await gateway.ask("And the fridge?", session_id=body["session_id"])
    assert again.json()["session_id"] == body["session_id"]
    listed = (await gateway.http.get(f"/api/chat/sessions/{body['session_id']}/messages")).json()["items"]
    assert [(item["role"], item["status"]) for item in listed] == [
        ("user", "succeeded"),
        ("assistant", "succeeded"),
    ] * 2
    assert listed[0]["content"] == YESTERDAY
    assert listed[1]["content"] == TRUE_WORDS
    assert listed[1]["reply_to"] == listed[0]["message_id"]
    assert listed[1]["answer"] == body


async def test_follow_up_understands_what_was_said_before(gateway: Gateway) -> None:
    session_id = (await gateway.ask(YESTERDAY)).json()["session_id"]
    body = (await gateway.ask("And the fridge?", session_id=session_id)).json()
    # The model goes on about the oven; the check does not let that pass.
    assert body["answered_by"] == "facts"
    assert body["devices"] == ["Fridge"]
    assert "2.40 kWh" in body["response"]


async def test_given_history_serves_instead_of_the_stored_one(gateway: Gateway) -> None:
    history = [
        {"role": "user", "content": "How much energy did the fridge use yesterday?"},
        {"role": "assistant", "content": "The fridge used 2.40 kWh yesterday."},
    ]
    body = (await gateway.ask("And the oven?", conversation_history=history)).json()
    assert body["response"] == TRUE_WORDS


async def test_every_number_of_a_composed_answer_stands_in_evidence_or_question(
    composing: Gateway,
) -> None:
    for question in (
        "Which device used the most energy in the last 24 hours?",
        "How much power is everything using now?",
        "When did the oven peak today?",
        "Compare the oven and the fridge yesterday.",
    ):
        body = (await composing.ask(question)).json()
        known = question + str(body["evidence"]) + str(body["window"])
        for number in re.findall(r"\d+(?:\.\d+)?", body["response"]):
            assert is_known(number, body["evidence"]) or number in known, (number, body)


def is_known(number: str, evidence: list[dict[str, Any]]) -> bool:
    half = 0.5 * 10.0 ** -len(number.partition(".")[2])
    values = [item["value"] for item in evidence if isinstance(item["value"], float)]
    return any(abs(float(number) - value) <= half * 1.000001 for value in values)


async def test_question_asked_without_a_worker_is_kept_until_one_comes(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_deadline_s=0.5)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        answer = await gateway.ask(YESTERDAY)
        assert answer.status_code == 202
        await asyncio.sleep(2.5)  # longer than words of a worker would be waited for
        async with worker_of(settings, SayingLLM(settings, lambda _: TRUE_WORDS)):
            message = await final_message(gateway.http, answer.headers["location"])
    assert message["answer"]["response"] == TRUE_WORDS
    assert message["answer"]["answered_by"] == "model"


async def test_question_that_no_model_can_read_fails_and_says_why(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, cannot_read="the model x cannot read questions")
    async with answering(settings, llm) as gateway:
        answer = await gateway.ask(YESTERDAY)
    assert answer.status_code == 500
    assert "could not be read: the model x cannot read questions" in answer.json()["detail"]
    assert llm.asked == 0


async def test_off_topic_is_declined_and_claims_nothing(gateway: Gateway) -> None:
    answer = await gateway.ask("Who won the football world cup?")
    assert answer.status_code == 200
    body = answer.json()
    assert body["devices"] == []
    assert body["evidence"] == []
    assert body["confidence"] < 0.4
    assert body["answered_by"] == "facts"


async def test_explanation_tells_how_a_question_was_understood(gateway: Gateway) -> None:
    body = (await gateway.ask(YESTERDAY)).json()
    path = f"/api/chat/messages/{body['message_id']}"
    assert (await gateway.http.get(path)).json()["explanation"] is None
    explanation = (await gateway.http.get(path, params={"explain": "true"})).json()["explanation"]
    assert explanation["kind"] == "answered"
    assert explanation["masked"] == "how much energy did the device <extra_id_0> use time <extra_id_1>"
    assert explanation["slots"] == ["device: oven", "time: yesterday"]
    assert explanation["query"] == "value energy these <extra_id_0> in <extra_id_1>"
    assert explanation["leftovers"] == explanation["unfounded"] == []
    assert explanation["margins"]["smallest"] == 8.0
    assert set(explanation["features"]) > {"leftovers", "uncovered"}


@pytest.mark.parametrize(
    "lie",
    [
        "The oven used 37.0 kWh yesterday.",
        "The fridge used 36.0 kWh yesterday.",
        "I do not know.",
        "",
        "nul \0 nul",
    ],
)
async def test_words_that_do_not_hold_are_replaced_by_the_facts(
    sqlite_url: str, redis_db: str, lie: str
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: lie)) as gateway:
        body = (await gateway.ask(YESTERDAY)).json()
    assert body["answered_by"] == "facts"
    assert "36.0 kWh" in body["response"]
    assert body["devices"] == ["Oven"]


async def test_past_the_deadline_gives_202_and_the_answer_comes(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_deadline_s=0.3)
    slow = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.2)
    async with answering(settings, slow) as gateway:
        answer = await gateway.ask(YESTERDAY)
        assert answer.status_code == 202
        body = answer.json()
        assert answer.headers["location"] == f"/api/chat/messages/{body['message_id']}" == body["location"]
        assert body["status"] in {"queued", "running"}
        message = (await gateway.http.get(body["location"])).json()
        assert message["status"] == "running"
        assert message["answer"] is None
        message = (await gateway.http.get(body["location"], params={"wait": 10})).json()
        assert message["status"] == "succeeded"
        assert message["answer"]["response"] == TRUE_WORDS
        assert message["answer"]["answered_by"] == "model"


async def test_prefer_respond_async_gives_202_at_once(gateway: Gateway) -> None:
    answer = await gateway.http.post(
        "/api/chat/", json={"user_message": YESTERDAY}, headers={"Prefer": "respond-async"}
    )
    assert answer.status_code == 202
    message = (await gateway.http.get(answer.headers["location"], params={"wait": 10})).json()
    assert message["answer"]["response"] == TRUE_WORDS


async def test_asker_who_leaves_still_has_the_answer_stored(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    slow = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.1)
    async with answering(settings, slow) as gateway:
        asking = asyncio.create_task(gateway.ask(YESTERDAY))
        await asyncio.sleep(0.3)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        (session,) = (await gateway.http.get("/api/chat/sessions/")).json()["items"]
        path = f"/api/chat/sessions/{session['session_id']}/messages"
        answer_id = (await gateway.http.get(path)).json()["items"][1]["message_id"]
        message = (await gateway.http.get(f"/api/chat/messages/{answer_id}", params={"wait": 10})).json()
        assert message["answer"]["response"] == TRUE_WORDS


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_message": ""}, "user_message"),
        ({"user_message": "  \n "}, "user_message"),
        ({"user_message": "x" * 2001}, "user_message"),
        ({"user_message": "a\0b"}, "user_message"),
        ({"user_message": 5}, "user_message"),
        ({}, "user_message"),
        ({"user_message": "hi", "temperature": 1}, "temperature"),
        ({"user_message": "hi", "session_id": "nope"}, "session_id"),
        ({"user_message": "hi", "conversation_history": [{"role": "system", "content": "x"}]}, "role"),
        ({"user_message": "hi", "conversation_history": [{"role": "user", "content": "a\0"}]}, "content"),
        ({"user_message": "hi", "conversation_history": "x"}, "conversation_history"),
    ],
)
async def test_bad_question_is_a_problem_that_names_the_field(
    lonely: Gateway, body: dict[str, Any], field: str
) -> None:
    answer = await lonely.http.post("/api/chat/", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert field in problem["errors"][0]["field"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert (await lonely.http.get("/api/chat/sessions/")).json()["items"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"user_message": "\\ud800"}', b"[" * 100_000])
async def test_bytes_that_are_no_question_are_a_problem(lonely: Gateway, content: bytes) -> None:
    answer = await lonely.http.post(
        "/api/chat/", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_question_of_2000_characters_is_taken(composing: Gateway) -> None:
    assert (await composing.ask("x" * 2000)).status_code == 200


async def test_unknown_session_is_not_found_and_stores_nothing(lonely: Gateway) -> None:
    answer = await lonely.ask("hi", session_id=str(uuid4()))
    assert answer.status_code == 404
    assert (await lonely.http.get("/api/chat/sessions/")).json()["items"] == []


async def test_unknown_message_is_not_found(lonely: Gateway) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
        answer = await lonely.http.request(method, f"/api/chat/messages/{uuid4()}{path}")
        assert answer.status_code == 404, (method, path)


async def test_same_key_fifty_times_at_once_gives_one_job_and_equal_answers(
    database_url: str, redis_db: str
) -> None:
    settings = settings_of(database_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.02)
    async with answering(settings, llm) as gateway:
        headers = {"Idempotency-Key": "once"}
        request = {"user_message": YESTERDAY}
        answers = await asyncio.gather(
            *(gateway.http.post("/api/chat/", json=request, headers=headers) for _ in range(50))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert llm.asked == 1
        other = await gateway.http.post("/api/chat/", json={"user_message": "Other?"}, headers=headers)
        assert other.status_code == 422
        assert other.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_cancel_stops_the_words_and_is_final(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=1.0)
    async with answering(settings, llm) as gateway:
        waiting = asyncio.create_task(gateway.ask(YESTERDAY))
        await until(lambda: llm.asked)
        (session,) = (await gateway.http.get("/api/chat/sessions/")).json()["items"]
        path = f"/api/chat/sessions/{session['session_id']}/messages"
        answer_id = (await gateway.http.get(path)).json()["items"][1]["message_id"]
        cancelled = await gateway.http.delete(f"/api/chat/messages/{answer_id}")
        assert cancelled.json()["status"] == "cancelled"
        assert (await waiting).status_code == 409
        while (await gateway.services.inference.depth()).jobs:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert llm.finished == 0
        again = await gateway.http.delete(f"/api/chat/messages/{answer_id}")
        assert again.json()["status"] == "cancelled"


async def test_cancel_of_a_final_answer_leaves_it(gateway: Gateway) -> None:
    body = (await gateway.ask(YESTERDAY)).json()
    message = (await gateway.http.delete(f"/api/chat/messages/{body['message_id']}")).json()
    assert message["status"] == "succeeded"
    assert message["answer"] == body


async def test_full_queue_gives_503_with_retry_after_and_stores_nothing(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_max_waiting=3)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.2)
    async with answering(settings, llm) as gateway:
        answers = await asyncio.gather(*(gateway.ask(YESTERDAY) for _ in range(20)))
        codes = [answer.status_code for answer in answers]
        assert codes.count(200) == 3
        assert codes.count(503) == 17
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["content-type"] == "application/problem+json"
        assert len((await gateway.http.get("/api/chat/sessions/")).json()["items"]) == 3
        assert (await gateway.ask(YESTERDAY)).status_code == 200


async def test_timestamps_of_a_message_carry_a_zone(gateway: Gateway) -> None:
    body = (await gateway.ask(YESTERDAY)).json()
    message = (await gateway.http.get(f"/api/chat/messages/{body['message_id']}")).json()
    for field in ("timestamp", "finished_at"):
        assert datetime.fromisoformat(message[field]).utcoffset() == timedelta(0)


async def test_paths_work_with_and_without_the_trailing_slash(composing: Gateway) -> None:
    for path in ("/api/chat", "/api/chat/"):
        assert (await composing.http.post(path, json={"user_message": "hello"})).status_code == 200
