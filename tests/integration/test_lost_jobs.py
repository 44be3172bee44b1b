"""A job whose payload Redis has lost is no failure of its question; one that comes too late is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from api_service.inference_client import InferenceClient
from inference_worker.jobs import TOO_LATE, Jobs
from shared.generation import PromptParts
from shared.queue import Queue, payload_key
from shared.settings import Settings

PROMPT = PromptParts("energy", ("how much did ", 0, " use?"), ((0, ": energy", 1),), ("the oven",))
NO_MODEL: Any = None  # neither job reaches it


@pytest.fixture
async def redis(redis_db: str) -> AsyncIterator[Redis]:
    connection: Redis = Redis.from_url(redis_db)
    yield connection
    await connection.aclose()


async def test_job_without_its_payload_is_left_to_its_gateway(redis_db: str, redis: Redis) -> None:
    settings = Settings(redis_url=redis_db)
    client = InferenceClient(settings)
    await client.enqueue("m1", 1, PROMPT, 60.0)
    await redis.delete(payload_key("m1", 1))
    await Jobs(settings, Queue(redis), NO_MODEL, "worker").generate("m1", 1, 1)
    # A failure would end the question; as it is, the gateway finds no job and enqueues the next attempt.
    assert await client.outcome("m1", 1, 0.0) is None
    await client.close()


async def test_job_that_comes_too_late_is_refused(redis_db: str, redis: Redis) -> None:
    settings = Settings(redis_url=redis_db)
    client = InferenceClient(settings)
    await client.enqueue("m1", 1, PROMPT, 0.0)
    await Jobs(settings, Queue(redis), NO_MODEL, "worker").generate("m1", 1, 1)
    event = await client.outcome("m1", 1, 0.0)
    assert event is not None
    assert event.text == TOO_LATE
    await client.close()
