"""`/v1` with the official client."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from tests.support.gateway import (
    YESTERDAY,
    Gateway,
    SayingLLM,
    fill,
    gateway_of,
    settings_of,
    until_serving,
    worker_of,
)

TRUE_WORDS = "The oven used 36.0 kWh yesterday."


@pytest.fixture
async def gateway(sqlite_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        await fill(gateway)
        await until_serving(gateway)
        yield gateway


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="any", max_retries=0) as client:
        yield client


async def test_models_lists_the_one_that_answers(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["askwatt"]
    assert (await client.models.retrieve("askwatt")).object == "model"
    with pytest.raises(openai.NotFoundError, match="askwatt"):
        await client.models.retrieve("gpt-9")


async def test_completion_gives_the_checked_answer_and_its_evidence(client: AsyncOpenAI) -> None:
    made = await client.chat.completions.create(
        model="askwatt",
        messages=[{"role": "user", "content": YESTERDAY}],
        temperature=0.2,
        max_tokens=50,
        seed=1,
        extra_body={"unknown_to_us": {"a": 1}},
    )
    assert made.object == "chat.completion"
    assert made.choices[0].message.content == TRUE_WORDS
    assert made.choices[0].message.role == "assistant"
    assert made.choices[0].finish_reason == "stop"
    assert made.model_extra is not None
    assert made.model_extra["askwatt"]["devices"] == ["Oven"]
    assert made.model_extra["askwatt"]["answered_by"] == "model"


async def test_completion_reads_content_parts_and_history(client: AsyncOpenAI) -> None:
    made = await client.chat.completions.create(
        model="anything",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "How much energy did the fridge use yesterday?"},
            {"role": "assistant", "content": "The fridge used 2.40 kWh yesterday."},
            {"role": "user", "content": [{"type": "text", "text": "And the oven?"}]},
        ],
    )
    assert made.choices[0].message.content == TRUE_WORDS
    assert made.model == "anything"


async def test_streamed_completion_gives_the_same_words_and_done(
    client: AsyncOpenAI, gateway: Gateway
) -> None:
    stream = await client.chat.completions.create(
        model="askwatt", messages=[{"role": "user", "content": YESTERDAY}], stream=True
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TRUE_WORDS
    assert len(chunks) > 4
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    request = {"messages": [{"role": "user", "content": YESTERDAY}], "stream": True}
    raw = await gateway.http.post("/v1/chat/completions", json=request)
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert raw.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": "hi"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": "x" * 2001}],
        [{"role": "user", "content": "a\0b"}],
        [{"role": "wizard", "content": "hi"}],
        [{"role": "user", "content": 7}],
        "hello",
    ],
)
async def test_bad_messages_are_an_error_in_openais_form(client: AsyncOpenAI, messages: object) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="askwatt", messages=messages)  # type: ignore[arg-type]
    body = caught.value.body
    assert isinstance(body, dict)
    assert body["type"] == "invalid_request_error"
    assert body["message"]


async def test_body_that_is_no_json_is_an_error_in_openais_form(gateway: Gateway) -> None:
    answer = await gateway.http.post("/v1/chat/completions", content=b"{")
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_full_queue_is_a_503_that_says_when(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_max_waiting=1)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.2)
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        await fill(gateway)
        await until_serving(gateway)
        request = {"messages": [{"role": "user", "content": YESTERDAY}]}
        answers = await asyncio.gather(
            *(gateway.http.post("/v1/chat/completions", json=request) for _ in range(5))
        )
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 4
        assert int(refused[0].headers["retry-after"]) >= 1
        assert refused[0].json()["error"]["type"] == "server_error"


@pytest.mark.parametrize("stream", [False, True])
async def test_client_that_leaves_cancels_its_question(sqlite_url: str, redis_db: str, stream: bool) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=1.0)
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        await fill(gateway)
        await until_serving(gateway)
        request = {"messages": [{"role": "user", "content": YESTERDAY}], "stream": stream}
        with pytest.raises(httpx.ReadTimeout):
            await gateway.http.post("/v1/chat/completions", json=request, timeout=0.5)
        (session,) = (await gateway.http.get("/api/chat/sessions/")).json()["items"]
        path = f"/api/chat/sessions/{session['session_id']}/messages"
        answer_id = (await gateway.http.get(path)).json()["items"][1]["message_id"]
        message = (await gateway.http.get(f"/api/chat/messages/{answer_id}", params={"wait": 5})).json()
        assert message["status"] == "cancelled"
        assert llm.finished == 0
