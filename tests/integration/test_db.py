"""Transactions on real databases, many at once."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from api_service.database import sessions as db
from api_service.database.sessions import create_engine, session_factory, snapshot, transaction
from api_service.models.chat import ChatSession
from shared.errors import DatabaseBusy
from shared.settings import load_settings

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WRITERS = 40
HELD_S = 0.02


async def test_many_writers_at_once_all_get_their_turn(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far shorter than the writers take together: whoever relies on it is turned away.
    monkeypatch.setattr(db, "SQLITE_BUSY_TIMEOUT_MS", 100)
    engine = create_engine(load_settings(database_url=database_url))
    sessions = session_factory(engine)

    async def write(number: int) -> None:
        async with transaction(sessions) as session:
            session.add(ChatSession(session_id=f"s{number}", created_at=NOW, last_active=NOW))
            await session.flush()
            await asyncio.sleep(HELD_S)

    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    async with snapshot(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(ChatSession)) == WRITERS
    await engine.dispose()


async def test_writers_that_would_wait_too_long_are_told_that_the_database_is_busy(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "CONNECT_TIMEOUT_S", 0.3)
    monkeypatch.setattr(db, "SQLITE_TURN_TIMEOUT_S", 0.3)
    engine = create_engine(load_settings(database_url=database_url, database_pool_size=1))
    sessions = session_factory(engine)

    async def write(name: str) -> None:
        async with transaction(sessions) as session:
            session.add(ChatSession(session_id=name, created_at=NOW, last_active=NOW))

    async with transaction(sessions) as session:
        session.add(ChatSession(session_id="first", created_at=NOW, last_active=NOW))
        await session.flush()
        late = await asyncio.gather(*(write(f"late{number}") for number in range(5)), return_exceptions=True)
    assert [type(error) for error in late] == [DatabaseBusy] * 5
    assert all("busy" in str(error) for error in late)
    await write("last")
    async with snapshot(sessions) as session:
        assert set((await session.scalars(select(ChatSession.session_id))).all()) == {"first", "last"}
    await engine.dispose()


async def test_writer_that_fails_gives_its_turn_on(database_url: str) -> None:
    engine = create_engine(load_settings(database_url=database_url))
    sessions = session_factory(engine)
    with pytest.raises(RuntimeError, match="midway"):  # noqa: PT012 - the block is what is tested
        async with transaction(sessions) as session:
            session.add(ChatSession(session_id="lost", created_at=NOW, last_active=NOW))
            await session.flush()
            raise RuntimeError("midway")
    async with asyncio.timeout(5), transaction(sessions) as session:
        session.add(ChatSession(session_id="kept", created_at=NOW, last_active=NOW))
    async with snapshot(sessions) as session:
        assert (await session.scalars(select(ChatSession.session_id))).all() == ["kept"]
    await engine.dispose()


async def test_commit_on_sqlite_waits_until_its_log_is_on_the_disk(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, shipped_synchronous: str
) -> None:
    monkeypatch.setattr(db, "SQLITE_SYNCHRONOUS", shipped_synchronous)
    engine = create_engine(load_settings(database_url=sqlite_url))
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
    await engine.dispose()
