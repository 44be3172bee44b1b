"""`/v1` with the official client."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from tests.support.gateway import (
    TRUE_WORDS,
    YESTERDAY,
    Gateway,
    SayingLLM,
    answering,
    fill,
    gateway_of,
    settings_of,
)

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def gateway(sqlite_url: str, redis_db: str) -> AsyncIterator[Gateway]:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with answering(settings, llm) as gateway:
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
        model="askwatt",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "How much energy did the fridge use yesterday?"},
            {"role": "assistant", "content": "The fridge used 2.40 kWh yesterday."},
            {"role": "user", "content": [{"type": "text", "text": "And the oven?"}]},
        ],
    )
    assert made.choices[0].message.content == TRUE_WORDS


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
    answer = await gateway.http.post("/v1/chat/completions", content=b"{", headers=JSON)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat/"])
async def test_body_that_a_foreign_page_could_send_is_not_taken(
    gateway: Gateway, path: str, kind: str
) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": YESTERDAY}], "user_message": YESTERDAY})
    headers = {"Content-Type": kind} if kind else {}
    refused = await gateway.http.post(path, content=body, headers=headers)
    assert refused.status_code == 415
    assert "application/json" in refused.text


async def test_full_queue_is_a_503_that_says_when(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_max_waiting=1)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.2)
    async with answering(settings, llm) as gateway:
        request = {"messages": [{"role": "user", "content": YESTERDAY}]}
        answers = await asyncio.gather(
            *(gateway.http.post("/v1/chat/completions", json=request) for _ in range(5))
        )
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 4
        assert int(refused[0].headers["retry-after"]) >= 1
        assert refused[0].json()["error"]["type"] == "server_error"


@pytest.mark.parametrize("stream", [False, True])
async def test_without_a_worker_the_client_is_told_so_after_the_deadline(
    sqlite_url: str, redis_db: str, stream: bool
) -> None:
    request = {
        "model": "askwatt", "messages": [{"role": "user", "content": YESTERDAY}], "stream": stream
    }  # fmt: skip
    async with gateway_of(settings_of(sqlite_url, redis_db, chat_deadline_s=0.2)) as gateway:
        await fill(gateway)
        answer = await gateway.http.post("/v1/chat/completions", json=request)
    assert answer.status_code == (200 if stream else 503)
    assert "No worker with a model is there" in answer.text


@pytest.mark.parametrize("stream", [False, True])
async def test_client_that_leaves_cancels_its_question(sqlite_url: str, redis_db: str, stream: bool) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=1.0)
    async with answering(settings, llm) as gateway:
        request = {"messages": [{"role": "user", "content": YESTERDAY}], "stream": stream}
        with pytest.raises(httpx.ReadTimeout):
            await gateway.http.post("/v1/chat/completions", json=request, timeout=0.5)
        for _ in range(100):
            if not (await gateway.http.get("/api/chat/sessions/")).json()["items"]:
                break
            await asyncio.sleep(0.05)
        assert (await gateway.http.get("/api/chat/sessions/")).json()["items"] == []
        await asyncio.sleep(1.5)
        assert llm.finished == 0


async def test_usage_counts_words_and_marks(client: AsyncOpenAI) -> None:
    made = await client.chat.completions.create(
        model="askwatt", messages=[{"role": "user", "content": YESTERDAY}]
    )
    assert made.usage is not None
    # How much energy did the oven use yesterday ?
    assert made.usage.prompt_tokens == 9
    assert made.usage.completion_tokens > 5
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


async def test_stream_ends_with_evidence_and_usage_where_asked_for(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="askwatt",
        messages=[{"role": "user", "content": YESTERDAY}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 5
    last = chunks[-2]
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra is not None
    assert last.model_extra["askwatt"]["evidence"][0]["value"] == pytest.approx(36.0)


async def test_calls_leave_no_conversation_behind(client: AsyncOpenAI, gateway: Gateway) -> None:
    await client.chat.completions.create(model="askwatt", messages=[{"role": "user", "content": YESTERDAY}])
    for _ in range(100):
        if not (await gateway.http.get("/api/chat/sessions/")).json()["items"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the session is still there")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
        ("tool_choice", "required"),
        ("response_format", {"type": "json_object"}),
        ("n", 2),
        ("logprobs", True),
        ("modalities", ["text", "audio"]),
    ],
)
async def test_what_is_not_offered_is_refused_by_name(
    client: AsyncOpenAI, parameter: str, value: object
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(
            model="askwatt", messages=[{"role": "user", "content": YESTERDAY}], extra_body={parameter: value}
        )
    assert caught.value.code == "unsupported_parameter"
    assert caught.value.param == parameter


@pytest.mark.parametrize(
    ("parameter", "value"), [("n", 0), ("temperature", "hot"), ("temperature", 3), ("max_tokens", -1)]
)
async def test_value_out_of_range_is_refused_by_name(
    client: AsyncOpenAI, parameter: str, value: object
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(
            model="askwatt", messages=[{"role": "user", "content": YESTERDAY}], extra_body={parameter: value}
        )
    assert caught.value.param == parameter


async def test_image_part_is_refused(client: AsyncOpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(
            model="askwatt",
            messages=[{"role": "user", "content": [{"type": "text", "text": YESTERDAY}, image]}],  # type: ignore[list-item]
        )
    assert caught.value.code == "unsupported_parameter"


async def test_other_model_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": YESTERDAY}]
        )
    assert caught.value.code == "model_not_found"


async def test_path_that_is_not_there_is_an_error_that_the_client_can_show(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="Nothing is at this path"):
        await client.embeddings.create(model="askwatt", input="hello")


# Shapes of Open WebUI: a wrapped question, and the chores that it sends beside a conversation.
async def test_question_in_a_wrapping_is_the_one_that_is_answered(client: AsyncOpenAI) -> None:
    wrapped = (
        "### Task:\nRespond to the user query using the provided context.\n<context>\n"
        + "<source id='1'>The kettle is red.</source>\n" * 60
        + f"</context>\n\n<user_query>\n{YESTERDAY}\n</user_query>\n"
    )
    made = await client.chat.completions.create(
        model="askwatt", messages=[{"role": "user", "content": wrapped}]
    )
    assert made.choices[0].message.content == TRUE_WORDS


@pytest.mark.parametrize(
    ("wanted", "reply"),
    [
        ('{ "title": "your concise title here" }', {"title": "How much did the oven use?"}),
        ('{ "tags": ["tag1"] }', {"tags": []}),
        ('{ "follow_ups": ["Question 1?"] }', {"follow_ups": []}),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_chore_of_a_client_is_no_question(
    gateway: Gateway, wanted: str, reply: dict[str, object], stream: bool
) -> None:
    prompt = (
        f"### Task:\nGenerate something.\n### Output:\nJSON format: {wanted}\n### Chat History:\n"
        f"<chat_history>\nUSER: How much did the oven use?\nASSISTANT: {'36 kWh. ' * 400}\n</chat_history>"
    )
    request = {"model": "askwatt", "messages": [{"role": "user", "content": prompt}], "stream": stream}
    answer = await gateway.http.post("/v1/chat/completions", json=request)
    if stream:
        lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
        words = "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)
    else:
        words = answer.json()["choices"][0]["message"]["content"]
    assert json.loads(words) == reply
    assert (await gateway.http.get("/api/chat/sessions/")).json()["items"] == []
