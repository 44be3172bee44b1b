"""SQLite's connections as SQLAlchemy uses them, on a real file."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from api_service.database import sqlite_connection
from api_service.database.sessions import (
    SessionFactory,
    create_engine,
    session_factory,
    snapshot,
    transaction,
)
from api_service.database.sqlite_connection import FIRST_ROWS, OneVisitConnection, has_known_driver
from shared.settings import load_settings

NUMBERS = text(
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
    "SELECT n FROM numbers"
)
COUNT = text("SELECT count(*) FROM things")
ADD = text("INSERT INTO things (name) VALUES (:name)")


UNKNOWN = (
    "aiosqlite has changed. The gateway goes on with the plain driver, some tenths of a millisecond a "
    "statement slower. Compare aiosqlite/core.py with api_service/database/sqlite_connection.py, then add "
    "the version to KNOWN_VERSIONS."
)


def test_installed_aiosqlite_is_one_whose_private_parts_are_known() -> None:
    assert has_known_driver(), UNKNOWN
    assert "self._thread = Thread(" in inspect.getsource(aiosqlite.Connection.__init__), UNKNOWN


async def test_unknown_version_of_aiosqlite_is_driven_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiosqlite, "__version__", "0.99.0")
    assert await driver_of(tmp_path) is aiosqlite.Connection
    monkeypatch.undo()
    assert await driver_of(tmp_path) is OneVisitConnection
    monkeypatch.delattr(aiosqlite.Connection, "_conn")
    assert not has_known_driver()


async def driver_of(folder: Path) -> type:
    engine = create_engine(load_settings(database_url=f"sqlite+aiosqlite:///{folder}/things.db"))
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    await engine.dispose()
    return type(driver)


@pytest.fixture(params=["one visit", "plain"])
async def sessions(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SessionFactory]:
    """Sessions on a file of this test alone; once on our connections, once on the plain driver's."""
    if request.param == "plain":
        monkeypatch.setattr(sqlite_connection, "KNOWN_VERSIONS", ())
    engine = create_engine(load_settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/things.db"))
    sessions = session_factory(engine)
    async with transaction(sessions) as session:
        await session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    yield sessions
    await engine.dispose()


only_one_visit = pytest.mark.parametrize("sessions", ["one visit"], indirect=True)


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is done on the connections' threads from now on."""
    seen: list[Any] = []
    execute = OneVisitConnection._execute

    async def counted(self: OneVisitConnection, function: Any, *arguments: Any) -> Any:
        seen.append(function)
        return await execute(self, function, *arguments)

    monkeypatch.setattr(OneVisitConnection, "_execute", counted)
    return seen


@only_one_visit
async def test_each_statement_is_one_visit_and_beginning_is_none(
    sessions: SessionFactory, visits: list[Any]
) -> None:
    async with transaction(sessions) as session:
        await session.execute(ADD, {"name": "oven"})
        await session.execute(ADD, [{"name": "fridge"}, {"name": "lamp"}])
        assert await session.scalar(COUNT) == 3
    assert len(visits) == 3 + 1  # and the commit


@only_one_visit
async def test_transaction_without_a_statement_visits_nothing(
    sessions: SessionFactory, visits: list[Any]
) -> None:
    async with transaction(sessions):
        pass
    assert visits == []
    async with snapshot(sessions) as session:
        assert await session.scalar(COUNT) == 0


@pytest.mark.parametrize("rows", [0, 1, FIRST_ROWS - 1, FIRST_ROWS, FIRST_ROWS + 1, 3 * FIRST_ROWS])
async def test_result_of_any_length_is_read_to_its_end(sessions: SessionFactory, rows: int) -> None:
    async with snapshot(sessions) as session:
        found = (await session.scalars(NUMBERS, {"last": max(1, rows)})).all()
        assert found == list(range(1, max(1, rows) + 1))
        streamed = await session.stream_scalars(
            NUMBERS, {"last": max(1, rows)}, execution_options={"yield_per": 700}
        )
        assert [number async for part in streamed.partitions() for number in part] == found
        assert (await session.execute(text("SELECT n FROM (SELECT 1 AS n) WHERE n > 1"))).all() == []


async def test_stream_left_midway_does_not_hold_the_database(sessions: SessionFactory) -> None:
    async with snapshot(sessions) as session:
        streamed = await session.stream_scalars(
            NUMBERS, {"last": 5 * FIRST_ROWS}, execution_options={"yield_per": 10}
        )
        assert (await streamed.fetchmany(2)) == [1, 2]
    async with transaction(sessions) as session:
        await session.execute(ADD, {"name": "oven"})


async def test_counts_ids_and_returned_rows_are_those_of_the_statement(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        added = await session.execute(ADD, {"name": "oven"})
        assert added.lastrowid == 1
        assert added.rowcount == 1
        rename = text("UPDATE things SET name = name || '!' WHERE id = :id RETURNING name")
        assert (await session.execute(rename, {"id": 1})).scalars().all() == ["oven!"]
        missed = await session.execute(text("UPDATE things SET name = 'x' WHERE id = 99"))
        assert missed.rowcount == 0


async def test_failed_first_statement_leaves_a_usable_connection(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        await session.execute(ADD, {"name": "oven"})
    with pytest.raises(IntegrityError):
        async with transaction(sessions) as session:
            await session.execute(ADD, {"name": "oven"})
    with pytest.raises(RuntimeError, match="midway"):  # noqa: PT012 - the block is what is tested
        async with transaction(sessions) as session:
            await session.execute(ADD, {"name": "lost"})
            raise RuntimeError("midway")
    async with transaction(sessions) as session:
        await session.execute(ADD, {"name": "lamp"})
    async with snapshot(sessions) as session:
        assert (await session.scalars(text("SELECT name FROM things ORDER BY id"))).all() == ["oven", "lamp"]


async def test_snapshot_sees_one_state_from_its_first_read_on(sessions: SessionFactory) -> None:
    async with snapshot(sessions) as reader:
        assert await reader.scalar(COUNT) == 0
        async with transaction(sessions) as writer:
            await writer.execute(ADD, {"name": "oven"})
        assert await reader.scalar(COUNT) == 0
    async with snapshot(sessions) as reader:
        assert await reader.scalar(COUNT) == 1


async def test_transaction_holds_the_write_lock_from_its_first_read_on(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    other = create_engine(load_settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/things.db"))
    async with transaction(sessions) as session:
        await session.scalar(COUNT)
        async with other.connect() as connection:
            await connection.execute(text("PRAGMA busy_timeout = 50"))
            with pytest.raises(OperationalError, match="locked"):
                await connection.execute(ADD, {"name": "oven"})
    await other.dispose()


@only_one_visit
async def test_statement_cancelled_on_its_way_leaves_neither_a_row_nor_a_transaction(
    sessions: SessionFactory,
) -> None:
    sent = asyncio.Event()

    async def add() -> None:
        async with transaction(sessions) as session:
            raw = await (await session.connection()).get_raw_connection()
            driver = raw.driver_connection
            assert isinstance(driver, OneVisitConnection)
            asleep = asyncio.create_task(driver.visit(time.sleep, 0.3))  # what comes now waits for the thread
            await asyncio.sleep(0.05)
            sent.set()
            await session.execute(ADD, {"name": "oven"})
            await asleep

    adding = asyncio.create_task(add())
    await sent.wait()
    await asyncio.sleep(0.05)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    async with transaction(sessions) as session:
        assert await session.scalar(COUNT) == 0
        await session.execute(ADD, {"name": "oven"})
    async with snapshot(sessions) as session:
        assert await session.scalar(COUNT) == 1
