"""What is asked is answered once, whatever dies, is wiped or goes away in between."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import update

from api_service.chat.answering import generation
from api_service.chat.answering.pipeline import AnswerPipeline
from api_service.chat.pending_question import PendingQuestion
from api_service.database.sessions import create_engine, session_factory, transaction
from api_service.models.chat import ChatMessage
from api_service.schemas.chat import ChatAnswer
from inference_worker.model.served_model import Generated
from shared.generation import PromptParts
from shared.queue import job_id
from shared.settings import Precision, Settings
from tests.support.gateway import (
    TRUE_WORDS,
    YESTERDAY,
    SayingLLM,
    answering,
    fill,
    final_message,
    gateway_of,
    post_question,
    settings_of,
    until,
    until_serving,
    worker_of,
)
from tests.support.servers import PostgresServer, RedisServer
from tests.support.tiny_t5 import save_tiny_t5
from tests.support.worker_process import worker_process


async def test_question_of_a_gateway_that_ended_is_answered_by_the_next_one(
    database_url: str, redis_db: str
) -> None:
    settings = settings_of(database_url, redis_db)
    async with gateway_of(settings) as first:
        await fill(first)
        path = await post_question(first.http)
    async with gateway_of(settings) as second:
        llm = SayingLLM(settings, lambda _: TRUE_WORDS)
        async with worker_of(settings, llm):
            message = await final_message(second.http, path)
    assert message["answer"]["response"] == TRUE_WORDS
    assert message["answer"]["answered_by"] == "model"
    assert llm.asked == 1


async def test_outcome_that_nobody_read_is_used_without_asking_the_model_again(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with gateway_of(settings) as first:
        await fill(first)
        path = await post_question(first.http)
        while not (await first.services.inference.depth()).jobs:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with worker_of(settings, llm):
        redis: Redis = Redis.from_url(redis_db)
        while await redis.zcard("askwatt:v3:generate"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await redis.aclose()
    assert (llm.read, llm.asked) == (1, 0)
    async with gateway_of(settings) as second, worker_of(settings, llm):
        message = await final_message(second.http, path)
    assert message["answer"]["answered_by"] == "model"
    assert (llm.read, llm.asked) == (1, 1)


async def test_wiped_redis_gets_the_question_again(database_url: str, redis_db: str) -> None:
    settings = settings_of(database_url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=60.0)
    async with answering(settings, llm) as gateway:
        path = await post_question(gateway.http)
        await until(lambda: llm.asked)
        llm.word_every_s = 0.0
        redis: Redis = Redis.from_url(redis_db)
        await redis.flushall()
        await redis.aclose()
        message = await final_message(gateway.http, path)
        assert message["answer"]["response"] == TRUE_WORDS
        assert (llm.asked, llm.finished) == (2, 1)


async def test_two_gateways_and_two_workers_give_one_answer(database_url: str, redis_db: str) -> None:
    settings = settings_of(database_url, redis_db)
    llms = [SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.01) for _ in range(2)]
    async with (
        gateway_of(settings) as first,
        gateway_of(settings) as second,
        worker_of(settings, llms[0]),
        worker_of(settings, llms[1]),
    ):
        await fill(first)
        await until_serving(first, workers=2)
        paths = [await post_question(gateway.http) for gateway in (first, second) for _ in range(10)]
        others = (first, second)  # each message is read at the gateway that does not answer it
        messages = await asyncio.gather(
            *(final_message(others[number < 10].http, path) for number, path in enumerate(paths))
        )
    assert {message["answer"]["response"] for message in messages} == {TRUE_WORDS}
    assert sum(llm.asked for llm in llms) == 20


async def test_redis_away_gives_503_and_stores_nothing(sqlite_url: str, private_redis: RedisServer) -> None:
    async with gateway_of(settings_of(sqlite_url, private_redis.url)) as gateway:
        await fill(gateway)
        private_redis.stop()
        began = time.monotonic()
        answer = await gateway.ask(YESTERDAY)
        assert time.monotonic() - began < 5
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await gateway.http.get("/api/chat/sessions/")).json()["items"] == []
        assert (await gateway.http.get("/health/ready")).status_code == 503
        assert (await gateway.http.get("/health/live")).status_code == 200
        assert (await gateway.http.get("/api/devices/")).status_code == 200
        private_redis.start()
        llm = SayingLLM(gateway.services.settings, lambda _: TRUE_WORDS)
        async with worker_of(gateway.services.settings, llm):
            await until_serving(gateway)
            assert (await gateway.ask(YESTERDAY)).json()["answered_by"] == "model"


async def test_redis_that_restarts_while_a_question_waits_does_not_lose_it(
    sqlite_url: str, private_redis: RedisServer
) -> None:
    settings = settings_of(sqlite_url, private_redis.url, chat_deadline_s=2.0)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.3)
    async with answering(settings, llm) as gateway:
        waiting = asyncio.create_task(gateway.ask(YESTERDAY))
        await until(lambda: llm.asked)
        private_redis.stop()
        answer = await waiting
        assert answer.status_code == 202, answer.text
        private_redis.start()
        message = await final_message(gateway.http, answer.headers["location"])
        assert message["answer"]["response"] == TRUE_WORDS


async def test_worker_killed_with_a_long_lease_is_replaced_once_its_heart_stops(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_deadline_s=60.0, job_timeout_s=300.0)
    settings = settings.model_copy(
        update={
            "model_name": str(save_tiny_t5(tmp_path / "model")),
            "device": "cpu",
            "precision": Precision.FP32,
            "torch_threads": 1,
            "max_new_tokens": 1024,
        }
    )
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        with worker_process(settings) as process:
            await until_serving(gateway)
            path = await post_question(gateway.http)
            while (await gateway.http.get(path)).json()["status"] != "running":  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            os.kill(process.pid, signal.SIGKILL)
            began = time.monotonic()
            llm = SayingLLM(settings, lambda _: TRUE_WORDS)
            async with worker_of(settings, llm):
                message = await final_message(gateway.http, path, 40.0)
    assert message["answer"]["response"] == TRUE_WORDS
    assert llm.asked == 1
    assert time.monotonic() - began < 30  # the lease itself would have been 310 s


async def test_lease_that_no_worker_knows_of_is_ended(
    sqlite_url: str, redis_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "JOB_STARTS_WITHIN_S", 1.0)
    settings = settings_of(sqlite_url, redis_db)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        path = await post_question(gateway.http)
        redis: Redis = Redis.from_url(redis_db)
        await redis.set(f"arq:in-progress:{job_id(path.rpartition('/')[2], 1)}", b"1", ex=300)
        await redis.aclose()
        async with worker_of(settings, SayingLLM(settings, lambda _: TRUE_WORDS)):
            message = await final_message(gateway.http, path)
    assert message["answer"]["answered_by"] == "model"


async def test_worker_that_never_ends_is_given_up_and_the_facts_answer(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db, chat_deadline_s=1.0, chat_give_up_s=10.0)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=100.0)
    async with answering(settings, llm) as gateway:
        message = await final_message(gateway.http, await post_question(gateway.http))
        assert message["answer"]["answered_by"] == "facts"
        assert "36.0 kWh" in message["answer"]["response"]


class RaisingLLM(SayingLLM):
    """A model with a fault: what it raises is none of the errors that a worker knows."""

    def __init__(self, settings: Settings, *, reads: bool) -> None:
        super().__init__(settings, lambda _: str({}["no such token"]))
        self._reads = reads

    async def generate(self, parts: PromptParts, **options: Any) -> Generated:
        if not self._reads:
            raise RuntimeError("the fault of a kernel")
        return await super().generate(parts, **options)


async def test_worker_whose_model_raises_fails_the_question_soon_and_says_why(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, RaisingLLM(settings, reads=False)) as gateway:
        message = await final_message(gateway.http, await post_question(gateway.http), within_s=10.0)
    assert message["status"] == "failed"
    assert "could not be read: the worker failed with RuntimeError: the fault of a kernel" in message["error"]


async def test_worker_whose_model_raises_while_it_says_leaves_the_facts(
    sqlite_url: str, redis_db: str
) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, RaisingLLM(settings, reads=True)) as gateway:
        message = await final_message(gateway.http, await post_question(gateway.http), within_s=10.0)
    assert message["answer"]["answered_by"] == "facts"
    assert "36.0 kWh" in message["answer"]["response"]


class WipingLLM(SayingLLM):
    """Redis is wiped each time that a question is to be read, and the worker never ends."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        super().__init__(settings, lambda _: TRUE_WORDS)
        self._redis = redis

    async def generate(self, parts: PromptParts, **options: Any) -> Generated:
        self.read += 1
        await self._redis.flushall()
        await asyncio.sleep(60.0)
        raise AssertionError("superseded by the next attempt")


