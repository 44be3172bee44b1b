"""Random faults in a random order under questions and readings; the seed that it prints plays them again.

`make soak` alone plays it, ten minutes on each database.
"""

import asyncio
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.faults.invariants import check
from tests.faults.stack import MAX_WAITING, Stack, end, fresh
from tests.faults.test_database_faults import database_away
from tests.faults.test_queue_faults import admin
from tests.support.cut_proxy import Mode

FAULTS_AT_LEAST = 4
FAULTS_BETWEEN_CHECKS = 4
LONGEST_S = 3.0

Storm = Callable[[Stack, random.Random], Awaitable[None]]


async def worker_killed(stack: Stack, dice: random.Random) -> None:
    end(stack.worker)
    await asyncio.sleep(dice.uniform(0, LONGEST_S))
    stack.new_worker(clock_ahead_s=dice.uniform(-1800, 1800))


async def worker_stopped(stack: Stack, dice: random.Random) -> None:
    os.kill(stack.worker.pid, signal.SIGSTOP)
    await asyncio.sleep(dice.uniform(0, LONGEST_S))
    os.kill(stack.worker.pid, signal.SIGCONT)


async def redis_restarted(stack: Stack, dice: random.Random) -> None:
    stack.redis.kill()
    await asyncio.sleep(dice.uniform(0, LONGEST_S))
    stack.redis.start()


async def redis_wiped(stack: Stack, _: random.Random) -> None:
    await admin(stack, "FLUSHALL")


async def redis_full(stack: Stack, dice: random.Random) -> None:
    await admin(stack, "CONFIG", "SET", "maxmemory", "1")
    await asyncio.sleep(dice.uniform(0, LONGEST_S))
    await admin(stack, "CONFIG", "SET", "maxmemory", "0")


async def redis_cut_off(stack: Stack, dice: random.Random) -> None:
    stack.redis_network.set(dice.choice([Mode.DELAY, Mode.RESET, Mode.HALF_OPEN]))
    await asyncio.sleep(dice.uniform(0, LONGEST_S))
    stack.redis_network.set(Mode.PASS)


async def database_gone(stack: Stack, dice: random.Random) -> None:
    async with database_away(stack):
        await asyncio.sleep(dice.uniform(0, LONGEST_S))


async def flood(stack: Stack, _: random.Random) -> None:
    await asyncio.gather(*(stack.ledger.ask() for _ in range(2 * MAX_WAITING)))


FAULTS: tuple[Storm, ...] = (
    worker_killed,
    worker_stopped,
    redis_restarted,
    redis_wiped,
    redis_full,
    redis_cut_off,
    database_gone,
    flood,
)


async def traffic(stack: Stack, statuses: Counter[str]) -> None:
    """Questions and readings, one after the other, until it is cancelled."""
    while True:
        statuses[f"ask {await stack.ledger.ask()}"] += 1
        statuses[f"post {await stack.ledger.post_readings()}"] += 1
        await asyncio.sleep(0.1)


@pytest.mark.soak
async def test_storm_of_random_faults_loses_nothing(stack: Stack, pytestconfig: pytest.Config) -> None:
    seed = pytestconfig.getoption("--storm-seed") or secrets.token_hex(4)
    dice, statuses, seen = random.Random(seed), Counter[str](), Counter[str]()
    print(f"\nthe storm's seed: make soak SEED={seed}")
    ends = time.monotonic() + float(pytestconfig.getoption("--storm-seconds"))
    while time.monotonic() < ends or sum(seen.values()) < FAULTS_AT_LEAST:
        client = asyncio.create_task(traffic(stack, statuses))
        try:
            for fault in dice.sample(FAULTS, FAULTS_BETWEEN_CHECKS):
                seen[fault.__name__] += 1
                await fault(stack, dice)
                await asyncio.sleep(dice.uniform(0, 0.5))
        finally:
            client.cancel()
            await asyncio.wait([client])
        assert client.cancelled(), client.exception()  # it has no end of its own but a failure
        await check(stack)
        print(f"{sum(seen.values())} faults, {len(stack.ledger.acknowledged)} readings acknowledged")
        fresh(stack)
    print(dict(seen), dict(statuses))
    assert not {status for status in statuses if status.endswith((" 500", " 502", " 504"))}
