"""The worker on a real Redis: jobs in, words and outcomes out, whatever happens in between."""

import asyncio
import os
import pickle
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from api_service.inference_client import InferenceClient
from inference_worker import queue_worker
from inference_worker.jobs import TOO_LATE
from shared.generation import PromptParts
from shared.queue import GENERATE, QUEUE_NAME, RUNNING, connection_pool
from shared.settings import EngineKind, Precision, Settings
from shared.wire import EventKind, StreamEvent, WorkerPhase, pack
from tests.support.gateway import until_workers_serve, worker_of
from tests.support.servers import RedisServer
from tests.support.tiny_t5 import save_tiny_t5
from tests.support.worker_process import worker_process

PROMPT = PromptParts(
    "energy device",
    ("how much energy did ", 0, " use?"),
    ((0, ": energy ", 1),),
    tuple(f"[slot {number}]" for number in range(100)),
)
START_S = 180.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_t5(tmp_path_factory.mktemp("model"))


def settings_for(redis_url: str, model: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "redis_url": redis_url,
        "model_name": str(model),
        "device": "cpu",
        "precision": Precision.FP32,
        "engine": EngineKind.CONTINUOUS,
        "torch_threads": 1,
        "max_new_tokens": 24,
        "job_timeout_s": 10.0,
    }
    return Settings(**{**values, **changes})


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncIterator[InferenceClient]:
    client = InferenceClient(settings)
    try:
        yield client
    finally:
        await client.close()


async def until_empty(client: InferenceClient) -> None:
    """Wait until the queue has let go of its jobs, which it does just after their outcomes are told."""
    deadline = time.monotonic() + 10
    while (await client.depth()).jobs:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def outcome_of(client: InferenceClient, message_id: str, timeout_s: float = 30.0) -> StreamEvent:
    event = await client.outcome(message_id, 1, timeout_s)
    assert event is not None, await client.reader(message_id).read()
    return event