async def test_question_whose_jobs_are_lost_again_and_again_fails_and_says_why(
    sqlite_url: str, redis_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "LOOK_AFTER_JOB_EVERY_S", 0.1)
    settings = settings_of(sqlite_url, redis_db)
    redis: Redis = Redis.from_url(redis_db)
    llm = WipingLLM(settings, redis)
    async with answering(settings, llm) as gateway:
        message = await final_message(gateway.http, await post_question(gateway.http))
    await redis.aclose()
    assert message["status"] == "failed"
    assert f"lost {generation.MOST_ATTEMPTS} times" in message["error"]
    assert llm.read == generation.MOST_ATTEMPTS


async def test_database_away_is_a_503_and_comes_back_by_itself(
    private_postgres: PostgresServer, redis_db: str
) -> None:
    from migrations import upgrade_to_head

    url = private_postgres.url()
    await upgrade_to_head(url)
    settings = settings_of(url, redis_db)
    llm = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.2)
    async with answering(settings, llm) as gateway:
        path = await post_question(gateway.http)
        private_postgres.stop()
        answer = await gateway.ask(YESTERDAY)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        await asyncio.sleep(2.0)  # the words are there now, and cannot be stored
        private_postgres.start()
        message = await final_message(gateway.http, path)
        assert message["answer"]["response"] == TRUE_WORDS
        assert (await gateway.ask(YESTERDAY)).status_code == 200


