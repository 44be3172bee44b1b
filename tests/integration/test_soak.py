"""Thousands of questions with random cancels and deadlines: each one ends, and nothing is left behind."""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from api_service.inference_client import InferenceClient
from inference_worker.llm_service import LLMService
from shared.generation import PromptParts
from shared.queue import QUEUE_NAME
from shared.settings import Precision
from shared.wire import EventKind
from tests.support.gateway import settings_of, worker_of
from tests.support.tiny_t5 import save_tiny_t5

QUESTIONS = int(os.environ.get("SOAK_QUESTIONS", "10000"))
AT_ONCE = 64
WARM = QUESTIONS // 10
MEMORY_GROWTH_MB = 60.0
PATIENCE_S = 120.0  # longer than a lease


def prompt(dice: random.Random) -> PromptParts:
    facts = tuple((0, ": energy ", number) for number in range(dice.randint(1, 12)))
    return PromptParts("energy device", ("how much did ", 0, " use?"), facts, ("it",) * 100)


async def one(client: InferenceClient, number: int, dice: random.Random) -> str:
    """Ask one question, perhaps cancel it; how it ended."""
    message_id = f"soak-{number}"
    wait_s = dice.choice([0.05, 0.5, 30.0, 30.0])
    await client.enqueue(message_id, 1, prompt(dice), wait_s)
    if dice.random() < 0.3:
        await asyncio.sleep(dice.random() * 0.2)
        await client.cancel(message_id)
    event = await client.outcome(message_id, 1, PATIENCE_S)
    assert event is not None, message_id
    assert event.outcome is not None
    if event.kind is EventKind.ERROR:
        return "cancelled" if event.outcome.error == "cancelled" else str(event.outcome.error)
    return event.outcome.finish_reason


@pytest.mark.slow
async def test_soak_of_random_cancels_and_deadlines_ends_every_question_and_leaks_nothing(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    settings = settings_of(
        sqlite_url,
        redis_db,
        model_name=str(save_tiny_t5(tmp_path / "model")),
        device="cpu",
        precision=Precision.FP32,
        torch_threads=1,
        max_new_tokens=24,
        log_level="ERROR",
    )
    dice = random.Random(11)
    ends: Counter[str] = Counter()
    client, llm, process = InferenceClient(settings), LLMService(settings), psutil.Process()
    numbers = iter(range(QUESTIONS))
    rss_mb: list[float] = []

    async def asker() -> None:
        for number in numbers:
            ends[await one(client, number, dice)] += 1
            if number % WARM == 0:
                rss_mb.append(process.memory_info().rss / 1e6)

    async with worker_of(settings, llm):
        await one(client, QUESTIONS, dice)  # the worker is up and idle then
        await asyncio.sleep(1.0)
        tasks_before = len(asyncio.all_tasks())
        await asyncio.gather(*(asker() for _ in range(AT_ONCE)))
        await asyncio.sleep(1.0)
        stats = llm.stats()
        assert stats is not None
        assert (stats.running, stats.waiting) == (0, 0)
        assert len(asyncio.all_tasks()) <= tasks_before + 1
    assert sum(ends.values()) == QUESTIONS
    assert ends["cancelled"] > QUESTIONS * 0.05
    assert ends["eos"] + ends["length"] > QUESTIONS * 0.3, ends
    print(dict(ends), "resident MB:", [round(value) for value in rss_mb])
    assert max(rss_mb[2:]) - rss_mb[1] < MEMORY_GROWTH_MB
    redis: Redis = Redis.from_url(redis_db)
    assert await redis.zcard(QUEUE_NAME) == 0
    async for key in redis.scan_iter():
        assert await redis.ttl(key) != -1, f"{key!r} lives for ever"
    await redis.aclose()
    await client.close()
