"""A database with too much to do: refused for now, nothing lost, and nothing of a statement told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from migrations import upgrade_to_head
from tests.faults.ledger import CLUSTER, Ledger
from tests.support.gateway import TRUE_WORDS, SayingLLM, answering, final_message, post_question, settings_of
from tests.support.servers import PostgresServer

STATEMENT_S = 1.0


@asynccontextmanager
async def held(url: str, statement: str) -> AsyncIterator[None]:
    """Another transaction holds what `statement` locks."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("BEGIN")
        await connection.execute(statement)
        yield
    finally:
        await connection.close()


@pytest.fixture
async def url(private_postgres: PostgresServer) -> str:
    await upgrade_to_head(private_postgres.url())
    return private_postgres.url()


async def test_rows_that_another_holds_too_long_are_a_503_and_later_stored_once(
    url: str, redis_db: str
) -> None:
    settings = settings_of(url, redis_db, database_statement_timeout_s=STATEMENT_S)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        ledger = Ledger(gateway.http)
        assert await ledger.post_readings() == 200
        async with held(url, f"SELECT * FROM devices WHERE cluster = {CLUSTER} FOR UPDATE"):
            refused = await gateway.http.post(
                "/api/readings/",
                json=[{"timestamp": "2026-03-01T00:00:20Z", "cluster": CLUSTER, "real_power_watt": 5.0}],
            )
        assert refused.status_code == 503
        assert refused.json()["title"] == "Database busy"
        assert "busy" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert await ledger.post_readings() == 200
        devices = (await gateway.http.get("/api/devices/summary/")).json()
        assert {row["cluster"]: row["samples"] for row in devices}[CLUSTER] == len(ledger.acknowledged)


async def test_question_waits_for_tables_that_another_holds(url: str, redis_db: str) -> None:
    settings = settings_of(url, redis_db, database_statement_timeout_s=STATEMENT_S)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        async with held(url, "LOCK TABLE rollups IN ACCESS EXCLUSIVE MODE"):
            path = await post_question(gateway.http)
            await asyncio.sleep(1.5 * STATEMENT_S)  # one statement has timed out
        message = await final_message(gateway.http, path)
        assert message["answer"]["response"] == TRUE_WORDS


async def test_question_that_takes_the_database_too_long_fails_and_says_so(url: str, redis_db: str) -> None:
    settings = settings_of(url, redis_db, database_statement_timeout_s=STATEMENT_S)
    async with answering(settings, SayingLLM(settings, lambda _: TRUE_WORDS)) as gateway:
        async with held(url, "LOCK TABLE rollups IN ACCESS EXCLUSIVE MODE"):
            message = await final_message(gateway.http, await post_question(gateway.http), 30.0)
        assert message["status"] == "failed"
        assert message["error"] == "the database took too long to compute it; ask about a shorter time"