async def test_answer_that_could_not_be_stored_is_made_again(
    sqlite_url: str, redis_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, runs = AnswerPipeline.run, 0

    async def given_up_once(self: AnswerPipeline, question: PendingQuestion) -> ChatAnswer | None:
        nonlocal runs
        runs += 1
        return await run(self, question) if runs > 1 else None

    monkeypatch.setattr(AnswerPipeline, "run", given_up_once)
    settings = settings_of(sqlite_url, redis_db)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        message = await final_message(gateway.http, await post_question(gateway.http), 15.0)
        assert message["status"] == "succeeded"
        assert message["answer"]["response"] == TRUE_WORDS


async def test_row_that_cannot_be_read_fails_and_the_sweep_goes_on(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        damaged, sound = await post_question(gateway.http), await post_question(gateway.http)
    engine = create_engine(settings)
    async with transaction(session_factory(engine)) as session:
        row = update(ChatMessage).where(ChatMessage.message_id == damaged.rpartition("/")[2])
        await session.execute(row.values(request={"text": "no history"}))
    await engine.dispose()
    llm = SayingLLM(settings, lambda _: TRUE_WORDS)
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        message = await final_message(gateway.http, damaged)
        assert message["status"] == "failed"
        assert "unreadable" in message["error"]
        assert (await final_message(gateway.http, sound))["answer"]["response"] == TRUE_WORDS
