"""Workers, Redis and the network to it fail; the questions do not."""

import asyncio
import os
import signal

import psutil
import pytest
from redis.asyncio import Redis

from tests.faults.stack import MAX_WAITING, Stack, end
from tests.support.cut_proxy import Mode
from tests.support.saying_worker import STALLED, STEPS

# Minutes over real processes: `make soak` plays them.
pytestmark = pytest.mark.soak
HALF_AN_HOUR_S = 1800.0
FLOOD_BYTES = 64 * 1024 * 1024  # of a process of some 200 MB; its heap settles within a few


async def admin(stack: Stack, *command: str) -> object:
    """One command of Redis', past the network."""
    redis: Redis = Redis.from_url(stack.settings.redis_url)
    try:
        return await redis.execute_command(*command)
    finally:
        await redis.aclose()


async def until_stalled(stack: Stack, jobs: int) -> None:
    async with asyncio.timeout(240):
        while int((await admin(stack, "GET", STALLED)) or 0) < jobs:  # type: ignore[call-overload]
            await asyncio.sleep(0.05)
    await admin(stack, "DEL", STALLED)


async def test_worker_killed_between_any_two_steps_of_jobs(stack: Stack) -> None:
    """Also clocks: the worker that is killed is half an hour late, the one after it half an hour early."""
    end(stack.worker)
    stack.new_worker(-HALF_AN_HOUR_S, stalls=True)
    try:
        for _ in range(STEPS):
            assert await stack.ledger.ask() == 202
        await until_stalled(stack, STEPS)
    finally:
        end(stack.worker)
        stack.new_worker(HALF_AN_HOUR_S)


async def test_worker_stopped_for_a_while_is_replaced_and_answers_nothing_twice(stack: Stack) -> None:
    stopped = stack.worker
    os.kill(stopped.pid, signal.SIGSTOP)
    try:
        assert await stack.ledger.ask() == 202
        await stack.until_ready(is_ready=False)
        assert (await stack.readiness())["worker"] is False
        stack.new_worker()
        await stack.until_ready()
        os.kill(stopped.pid, signal.SIGCONT)
        assert await stack.ledger.ask() == 202
    finally:
        end(stopped)


@pytest.mark.parametrize("away_s", [0.0, 5.0, 60.0])
async def test_redis_killed_and_started_again(stack: Stack, away_s: float) -> None:
    assert await stack.ledger.ask() == 202
    stack.redis.kill()
    try:
        assert await stack.ledger.ask() == 503
        assert (await stack.readiness())["redis"] is False
        assert (await stack.http.get("/health/live")).status_code == 200
        assert await stack.ledger.post_readings() == 200
        await asyncio.sleep(away_s)
    finally:
        stack.redis.start()


async def test_redis_wiped_amid_questions(stack: Stack) -> None:
    for _ in range(3):
        assert await stack.ledger.ask() == 202
    await admin(stack, "FLUSHALL")
    assert await stack.ledger.ask() == 202


async def test_redis_full_delays_or_refuses_questions_and_nothing_else(stack: Stack) -> None:
    await admin(stack, "CONFIG", "SET", "maxmemory", "1")
    try:
        # Kept in the database, to be enqueued when there is room, or refused; never an error.
        assert await stack.ledger.ask() in {202, 503}
        assert await stack.ledger.post_readings() == 200
        assert (await stack.http.get("/api/devices/")).status_code == 200
    finally:
        await admin(stack, "CONFIG", "SET", "maxmemory", "0")
    assert await stack.ledger.ask() == 202


async def test_queue_flooded_at_ten_times_its_capacity(stack: Stack) -> None:
    gateway = psutil.Process(stack.gateway.process.pid)
    before = gateway.memory_info().rss
    os.kill(stack.worker.pid, signal.SIGSTOP)
    try:
        statuses = await asyncio.gather(*(stack.ledger.ask() for _ in range(10 * MAX_WAITING)))
        assert set(statuses) == {202, 503}
        # Fewer where a busy machine has one of them wait too long for a connection to the database.
        assert 0 < statuses.count(202) <= MAX_WAITING
        assert await stack.ledger.post_readings() == 200
        assert (await stack.http.get("/health/live")).status_code == 200
        assert gateway.memory_info().rss - before < FLOOD_BYTES
    finally:
        os.kill(stack.worker.pid, signal.SIGCONT)


@pytest.mark.parametrize("mode", [Mode.DELAY, Mode.RESET, Mode.HALF_OPEN])
async def test_network_to_redis_fails(stack: Stack, mode: Mode) -> None:
    assert await stack.ledger.ask() == 202
    stack.redis_network.set(mode)
    try:
        status = await stack.ledger.ask(timeout_s=60.0)
        assert status == (202 if mode is Mode.DELAY else 503)
        assert await stack.ledger.post_readings() == 200
    finally:
        stack.redis_network.set(Mode.PASS)
    assert await stack.ledger.ask() == 202