async def test_job_is_streamed_and_ends_with_its_outcome(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client, worker_of(settings) as supervisor:
        await until_workers_serve(client)
        assert await client.enqueue("m1", 1, PROMPT, 60.0)
        event = await outcome_of(client, "m1")
        events = [found for _, found in await client.reader("m1").read()]
        assert [(e.kind, e.text) for e in events[:2]] == [
            (EventKind.STATUS, "queued"),
            (EventKind.STATUS, RUNNING),
        ]
        assert events[1].worker == supervisor.worker_id
        assert events[-1] == event
        assert event.outcome is not None
        assert event.outcome.error is None
        said = "".join(e.text for e in events if e.kind is EventKind.TOKEN)
        assert said.strip() == event.outcome.text
        assert said
        assert event.outcome.prompt_style == "slots"
        assert 0 < len(event.outcome.token_logprobs) <= 25
        assert all(value <= 0 for value in event.outcome.token_logprobs)
        await until_empty(client)
        assert not await client.is_pending("m1", 1)


async def test_enqueue_of_a_pending_message_is_refused(redis_db: str, model: Path) -> None:
    async with client_of(settings_for(redis_db, model)) as client:
        assert await client.enqueue("m1", 1, PROMPT, 60.0)
        assert not await client.enqueue("m1", 1, PROMPT, 60.0)
        assert await client.is_pending("m1", 1)
        depth = await client.depth()
        assert depth.jobs == 1
        assert 0 <= depth.oldest_s < 5


async def test_offered_job_is_taken_without_waiting_for_the_next_look(
    redis_db: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_worker, "POLL_QUEUE_EVERY_S", 60.0)
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client, worker_of(settings):
        await until_workers_serve(client)
        for message_id in ("m1", "m2", "m3"):
            await asyncio.sleep(0.2)  # the worker has looked and waits
            await client.enqueue(message_id, 1, PROMPT, 60.0)
            await outcome_of(client, message_id, 20.0)


async def test_freed_place_is_filled_without_waiting_for_the_next_look(
    redis_db: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_worker, "POLL_QUEUE_EVERY_S", 60.0)
    settings = settings_for(redis_db, model, max_batch=1)  # three places
    async with client_of(settings) as client, worker_of(settings):
        await until_workers_serve(client)
        ids = [f"m{number}" for number in range(12)]
        for message_id in ids:
            await client.enqueue(message_id, 1, PROMPT, 60.0)
        await asyncio.gather(*(outcome_of(client, message_id, 30.0) for message_id in ids))


async def test_job_without_wake_up_and_payload_is_taken_at_the_next_look_and_left_to_its_gateway(
    redis_db: str, model: Path
) -> None:
    settings = settings_for(redis_db, model)
    redis = ArqRedis(connection_pool(redis_db, retries=1), job_serializer=pack)
    async with client_of(settings) as client, worker_of(settings):
        await until_workers_serve(client)
        await asyncio.sleep(0.2)
        await redis.enqueue_job(GENERATE, "m1", 1, _job_id="m1", _queue_name=QUEUE_NAME)
        await until_empty(client)
        # Redis was wiped in between: a failure would end the question, nothing lets the gateway ask again.
        assert await client.outcome("m1", 1, 0.0) is None
    await redis.aclose(close_connection_pool=True)


async def test_same_prompt_alone_and_among_others_gives_the_same_words(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model, max_batch=8)
    async with client_of(settings) as client, worker_of(settings):
        await until_workers_serve(client)
        await client.enqueue("alone", 1, PROMPT, 60.0)
        alone = (await outcome_of(client, "alone")).outcome
        ids = [f"m{number}" for number in range(30)]
        for message_id in ids:
            await client.enqueue(message_id, 1, PROMPT, 60.0)
        events = await asyncio.gather(*(outcome_of(client, message_id) for message_id in ids))
        assert alone is not None
        assert {event.outcome.text for event in events if event.outcome} == {alone.text}
        assert len(events) == 30


async def test_cancelled_before_it_starts_is_never_run(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client:
        await client.enqueue("m1", 1, PROMPT, 60.0)
        await client.cancel("m1")
        async with worker_of(settings):
            await until_workers_serve(client)
            event = await outcome_of(client, "m1")
            assert event.kind is EventKind.ERROR
            texts = [event.text for _, event in await client.reader("m1").read()]
            assert texts == ["queued", "cancelled"]


async def test_cancelled_while_it_runs_stops_within_a_moment(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model, max_new_tokens=1024, job_timeout_s=60.0)
    async with client_of(settings) as client, worker_of(settings):
        await until_workers_serve(client)
        await client.enqueue("m1", 1, PROMPT, 60.0)
        reader, texts = client.reader("m1"), []
        while RUNNING not in texts:
            texts += [event.text for _, event in await reader.read(1.0)]
        began = time.monotonic()
        await client.cancel("m1")
        event = await outcome_of(client, "m1")
        assert time.monotonic() - began < 5.0
        assert event.outcome is not None
        assert event.outcome.error == "cancelled"
        await until_empty(client)


async def test_foreign_bytes_in_the_queue_hurt_nobody_else(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    redis: Redis = Redis.from_url(redis_db)
    now_ms = time.time() * 1000 - 60_000
    for job_id, data in {
        b"pickled": pickle.dumps({"f": "generate"}),
        b"shapeless": b"\x93\x01\x02\x03",
        b"wrong-types": b"\x85\xa1f\xa8generate\xa1a\x90\xa1k\x80\xa2et\x01\xa1t\xa1x",
        b"no-such-function": b"\x85\xa1f\xa4evil\xa1a\x90\xa1k\x80\xa2et\x01\xa1t\xc0",
        b"wrong-arguments": b"\x85\xa1f\xa8generate\xa1a\x91\x01\xa1k\x80\xa2et\x01\xa1t\xc0",
    }.items():
        await redis.set(b"arq:job:" + job_id, data, ex=600)
        await redis.zadd(QUEUE_NAME, {job_id: now_ms})
    await redis.zadd(QUEUE_NAME, {b"\xff\xfe\x00": now_ms})  # an id that is no text
    await redis.zadd(QUEUE_NAME, {b"without-a-job": now_ms})
    async with client_of(settings) as client, worker_of(settings):
        await client.enqueue("m1", 1, PROMPT, 60.0)
        event = await outcome_of(client, "m1")
        assert event.outcome is not None
        assert event.outcome.error is None
        deadline = time.monotonic() + 10
        while await redis.zcard(QUEUE_NAME):
            assert time.monotonic() < deadline, await redis.zrange(QUEUE_NAME, 0, -1)
            await asyncio.sleep(0.05)
    await redis.aclose()


async def test_foreign_payload_ends_as_an_error_value(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client:
        await client.enqueue("m1", 1, PROMPT, 60.0)
        redis: Redis = Redis.from_url(redis_db)
        await redis.set("askwatt:v3:payload:m1:1", pickle.dumps({"a": 1}))
        await redis.aclose()
        async with worker_of(settings):
            event = await outcome_of(client, "m1")
            assert event.kind is EventKind.ERROR
            assert event.outcome is not None
            assert "not a message of this system" in str(event.outcome.error)


async def test_job_that_ended_three_workers_is_refused_with_its_reason(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client:
        redis: Redis = Redis.from_url(redis_db)
        await redis.set("arq:retry:m1:1", 3)  # what three killed workers leave
        await redis.aclose()
        await client.enqueue("m1", 1, PROMPT, 60.0)
        await client.enqueue("m2", 1, PROMPT, 60.0)
        async with worker_of(settings):
            poison, sound = await outcome_of(client, "m1"), await outcome_of(client, "m2")
            assert poison.kind is EventKind.ERROR
            assert "given up after 3 tries" in poison.text
            assert sound.kind is EventKind.RESULT
            await until_empty(client)


async def test_job_that_comes_too_late_says_so(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model)
    async with client_of(settings) as client:
        await client.enqueue("m1", 1, PROMPT, 0.01)
        await asyncio.sleep(0.05)
        async with worker_of(settings):
            event = await outcome_of(client, "m1")
            assert event.text == TOO_LATE


async def test_missing_model_makes_the_worker_say_so_and_leaves_the_jobs(
    redis_db: str, tmp_path: Path
) -> None:
    settings = settings_for(redis_db, tmp_path / "nothing" / "here")
    async with client_of(settings) as client, worker_of(settings):
        deadline = time.monotonic() + START_S
        while not any(s.phase is WorkerPhase.FAILED for s in await client.worker_states()):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        (state,) = await client.worker_states()
        assert not state.is_serving
        assert str(tmp_path / "nothing" / "here") in state.detail
        assert "MODEL_NAME" in state.detail
        await client.enqueue("m1", 1, PROMPT, 60.0)
        assert await client.outcome("m1", 1, 0.5) is None
        assert await client.is_pending("m1", 1)


async def test_restart_of_redis_between_and_during_jobs_loses_nothing(
    private_redis: RedisServer, model: Path
) -> None:
    settings = settings_for(private_redis.url, model)
    async with client_of(settings) as client, worker_of(settings) as supervisor:
        await until_workers_serve(client)
        await client.enqueue("m1", 1, PROMPT, 60.0)
        await outcome_of(client, "m1")
        await client.enqueue("m2", 1, PROMPT, 60.0)
        await client.enqueue("m3", 1, PROMPT, 60.0)
        private_redis.stop()
        await asyncio.sleep(3.0)
        private_redis.start()
        for message_id in ("m2", "m3"):
            event = await client.outcome(message_id, 1, 30.0)
            assert event is not None
            assert event.outcome is not None
            assert event.outcome.error is None
        await client.enqueue("m4", 1, PROMPT, 60.0)
        await outcome_of(client, "m4")
        assert [state.worker_id for state in await client.worker_states()] == [supervisor.worker_id]


async def test_worker_killed_mid_job_another_one_answers_once(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model, max_new_tokens=256, job_timeout_s=8.0)
    async with client_of(settings) as client:
        with worker_process(settings) as first:
            await until_workers_serve(client)
            await client.enqueue("m1", 1, PROMPT, 300.0)
            reader, texts = client.reader("m1"), []
            while RUNNING not in texts:
                texts += [event.text for _, event in await reader.read(1.0)]
            os.kill(first.pid, signal.SIGKILL)
        with worker_process(settings):
            event = await outcome_of(client, "m1", START_S)  # after the lease of 8 + 10 s
            assert event.kind is EventKind.RESULT
        events = [found for _, found in await client.reader("m1").read()]
        workers = [found.worker for found in events if found.text == RUNNING]
        assert len(set(workers)) == 2
        assert sum(found.outcome is not None for found in events) == 1


async def test_sigterm_drains_and_takes_the_heartbeat_away(redis_db: str, model: Path) -> None:
    settings = settings_for(redis_db, model, max_new_tokens=200)
    async with client_of(settings) as client, AsyncExitStack() as stack:
        process = stack.enter_context(worker_process(settings))
        await until_workers_serve(client)
        await client.enqueue("m1", 1, PROMPT, 60.0)
        reader, texts = client.reader("m1"), []
        while RUNNING not in texts:
            texts += [event.text for _, event in await reader.read(1.0)]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0
        event = await outcome_of(client, "m1", 0.0)
        assert event.kind is EventKind.RESULT
        assert await client.worker_states() == []
