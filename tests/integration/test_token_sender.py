"""What is said of a running message, on a real Redis."""

import asyncio

from redis.asyncio import Redis

from inference_worker.token_sender import TokenSender
from shared.queue import FROM_START, RUNNING, Queue, connection_pool
from shared.wire import EventKind, StreamEvent
from tests.support.servers import free_port

BEGIN = StreamEvent(EventKind.STATUS, 1, RUNNING, worker="w1")


async def told(queue: Queue) -> list[StreamEvent | None]:
    return [entry.event for entry in await queue.entries("m1", FROM_START)]


def words(text: str) -> StreamEvent:
    return StreamEvent(EventKind.TOKEN, 1, text)


async def test_running_is_told_before_anything_is_said(queue: Queue) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await asyncio.sleep(0.2)
        assert await told(queue) == [BEGIN]
    assert sender.rest() == []


async def test_words_come_in_groups_while_they_are_said(queue: Queue) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await asyncio.sleep(0.2)
        sender.add("The ")
        sender.add("oven ")
        await asyncio.sleep(0.2)
        assert await told(queue) == [BEGIN, words("The oven ")]
    assert sender.rest() == []


async def test_words_said_last_are_left_for_the_outcome_once(queue: Queue) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await asyncio.sleep(0.2)
        sender.add("The ")
        await asyncio.sleep(0.01)  # sent at once; what follows within 30 ms is not
        sender.add("oven ")
        sender.add("rests.")
    assert await told(queue) == [BEGIN, words("The ")]
    assert sender.rest() == [words("oven rests.")]
    assert sender.rest() == []


async def test_without_redis_words_are_dropped_but_not_that_it_runs() -> None:
    client = Redis(connection_pool=connection_pool(f"redis://127.0.0.1:{free_port()}/0", retries=0))
    async with TokenSender(Queue(client), "m1", BEGIN) as sender:
        sender.add("The ")
        await asyncio.sleep(0.2)
        sender.add("oven.")
    assert sender.rest() == [BEGIN, words("oven.")]
    await client.aclose(close_connection_pool=True)
