"""I1 to I7 of a stack after a fault: whatever has happened, this holds again, by itself, in bounded time."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import asyncpg
import httpx
from redis.asyncio import Redis
from sqlalchemy import func, select

from api_service.database.sessions import create_engine, session_factory, snapshot
from api_service.models import ElectricalData
from api_service.models.chat import ChatMessage, MessageStatus, Role
from api_service.scripts.check_rollups import check as differing_rollups
from shared.queue import FROM_START, QUEUE_NAME, Queue
from shared.wire import EventKind
from tests.faults.ledger import CLUSTER, Ledger
from tests.faults.stack import Level, Stack
from tests.support.gateway import TRUE_WORDS, YESTERDAY_KWH, final_message

FINAL_WITHIN_S = 60.0
# A worker that dies right after its outcome leaves its job's lease: JOB_TIMEOUT_S and ten seconds.
AT_REST_WITHIN_S = 90.0
# Pools fill up to their bound and stay so: ten connections of the database, each of three files and a thread
# on SQLite, and those to Redis. A leak passes that after a few faults: the level is that of the beginning.
# The executor of the event loop starts a thread a core and four more, each at its first need.
SLACK_FILES, SLACK_THREADS = 50, 10 + min(32, (os.cpu_count() or 1) + 4) + 4


async def check(stack: Stack) -> None:
    """Prove all seven; raises `AssertionError` that names the one that does not hold."""
    await stack.until_ready()  # I5: green again by itself
    await questions_are_final(stack.ledger)
    await answers_are_one_each(stack)
    await readings_are_there_once(stack)
    await nobody_without_a_key_sees_anything(stack)
    await nothing_is_held(stack)
    assert stack.ledger.malformed == [], "I7"


async def questions_are_final(ledger: Ledger) -> None:
    """I2: every accepted question ends in bounded time; here no fault is a reason to fail it."""
    messages = await asyncio.gather(
        *(final_message(ledger.http, path, FINAL_WITHIN_S) for path in ledger.questions)
    )
    for message in messages:
        assert message["status"] == MessageStatus.SUCCEEDED, f"I2: {message}"
        words = message["answer"]["response"]
        assert words == TRUE_WORDS or f"{YESTERDAY_KWH} kWh" in words, f"I2: {words}"


async def answers_are_one_each(stack: Stack) -> None:
    """I3: one answer of a question, and one end of its stream."""
    engine = create_engine(stack.settings)
    async with snapshot(session_factory(engine)) as session:
        answers = select(ChatMessage.reply_to, func.count()).where(ChatMessage.role == Role.ASSISTANT)
        counts = dict((await session.execute(answers.group_by(ChatMessage.reply_to))).tuples().all())
    await engine.dispose()
    assert set(counts.values()) <= {1}, "I3"
    async with Redis.from_url(stack.settings.redis_url) as redis:
        for path in stack.ledger.questions:
            entries = await Queue(redis).entries(path.rpartition("/")[2], FROM_START)
            ends = [entry for entry in entries if entry.event and entry.event.kind is EventKind.DONE]
            assert len(ends) <= 1, f"I3: {path}"


async def readings_are_there_once(stack: Stack) -> None:
    """I1: what was acknowledged is stored, once, and nothing that was never sent; rollups agree."""
    engine = create_engine(stack.settings)
    async with snapshot(session_factory(engine)) as session:
        columns = ElectricalData.cluster, ElectricalData.timestamp
        found = await session.execute(select(*columns).where(ElectricalData.cluster >= CLUSTER))
        stored = [(cluster, moment) for cluster, moment in found.tuples()]
    await engine.dispose()
    assert len(stored) == len(set(stored)), "I1: twice"
    assert stack.ledger.acknowledged <= set(stored), "I1: lost"
    assert set(stored) <= stack.ledger.acknowledged | stack.ledger.unknown, "I1: never sent"
    assert await differing_rollups(stack.settings, rebuild=False) == {}, "I1: rollups"


async def nobody_without_a_key_sees_anything(stack: Stack) -> None:
    """I4: no fault opens a door."""
    paths = ["/api/devices/", "/api/chat/sessions/", *stack.ledger.questions[:3]]
    async with httpx.AsyncClient(base_url=stack.http.base_url) as stranger:
        for headers in ({}, {"X-API-Key": "another"}):
            for path in paths:
                assert (await stranger.get(path, headers=headers)).status_code == 401, f"I4: {path}"


async def nothing_is_held(stack: Stack) -> None:
    """I6: files, threads, processes, transactions, jobs and keys are back at their level."""
    first = stack.level = stack.level or Level.of(stack.gateway.process.pid)

    async def is_at_level() -> object:
        now = Level.of(stack.gateway.process.pid)
        grown = now.files > first.files + SLACK_FILES or now.threads > first.threads + SLACK_THREADS
        return now if grown or now.children > first.children else None

    await _until_none(is_at_level)
    async with Redis.from_url(stack.settings.redis_url) as redis:

        async def has_no_work() -> object:
            return await redis.zcard(QUEUE_NAME) or await redis.keys("arq:in-progress:*") or None

        await _until_none(has_no_work)
        for key in await redis.keys("*"):
            # The set of workers alone stays; its members are removed by readers.
            assert await redis.ttl(key) != -1 or key.endswith(b":workers"), f"I6: {key!r} lives for ever"
    if stack.postgres is not None:
        await _until_none(lambda: _open_transactions(stack.settings.database_url))


async def _open_transactions(url: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    statement = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    try:
        return await connection.fetchval(statement) or None
    finally:
        await connection.close()


async def _until_none(look: Callable[[], Awaitable[object]]) -> None:
    try:
        async with asyncio.timeout(AT_REST_WITHIN_S):
            while (held := await look()) is not None:
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"I6: still held: {held}") from None
