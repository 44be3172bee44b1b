"""Fixtures of tests that speak to a database or to Redis."""

import os
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api_service.database.sessions import SessionFactory, create_engine, session_factory
from shared.queue import Queue, connection_pool
from shared.settings import Settings, load_settings
from tests.support.binaries import find_postgres
from tests.support.gateway import settings_of


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[SessionFactory]:
    """Sessions on an empty, migrated database of this test alone; once on SQLite, once on PostgreSQL."""
    engine = create_engine(load_settings(database_url=database_url))
    yield session_factory(engine)
    await engine.dispose()


@pytest.fixture
async def redis(redis_db: str) -> AsyncIterator[Redis]:
    """A connection to the suite's Redis, emptied."""
    client = Redis(connection_pool=connection_pool(redis_db, retries=1))
    yield client
    await client.aclose(close_connection_pool=True)


@pytest.fixture
def queue(redis: Redis) -> Queue:
    """The queue on the suite's Redis, emptied."""
    return Queue(redis)


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that the suite runs are found first."""
    monkeypatch.setenv("PATH", f"{find_postgres()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """Of a gateway on an empty database; once on SQLite, once on PostgreSQL."""
    return settings_of(database_url, redis_url)
