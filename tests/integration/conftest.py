"""Fixtures of tests that speak to a database."""

from collections.abc import AsyncIterator

import pytest

from api_service.database.sessions import SessionFactory, create_engine, session_factory
from shared.settings import load_settings


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[SessionFactory]:
    """Sessions on an empty, migrated database of this test alone; once on SQLite, once on PostgreSQL."""
    engine = create_engine(load_settings(database_url=database_url))
    yield session_factory(engine)
    await engine.dispose()
