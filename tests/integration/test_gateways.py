"""Several gateways on one database and one Redis answer each question once, whatever becomes of them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from api_service.database.sessions import SessionFactory, create_engine, session_factory, snapshot
from api_service.models.chat import ChatMessage
from api_service.timeouts import LEASE_S
from inference_worker.model.served_model import Generated
from shared.queue import FROM_START, Queue
from shared.settings import Settings
from shared.wire import EventKind
from tests.support.gateway import (
    TRUE_WORDS,
    YESTERDAY,
    SayingLLM,
    fill_at,
    final_message,
    settings_of,
    until,
    worker_of,
)
from tests.support.gateway_process import GatewayProcess, gateway_process

HOUR_S = 3600.0


@pytest.fixture
async def settings(database_url: str, redis_db: str) -> Settings:
    return settings_of(database_url, redis_db)


@pytest.fixture
async def sessions(settings: Settings) -> AsyncIterator[SessionFactory]:
    engine = create_engine(settings)
    yield session_factory(engine)
    await engine.dispose()


@pytest.fixture
async def gateways(settings: Settings) -> AsyncIterator[list[GatewayProcess]]:
    """Three processes: one an hour late, one an hour early, one right."""
    async with AsyncExitStack() as stack:
        starting = (gateway_process(settings, ahead_s) for ahead_s in (-HOUR_S, HOUR_S, 0.0))
        gateways = [await stack.enter_async_context(process) for process in starting]
        await fill_at(gateways[0].http)
        yield gateways


async def holder_of(sessions: SessionFactory, path: str) -> str | None:
    message_id = path.rpartition("/")[2]
    async with snapshot(sessions) as session:
        return await session.scalar(
            select(ChatMessage.claimed_by).where(ChatMessage.message_id == message_id)
        )


ONCE = (2, 1)
"""An outcome of the reading and one of the answer, and one end."""


async def counts(redis_url: str, path: str) -> tuple[int, int]:
    """How many outcomes and how many ends the message's stream holds."""
    redis: Redis = Redis.from_url(redis_url)
    entries = await Queue(redis).entries(path.rpartition("/")[2], FROM_START)
    await redis.aclose()
    events = [entry.event for entry in entries if entry.event]
    return sum(e.outcome is not None for e in events), sum(e.kind is EventKind.DONE for e in events)


class GatedLLM(SayingLLM):
    """Reads at once; begins to speak when its gate is opened."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, lambda _: TRUE_WORDS)
        self.gate = asyncio.Event()

    async def generate(self, *arguments: Any, **options: Any) -> Generated:
        if options.get("reading") is None:
            self.waiting += 1
            await self.gate.wait()
        return await super().generate(*arguments, **options)

    waiting = 0


async def test_three_gateways_read_and_say_each_question_once(
    settings: Settings, sessions: SessionFactory, gateways: list[GatewayProcess]
) -> None:
    llm = GatedLLM(settings)
    async with worker_of(settings, llm):
        paths = [await gateway.question(YESTERDAY) for gateway in gateways for _ in range(4)]
        await asyncio.sleep(LEASE_S + 1)  # all three have swept many times; what is renewed is not taken over
        for number, path in enumerate(paths):
            holder = await holder_of(sessions, path)
            assert holder is not None
            assert f"-{gateways[number // 4].process.pid}-" in holder
        llm.gate.set()
        # Each message is asked for at the gateway after the one that answers it.
        readers = [gateways[(number // 4 + 1) % 3].http for number in range(12)]
        messages = await asyncio.gather(*(final_message(*pair) for pair in zip(readers, paths, strict=True)))
    assert llm.read == llm.waiting == llm.asked == llm.finished == 12
    assert {message["answer"]["response"] for message in messages} == {TRUE_WORDS}
    assert {message["answer"]["answered_by"] for message in messages} == {"model"}
    assert [await counts(settings.redis_url, path) for path in paths] == [ONCE] * 12


async def test_gateway_killed_mid_answer_another_takes_over_when_its_lease_ends(
    settings: Settings, sessions: SessionFactory, gateways: list[GatewayProcess]
) -> None:
    victim, *others = gateways
    llm = GatedLLM(settings)
    async with worker_of(settings, llm):
        path = await victim.question(YESTERDAY)
        await until(lambda: llm.waiting)
        os.kill(victim.process.pid, signal.SIGKILL)
        killed_at = asyncio.get_running_loop().time()
        first_holder = holder = await holder_of(sessions, path)
        while holder == first_holder:
            assert asyncio.get_running_loop().time() - killed_at < 60
            await asyncio.sleep(0.1)
            holder = await holder_of(sessions, path)
        taken_over_after_s = asyncio.get_running_loop().time() - killed_at
        llm.gate.set()
        message = await final_message(others[0].http, path)
    assert first_holder is not None
    assert f"-{victim.process.pid}-" in first_holder
    assert holder is not None
    assert holder.split("-")[-2] in {str(other.process.pid) for other in others}
    # The last renewal was some 3 s before the kill; the machine may be busy.
    assert taken_over_after_s < LEASE_S + 10
    assert llm.waiting == llm.asked == 1
    assert message["answer"]["response"] == TRUE_WORDS
    assert message["answer"]["answered_by"] == "model"
    assert await counts(settings.redis_url, path) == ONCE


async def test_gateway_that_ends_in_order_hands_over_at_once(
    settings: Settings, sessions: SessionFactory, gateways: list[GatewayProcess]
) -> None:
    leaving, *others = gateways
    llm = GatedLLM(settings)
    async with worker_of(settings, llm):
        path = await leaving.question(YESTERDAY)
        first_holder = holder = await holder_of(sessions, path)
        leaving.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(leaving.process.wait, 30)
        ended_at = asyncio.get_running_loop().time()
        while holder in {first_holder, None}:
            await asyncio.sleep(0.05)
            holder = await holder_of(sessions, path)
        assert asyncio.get_running_loop().time() - ended_at < LEASE_S / 2
        llm.gate.set()
        message = await final_message(others[0].http, path)
    assert llm.waiting == llm.asked == 1
    assert message["answer"]["answered_by"] == "model"
