"""What is said of a running message, on a real Redis."""

import asyncio

import pytest
from redis.asyncio import Redis

from inference_worker import token_sender
from inference_worker.token_sender import TokenSender
from shared.queue import FROM_START, RUNNING, Queue, connection_pool
from shared.wire import EventKind, StreamEvent
from tests.support.servers import free_port

BEGIN = StreamEvent(EventKind.STATUS, 1, RUNNING, worker="w1")


PATIENCE_S = 20.0


class WatchedQueue(Queue):
    """Says when it has tried to append."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self.tried = asyncio.Event()

    async def append(self, message_id: str, *events: StreamEvent) -> None:
        try:
            await super().append(message_id, *events)
        finally:
            self.tried.set()


async def told(queue: Queue) -> list[StreamEvent | None]:
    return [entry.event for entry in await queue.entries("m1", FROM_START)]


async def until_told(queue: Queue, events: list[StreamEvent]) -> None:
    """Wait for as many events; they must be these."""
    for _ in range(1000):
        if len(seen := await told(queue)) >= len(events):
            break
        await asyncio.sleep(0.02)
    assert seen == events


def words(text: str) -> StreamEvent:
    return StreamEvent(EventKind.TOKEN, 1, text)


async def test_running_is_told_before_anything_is_said(queue: Queue) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await until_told(queue, [BEGIN])
    assert sender.rest() == []


async def test_words_come_in_groups_while_they_are_said(queue: Queue) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await until_told(queue, [BEGIN])
        sender.add("The ")
        sender.add("oven ")
        await until_told(queue, [BEGIN, words("The oven ")])
    assert sender.rest() == []


async def test_words_said_last_are_left_for_the_outcome_once(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with TokenSender(queue, "m1", BEGIN) as sender:
        await until_told(queue, [BEGIN])
        monkeypatch.setattr(token_sender, "TOKEN_GROUP_EVERY_S", 60.0)
        sender.add("The ")
        await until_told(queue, [BEGIN, words("The ")])  # what follows within 60 s is not sent
        sender.add("oven ")
        sender.add("rests.")
    assert await told(queue) == [BEGIN, words("The ")]
    assert sender.rest() == [words("oven rests.")]
    assert sender.rest() == []


async def test_without_redis_words_are_dropped_but_not_that_it_runs() -> None:
    client = Redis(connection_pool=connection_pool(f"redis://127.0.0.1:{free_port()}/0", retries=0))
    queue = WatchedQueue(client)
    async with TokenSender(queue, "m1", BEGIN) as sender:
        sender.add("The ")
        await asyncio.wait_for(queue.tried.wait(), PATIENCE_S)
        sender.add("oven.")
    assert sender.rest() == [BEGIN, words("oven.")]
    await client.aclose(close_connection_pool=True)
