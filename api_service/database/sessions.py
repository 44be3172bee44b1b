"""Engines and transactions for PostgreSQL and SQLite.

`transaction` writes (on SQLite it begins IMMEDIATE, so that two writers queue instead of losing an update),
`snapshot` reads; both are short and never held open while a model works.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from api_service.database.sqlite_connection import opener
from shared.errors import DatabaseUnavailable
from shared.settings import Settings

SQLITE_BUSY_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 5.0

SessionFactory = async_sessionmaker[AsyncSession]

_TURNS: WeakKeyDictionary[Engine | Connection, asyncio.Lock] = WeakKeyDictionary()


def create_engine(settings: Settings) -> AsyncEngine:
    """An engine for `DATABASE_URL`; connects lazily. SQLite's folder is made if it is missing."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, settings)
    return create_async_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "server_settings": {
                "application_name": "askwatt",
                "timezone": "UTC",
                "statement_timeout": str(int(settings.database_statement_timeout_s * 1000)),
            },
        },
    )


def _sqlite_engine(url: URL, settings: Settings) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url, pool_size=settings.database_pool_size, max_overflow=0, async_creator=opener(url)
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is deferred: it would let two writers read first and then collide.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("askwatt_write") else "DEFERRED"
        connection.connection.driver_connection.begin_with_next(mode)

    return engine


def session_factory(engine: AsyncEngine) -> SessionFactory:
    """Sessions whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A write transaction: committed when the block ends, rolled back when it raises.

    Raises `DatabaseUnavailable` when the database cannot be reached or drops the connection.
    """
    async with _translated(), sessions() as session, _turn(session), session.begin():
        await session.connection(execution_options={"askwatt_write": True})
        yield session


@asynccontextmanager
async def snapshot(sessions: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A short read of one state of the database, whatever is written meanwhile; nothing is committed.

    Raises `DatabaseUnavailable` like `transaction`.
    """
    async with _translated(), sessions() as session:
        # SQLite's readers see one state anyway.
        if session.get_bind().dialect.name == "postgresql":
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


@asynccontextmanager
async def _turn(session: AsyncSession) -> AsyncIterator[None]:
    """SQLite's writers of this process one after the other, in the order in which they came.

    Left to itself SQLite has them poll for its lock: under load late ones overtake, and some wait past the
    busy timeout. That timeout remains for writers of other processes.
    """
    bind = session.get_bind()
    if bind.dialect.name != "sqlite":
        yield
        return
    async with _TURNS.setdefault(bind, asyncio.Lock()):
        yield


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as error:
        raise DatabaseUnavailable(
            "The database does not answer; check DATABASE_URL and that it runs."
        ) from error
    except DBAPIError as error:
        if not _is_outage(error):
            raise
        raise DatabaseUnavailable(
            "The database does not answer; check DATABASE_URL and that it runs."
        ) from error


def _is_outage(error: DBAPIError) -> bool:
    # PostgreSQL's classes: 08 connection lost, 53 out of resources, 57P shutting down or starting up.
    state = str(getattr(error.orig, "sqlstate", None) or "")
    is_lost = error.connection_invalidated or state.startswith(("08", "53", "57P"))
    return is_lost or isinstance(error, OperationalError | InterfaceError)
