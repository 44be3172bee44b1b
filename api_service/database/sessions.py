"""Engines and transactions for PostgreSQL and SQLite.

`transaction` writes (on SQLite it begins IMMEDIATE, so that two writers queue instead of losing an update),
`snapshot` reads; both are short and never held open while a model works.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from api_service.database.outages import BUSY, translated_outages
from api_service.database.sqlite_connection import OneVisitConnection, has_known_driver, opener
from api_service.site_names import DEFAULT_SITE, schema_of, site_url
from api_service.timeouts import (
    CONNECT_TIMEOUT_S,
    NETWORK_GRACE_S,
    SQLITE_BUSY_TIMEOUT_MS,
    SQLITE_TURN_TIMEOUT_S,
)
from shared.errors import DatabaseBusy, DatabaseUnavailable
from shared.logs import get_logger
from shared.settings import Settings

SQLITE_SYNCHRONOUS = "FULL"  # NORMAL loses the last commits, already acknowledged, when the power is cut
# Connections that a further site keeps open on PostgreSQL while nobody uses it; more are opened as needed.
KEPT_OF_A_SITE = 2
log = get_logger(__name__)


class SessionFactory(async_sessionmaker[AsyncSession]):
    """Makes sessions on one engine; their objects stay readable after the commit.

    `writers` is the queue of this process's writers on SQLite, None on PostgreSQL.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.writers = asyncio.Lock() if engine.dialect.name == "sqlite" else None


def create_engine(settings: Settings, site: str = DEFAULT_SITE, role: str | None = None) -> AsyncEngine:
    """An engine for a site's database below `DATABASE_URL`; connects lazily. SQLite's folder is made.

    Its connections see that site alone; with `role` PostgreSQL also refuses them all others. Whether there is
    such a site was checked before.
    """
    url = make_url(site_url(settings.database_url, site))
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, settings)
    most = settings.database_pool_size
    kept = most if site == DEFAULT_SITE else min(KEPT_OF_A_SITE, most)
    engine = create_async_engine(
        url,
        pool_size=kept,
        max_overflow=most - kept,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            # PostgreSQL ends a statement by itself; this is for a network that carries nothing any more.
            "command_timeout": settings.database_statement_timeout_s + NETWORK_GRACE_S,
            "server_settings": {
                "application_name": "askwatt",
                "timezone": "UTC",
                "statement_timeout": str(int(settings.database_statement_timeout_s * 1000)),
                **_confinement(site, role),
            },
        },
    )
    if site != DEFAULT_SITE:
        _refuse_others(engine, schema_of(site), role)
    return engine


def _confinement(site: str, role: str | None) -> dict[str, str]:
    """What a connection begins with, and what RESET brings it back to: one schema, and who may use it."""
    if site == DEFAULT_SITE:
        return {}
    return {"search_path": schema_of(site)} | ({} if role is None else {"role": role})


def _refuse_others(engine: AsyncEngine, schema: str, role: str | None) -> None:
    """Use no connection that does not see its own schema: a pooler may drop what connections begin with."""

    @event.listens_for(engine.sync_engine, "connect")
    def _look(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT current_schema(), current_user")
        seen, user = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if seen != schema or (role is not None and user != role):
            raise DatabaseUnavailable(
                f"A connection to {schema} sees {seen or 'no schema'} as {user}: sites need PostgreSQL "
                "itself, or a pooler that passes on search_path and role."
            )


def _sqlite_engine(url: URL, settings: Settings) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    is_known = has_known_driver()
    if not is_known:
        log.warning(
            "plain_sqlite_driver", reason="this version of aiosqlite is not known; statements are slower"
        )
    options: dict[str, Any] = {"async_creator": opener(url)} if is_known else {}
    engine = create_async_engine(url, pool_size=settings.database_pool_size, max_overflow=0, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is deferred: it would let two writers read first and then collide.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {SQLITE_SYNCHRONOUS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("askwatt_write") else "DEFERRED"
        driver = connection.connection.driver_connection
        if isinstance(driver, OneVisitConnection):
            driver.begin_with_next(mode)
        else:
            connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def session_factory(engine: AsyncEngine) -> SessionFactory:
    """The sessions of `engine`; one factory per engine, so that its writers queue."""
    return SessionFactory(engine)


@asynccontextmanager
async def transaction(sessions: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A write transaction: committed when the block ends, rolled back when it raises.

    Raises `DatabaseUnavailable` when the database cannot be reached or drops the connection, `DatabaseBusy`
    or `StatementTooSlow` where something was waited for too long.
    """
    async with translated_outages(), sessions() as session, _turn(sessions), session.begin():
        await session.connection(execution_options={"askwatt_write": True})
        yield session


@asynccontextmanager
async def snapshot(sessions: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A short read of one state of the database, whatever is written meanwhile; nothing is committed.

    Raises `DatabaseUnavailable` like `transaction`.
    """
    async with translated_outages(), sessions() as session:
        # SQLite's readers see one state anyway.
        if session.get_bind().dialect.name == "postgresql":
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


@asynccontextmanager
async def _turn(sessions: SessionFactory) -> AsyncIterator[None]:
    """SQLite's writers of this process one after the other, in the order in which they came.

    Left to itself SQLite has them poll for its lock: under load late ones overtake, and some wait past the
    busy timeout. That timeout remains for writers of other processes. Who would wait too long is turned away,
    as by PostgreSQL's pool: clients that left long ago would otherwise fill the queue.
    """
    if sessions.writers is None:
        yield
        return
    try:
        async with asyncio.timeout(SQLITE_TURN_TIMEOUT_S):
            await sessions.writers.acquire()
    except TimeoutError:
        raise DatabaseBusy(BUSY) from None
    try:
        yield
    finally:
        sessions.writers.release()
