"""Keys, streams and heartbeats on a real Redis."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from shared.errors import ContractViolation, QueueUnavailable
from shared.generation import GenerationJob, GenerationOutcome, PromptParts
from shared.queue import (
    EVENTS_TTL_S,
    FROM_START,
    HEARTBEAT_TTL_S,
    QUEUE_NAME,
    WAKE_UPS_MAX,
    WAKE_UPS_TTL_S,
    Cancelled,
    Queue,
    QueueRecord,
    cancel_key,
    connection_pool,
    events_key,
    payload_key,
    worker_key,
)
from shared.wire import EventKind, StreamEvent, WorkerPhase, WorkerState
from tests.support.gateway import until
from tests.support.servers import RedisServer, free_port


def job(attempt: int = 1) -> GenerationJob:
    return GenerationJob("m1", attempt, PromptParts("task", ("q?",), (("f",),), ("Oven",)), 96, 0.0)


RECORD = QueueRecord("arq:job:m1:1", b"record", due_ms=1_000)
WAKE_UPS = "askwatt:v3:offers"


async def test_enqueue_keeps_the_job_for_its_life_and_publishes_queued(queue: Queue, redis: Redis) -> None:
    assert await queue.enqueue(job(), RECORD, ttl_s=90.0)
    taken = await queue.claim("m1", 1)
    assert taken.job == job()
    assert not taken.is_cancelled
    assert not taken.is_answered
    assert abs(taken.now - time.time()) < 5
    assert 89_000 < await redis.pttl(payload_key("m1", 1)) <= 90_000
    entries = await queue.entries("m1", FROM_START)
    assert [(entry.event.kind, entry.event.text) for entry in entries if entry.event] == [
        (EventKind.STATUS, "queued")
    ]


async def test_enqueue_of_a_record_that_is_there_keeps_the_first(queue: Queue, redis: Redis) -> None:
    assert await queue.enqueue(job(), RECORD, ttl_s=90.0)
    assert not await queue.enqueue(job(), QueueRecord("arq:job:m1:1", b"another", due_ms=2_000), ttl_s=10.0)
    assert await redis.get("arq:job:m1:1") == b"record"
    assert 89_000 < await redis.pttl("arq:job:m1:1") <= 90_000
    assert await redis.zrange(QUEUE_NAME, 0, -1, withscores=True) == [(b"m1:1", 1_000.0)]


async def test_each_enqueued_job_wakes_one_waiting_worker(queue: Queue) -> None:
    waiting = [asyncio.create_task(queue.wait_for_job(60.0)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await queue.enqueue(job(1), RECORD, ttl_s=90.0)
    await queue.enqueue(job(2), RECORD, ttl_s=90.0)
    await until(lambda: sum(task.done() for task in waiting) >= 2)
    await asyncio.sleep(0.1)  # a third would be awake by now
    assert sum(task.done() for task in waiting) == 2
    await queue.enqueue(job(3), RECORD, ttl_s=90.0)
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)


async def test_wait_for_job_without_one_ends_by_itself(queue: Queue) -> None:
    began = time.monotonic()
    await queue.wait_for_job(0.1)
    assert 0.09 <= time.monotonic() - began < 5


async def test_wake_ups_that_no_worker_waits_for_stay_few_and_expire(queue: Queue, redis: Redis) -> None:
    for attempt in range(WAKE_UPS_MAX + 20):
        await queue.enqueue(job(attempt), RECORD, ttl_s=90.0)
    assert await redis.llen(WAKE_UPS) == WAKE_UPS_MAX
    assert 0 < await redis.ttl(WAKE_UPS) <= WAKE_UPS_TTL_S


async def test_claim_of_another_attempt_finds_no_job(queue: Queue) -> None:
    await queue.enqueue(job(1), RECORD, ttl_s=90.0)
    assert (await queue.claim("m1", 2)).job is None


async def test_claim_sees_that_a_job_was_cancelled_or_answered(queue: Queue) -> None:
    await queue.enqueue(job(1), RECORD, ttl_s=90.0)
    await queue.cancel("m1")
    outcome = GenerationOutcome("m1", 1, "The oven.")
    await queue.append("m1", StreamEvent(EventKind.RESULT, 1, outcome=outcome))
    taken = await queue.claim("m1", 1)
    assert taken.is_cancelled
    assert taken.is_answered
    assert not (await queue.claim("m1", 2)).is_answered


async def test_claim_of_foreign_bytes_raises_contract_violation(queue: Queue, redis: Redis) -> None:
    await redis.set(payload_key("m1", 1), b"\x80\x04pickle")
    with pytest.raises(ContractViolation):
        await queue.claim("m1", 1)


async def test_entries_wait_until_something_is_appended(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.entries("m1", FROM_START, block_ms=900))
    await asyncio.sleep(0.05)
    await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, "The oven"))
    entries = await asyncio.wait_for(waiting, 0.5)
    assert [entry.event.text for entry in entries if entry.event] == ["The oven"]


async def test_entries_after_one_give_only_the_later_ones(queue: Queue) -> None:
    for text in ("a", "b", "c"):
        await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, text))
    first = (await queue.entries("m1", FROM_START))[0]
    later = await queue.entries("m1", first.entry_id)
    assert [entry.event.text for entry in later if entry.event] == ["b", "c"]


async def test_entries_with_foreign_bytes_keep_their_place_without_event(queue: Queue, redis: Redis) -> None:
    await redis.xadd(events_key("m1"), {b"e": b"\x80\x04pickle"})
    await redis.xadd(events_key("m1"), {b"other": b"field"})
    await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, "a"))
    assert [entry.event and entry.event.text for entry in await queue.entries("m1", FROM_START)] == [
        None,
        None,
        "a",
    ]


async def test_append_gives_the_stream_a_life(queue: Queue, redis: Redis) -> None:
    await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, "a"))
    assert EVENTS_TTL_S - 2 <= await redis.ttl(events_key("m1")) <= EVENTS_TTL_S


async def test_cancelled_names_exactly_the_cancelled(queue: Queue, redis: Redis) -> None:
    await queue.cancel("m2")
    assert await queue.cancelled({"m1": False, "m2": False, "m3": True}) == frozenset({"m2"})
    assert await queue.cancelled({}) == frozenset()
    assert await redis.ttl(cancel_key("m2")) > 0


async def test_cancelled_words_leave_the_reading_and_never_weaken_a_cancellation(queue: Queue) -> None:
    await queue.cancel("m1", Cancelled.WORDS)
    assert await queue.cancelled({"m1": True}) == frozenset()
    assert await queue.cancelled({"m1": False}) == frozenset({"m1"})
    await queue.cancel("m1")
    await queue.cancel("m1", Cancelled.WORDS)
    assert await queue.cancelled({"m1": True}) == frozenset({"m1"})


async def test_workers_are_those_with_a_living_heartbeat(queue: Queue, redis: Redis) -> None:
    states = [WorkerState(name, WorkerPhase.READY, "bundled", "cpu") for name in ("w1", "w2", "w3")]
    for state in states:
        await queue.heartbeat(state)
    assert 0 < await redis.ttl(worker_key("w1")) <= HEARTBEAT_TTL_S
    await redis.delete(worker_key("w1"))  # as its expiry does
    await queue.deregister_worker("w2")
    assert await queue.workers() == [states[2]]


async def test_workers_with_a_foreign_heartbeat_among_them_gives_the_others(
    queue: Queue, redis: Redis
) -> None:
    state = WorkerState("w1", WorkerPhase.READY, "bundled", "cpu")
    await queue.heartbeat(state)
    await redis.sadd("askwatt:v3:workers", b"\xff\xfe")
    await redis.sadd("askwatt:v3:workers", "w0")
    await redis.set(worker_key("w0"), b"hello")
    assert await queue.workers() == [state]


async def test_queue_without_redis_raises_unavailable_quickly() -> None:
    client = Redis(connection_pool=connection_pool(f"redis://127.0.0.1:{free_port()}/0", retries=2))
    began = time.monotonic()
    with pytest.raises(QueueUnavailable, match="REDIS_URL"):
        await Queue(client).workers()
    assert time.monotonic() - began < 2
    await client.aclose(close_connection_pool=True)


async def test_queue_after_a_restart_of_redis_goes_on_by_itself(private_redis: RedisServer) -> None:
    client = Redis(connection_pool=connection_pool(private_redis.url, retries=2))
    queue = Queue(client)
    await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, "a"))
    private_redis.restart()
    await queue.append("m1", StreamEvent(EventKind.TOKEN, 1, "b"))
    entries = await queue.entries("m1", FROM_START)
    assert [entry.event.text for entry in entries if entry.event] == ["a", "b"]  # the append-only file
    await client.aclose(close_connection_pool=True)
