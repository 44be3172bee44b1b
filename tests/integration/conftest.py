"""Fixtures of tests that speak to a database or to Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api_service.database.sessions import SessionFactory, create_engine, session_factory
from shared.queue import Queue, connection_pool
from shared.settings import load_settings


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
