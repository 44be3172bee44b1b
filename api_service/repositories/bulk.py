"""Many rows at once, through the driver of the session's own transaction.

SQLAlchemy's Core spends most of a bulk insert on binding parameters one by one; here rows go to the driver as
they are: by binary COPY to PostgreSQL, encoded a column at a time, by `executemany` to SQLite. Moments travel
as epoch microseconds.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Dialect, Integer, Table, Text, bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, TypeEngine

from api_service.metering.moments import from_epoch_us
from api_service.models import UtcDateTime
from api_service.repositories.binary_copy import HEADER, TRAILER, encode_rows

# So many rows are encoded in a thread at a time, while those before them are sent. As few as `FEW_ROWS` take
# less time than the way to a thread and back.
ROWS_AT_ONCE = 10_000
FEW_ROWS = 500


class EpochUs(ColumnElement[int]):
    """A moment's column as integer microseconds since 1970-01-01 UTC, exact on both databases."""

    # What makes the compiled statement reusable: without it every query is compiled anew.
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 (SQLAlchemy's type)
    type = BigInteger()

    def __init__(self, column: ColumnElement[datetime]) -> None:
        self.column = column


@compiles(EpochUs, "sqlite")
def _stored_as_integer(element: EpochUs, compiler: SQLCompiler, **kwargs: Any) -> str:
    return compiler.process(element.column, **kwargs)


@compiles(EpochUs)
def _extracted(element: EpochUs, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"(extract(epoch from {compiler.process(element.column, **kwargs)}) * 1000000)::bigint"


class _Numbers(TypeDecorator[Sequence[int]]):
    """Whole numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the type of the database at hand."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Integer()))

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        """The parameter as the driver takes it."""
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


class _Among(ColumnElement[bool]):
    """Whether a column of whole numbers is one of the numbers of a parameter.

    `IN` makes a parameter of each number: with a hundred devices to put such a statement together takes
    longer than to execute it, and every number of devices is another statement to compile and to plan.
    """

    _traverse_internals = [  # noqa: RUF012 (SQLAlchemy's type)
        ("column", InternalTraversal.dp_clauseelement),
        ("numbers", InternalTraversal.dp_clauseelement),
    ]
    type = Boolean()

    def __init__(self, column: ColumnElement[int], numbers: Sequence[int] | str) -> None:
        """The numbers, or the name of the parameter that holds them when the statement is executed."""
        self.column = column
        if isinstance(numbers, str):
            self.numbers = bindparam(numbers, type_=_Numbers())
        else:
            self.numbers = bindparam("among", list(numbers), type_=_Numbers(), unique=True)


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, numbers = (compiler.process(part, **kwargs) for part in (element.column, element.numbers))
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 (our columns)


@compiles(_Among)
def _any_of_array(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, numbers = (compiler.process(part, **kwargs) for part in (element.column, element.numbers))
    return f"{column} = ANY ({numbers})"


def named_numbers(column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Whether a column is one of the numbers that the parameter of that name holds at execution."""
    return _Among(column, name)


def one_of(column: ColumnElement[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a column is one of these numbers; of a single one PostgreSQL knows the order of its rows."""
    given = list(numbers)
    return column == given[0] if len(given) == 1 else _Among(column, given)


async def insert_rows(
    session: AsyncSession, table: Table, columns: Mapping[str, NDArray[Any] | list[Any]]
) -> None:
    """Insert rows given as columns by name; NaN becomes null, moments are epoch microseconds.

    None of the rows may be stored already. The session must have spoken to the database before, so that its
    transaction has begun. Raises the driver's own errors, which `transaction` tells outages from.
    """
    names = list(columns)
    connection = await driver_of(session)
    if is_sqlite(session):
        holes = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({holes})"  # noqa: S608 (our names)
        await connection.executemany(statement, await asyncio.to_thread(_rows, columns, frozenset()))
        return
    await connection.copy_to_table(
        table.name, source=_encoded(table, columns), columns=names, format="binary"
    )


async def _encoded(table: Table, columns: Mapping[str, NDArray[Any] | list[Any]]) -> AsyncIterator[bytes]:
    """The rows as pieces of one binary COPY; each is made while the one before it is sent."""

    def piece(first: int) -> bytes:
        rows = slice(first, first + ROWS_AT_ONCE)
        return encode_rows([(table.c[name].type, column[rows]) for name, column in columns.items()])

    count = len(next(iter(columns.values())))
    yield HEADER
    if count <= FEW_ROWS:
        yield piece(0) + TRAILER
        return
    pending = asyncio.ensure_future(asyncio.to_thread(piece, 0))
    for following in range(ROWS_AT_ONCE, count, ROWS_AT_ONCE):
        ready = await pending
        pending = asyncio.ensure_future(asyncio.to_thread(piece, following))
        yield ready
    yield await pending + TRAILER


async def update_rows(
    session: AsyncSession, table: Table, keys: Sequence[str], columns: Mapping[str, NDArray[Any] | list[Any]]
) -> None:
    """Set the other columns of the rows that the columns `keys` name; as `insert_rows` takes them."""
    values = [name for name in columns if name not in keys]
    ordered = {name: columns[name] for name in (*values, *keys)}
    marks = iter("?" * len(ordered) if is_sqlite(session) else [f"${n}" for n in range(1, len(ordered) + 1)])
    sets = ", ".join(f"{name} = {next(marks)}" for name in values)
    where = " AND ".join(f"{name} = {next(marks)}" for name in keys)
    statement = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608 (our names)
    moments = [name for name in ordered if isinstance(table.c[name].type, UtcDateTime)]
    rows = _rows(ordered, frozenset() if is_sqlite(session) else frozenset(moments))
    await (await driver_of(session)).executemany(statement, rows)


def _rows(columns: Mapping[str, NDArray[Any] | list[Any]], moments: frozenset[str]) -> list[tuple[Any, ...]]:
    values = (
        _moments(column) if name in moments else _python_values(column) for name, column in columns.items()
    )
    return list(zip(*values, strict=True))


def is_sqlite(session: AsyncSession) -> bool:
    """True on SQLite, False on PostgreSQL."""
    return session.get_bind().dialect.name == "sqlite"


def insert_into(session: AsyncSession, table: Any) -> Any:
    """An INSERT that takes ON CONFLICT, of the session's database, whose dialect alone is loaded."""
    if is_sqlite(session):
        from sqlalchemy.dialects import sqlite as dialect
    else:
        from sqlalchemy.dialects import postgresql as dialect  # type: ignore[no-redef]
    return dialect.insert(table)


async def driver_of(session: AsyncSession) -> Any:
    """The driver's own connection (aiosqlite or asyncpg) under the session's transaction."""
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


def _python_values(column: NDArray[Any] | list[Any]) -> list[Any]:
    if isinstance(column, list):
        return column
    if column.dtype.kind != "f":
        return list(column.tolist())
    values = column.astype(object)
    values[np.isnan(column)] = None
    return list(values)


def _moments(column: NDArray[Any] | list[Any]) -> list[datetime | None]:
    return [None if value is None else from_epoch_us(value) for value in _python_values(column)]
