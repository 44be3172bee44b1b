"""The database's own clock: the one that all gateways share, whatever their hosts believe.

PostgreSQL: `clock_timestamp()`; SQLite: `julianday('now')`, which resolves milliseconds, as the integer
microseconds that `UtcDateTime` keeps.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api_service.models.base import UtcDateTime

UNIX_EPOCH_JULIAN_DAY = 2440587.5
MICROSECONDS_PER_DAY = 86_400_000_000


class DatabaseTime(FunctionElement[datetime]):
    """The moment at which the database evaluates it, and some seconds."""

    name = "database_time"
    type = UtcDateTime()
    inherit_cache = True


def database_time(seconds: float = 0.0) -> DatabaseTime:
    """The database's present moment plus `seconds`, as an SQL expression."""
    return DatabaseTime(literal(seconds, Double))


async def read_clock(session: AsyncSession) -> datetime:
    """The database's present moment."""
    moment: datetime = (await session.execute(select(database_time()))).scalar_one()
    return moment


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    microseconds = f"(julianday('now') - {UNIX_EPOCH_JULIAN_DAY}) * {MICROSECONDS_PER_DAY}"
    return f"CAST(round({microseconds} + {seconds} * 1000000) AS INTEGER)"
