"""SQLite connections that visit their thread once per statement.

aiosqlite runs every step on the connection's thread, and SQLAlchemy takes four for a statement (make a
cursor, execute, fetch, close) and one to begin. Each visit waits for the thread and then for the event loop,
a tenth of a millisecond together. Here one visit does all of it.

The only module that touches aiosqlite's private parts: `Connection._execute`, `_conn` and `_thread`. On a
version whose parts are not known `has_known_driver` is False, and `sessions` takes the plain driver instead.
"""

import inspect
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite
from sqlalchemy.engine import URL

FIRST_ROWS = 1000  # what comes with the visit that executes; a longer result is read on from there
CHUNK_ROWS = 64  # aiosqlite's default for iterating over a cursor, which nothing here does
KNOWN_VERSIONS = ("0.22.",)


def has_known_driver() -> bool:
    """Whether aiosqlite's private parts are those that `OneVisitConnection` builds on."""
    driver = aiosqlite.Connection
    return (
        aiosqlite.__version__.startswith(KNOWN_VERSIONS)
        and list(inspect.signature(driver).parameters)[:2] == ["connector", "iter_chunk_size"]
        and inspect.iscoroutinefunction(getattr(driver, "_execute", None))
        and isinstance(getattr(driver, "_conn", None), property)
    )


class OneVisitConnection(aiosqlite.Connection):
    """aiosqlite's connection with the cursors below, whose transactions begin with their first statement."""

    _begin: str | None = None  # to be sent with the next statement
    _has_begun = False  # was sent, perhaps without having been executed yet

    async def visit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do something on the connection's thread."""
        return await self._execute(work, *arguments)  # type: ignore[no-untyped-call]

    def begin_with_next(self, mode: str) -> None:
        """Begin a transaction of this mode in the same visit as the next statement."""
        self._begin = f"BEGIN {mode}"

    def take_begin(self) -> str | None:
        """The pending BEGIN, once; the caller sends it."""
        begin, self._begin = self._begin, None
        self._has_begun = self._has_begun or begin is not None
        return begin

    async def commit(self) -> None:
        """Commit, where something has begun."""
        if self._ends():
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, where something has begun: after a statement that was cancelled on its way, too."""
        if self._ends():
            await super().rollback()

    def _ends(self) -> bool:
        has_begun, self._begin, self._has_begun = self._has_begun, None, False
        return has_begun

    def cursor(self) -> "OneVisitCursor":  # type: ignore[override]  # entered, not awaited, by SQLAlchemy
        """A cursor that exists in the connection's thread only while its rows are not all here."""
        return OneVisitCursor(self)


class OneVisitCursor:
    """As much of a cursor as SQLAlchemy's adapter of aiosqlite uses."""

    arraysize = 1

    def __init__(self, connection: OneVisitConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self._is_read = True
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Nothing is opened before something is executed."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute and read the first rows."""
        await self._connection.visit(self._run, self._connection.take_begin(), "execute", sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute once for each of `parameters`."""
        begin = self._connection.take_begin()
        await self._connection.visit(self._run, begin, "executemany", sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        if self._cursor is not None and not self._is_read:
            rows += await self._connection.visit(self._cursor.fetchall)
            self._is_read = True
        return rows

    async def fetchmany(self, size: int = arraysize) -> list[Any]:
        """Up to `size` rows."""
        if len(self._rows) < size and self._cursor is not None and not self._is_read:
            more = await self._connection.visit(self._cursor.fetchmany, size - len(self._rows))
            self._is_read = len(more) < size - len(self._rows)
            self._rows += more
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Any:
        """The next row; None after the last one."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        """Discard the rows that were not read."""
        if self._cursor is not None and not self._is_read:
            await self._connection.visit(self._cursor.close)
        self._rows, self._is_read = [], True

    def _run(self, begin: str | None, how: str, sql: str, parameters: Any) -> None:
        """On the connection's thread."""
        cursor = self._connection._conn.cursor()
        try:
            if begin is not None:
                cursor.execute(begin)
            getattr(cursor, how)(sql, parameters)
            self._rows = cursor.fetchmany(FIRST_ROWS)
        except BaseException:
            cursor.close()
            raise
        self.description, self.rowcount, self.lastrowid = (
            cursor.description,
            cursor.rowcount,
            cursor.lastrowid,
        )
        self._is_read = len(self._rows) < FIRST_ROWS
        if self._is_read:
            cursor.close()
        else:
            self._cursor = cursor


def opener(url: URL) -> Callable[[], OneVisitConnection]:
    """What opens connections to `url`, for `create_async_engine`'s `async_creator`."""
    arguments, options = url.get_dialect()().create_connect_args(url)
    connect_file: Callable[[], sqlite3.Connection] = partial(sqlite3.connect, *arguments, **options)

    def connect() -> OneVisitConnection:
        connection = OneVisitConnection(connect_file, CHUNK_ROWS)
        connection._thread.daemon = True  # as SQLAlchemy sets it on connections that it opens itself
        return connection

    return connect
