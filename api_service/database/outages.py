"""Which errors mean that the database cannot serve for now, and what is said of them.

Errors come wrapped by SQLAlchemy, bare from the drivers where rows go to them in bulk, and as `OSError` from
the network or from files that are written within a transaction.
"""

import errno
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import DatabaseBusy, DatabaseUnavailable, StatementTooSlow, Unavailable

NO_ANSWER = "The database does not answer; check DATABASE_URL and that it runs."
BUSY = "The database is busy: too many requests at once, or one that does not end; send this again."
NO_SPACE = "The disk of the database is full; free space on it, and send this again: nothing was stored."
NO_SPACE_FOR_FILES = "A disk of this server is full; free space on it, and send this again."
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# PostgreSQL's classes: 08 connection lost, 53 out of resources, 57P shutting down or starting up, 25006 read
# only, XX001 a damaged block, 58030 a file that cannot be read or written.
_OUTAGES = ("08", "53", "57P", "25006", "XX001", "58030")
STATEMENT_TIMEOUT = "57014"
# Two transactions that cannot both go on: serialization, deadlock, a lock not to be had.
_CONTENDED = frozenset({"40001", "40P01", "55P03"})
_LOST = (OperationalError, InterfaceError, sqlite3.OperationalError)


def driver_errors(*names: str) -> tuple[type[Exception], ...]:
    """These exceptions of asyncpg; none where it was not loaded, as on SQLite."""
    driver = sys.modules.get("asyncpg")
    return tuple(getattr(driver, name) for name in names) if driver else ()


@asynccontextmanager
async def translated_outages() -> AsyncIterator[None]:
    """Turn an outage of the database inside the block into `DatabaseUnavailable`; other errors pass.

    `DatabaseBusy` and `StatementTooSlow` where it has too much to do: sent again, it may go well.
    """
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseBusy(BUSY) from error
    except OSError as error:
        raise DatabaseUnavailable(NO_SPACE_FOR_FILES if error.errno in FULL else NO_ANSWER) from error
    except (DBAPIError, sqlite3.Error, *driver_errors("PostgresError", "InterfaceError")) as error:  # type: ignore[misc]
        if (busy := _busy(error)) is None and not is_outage(error):
            raise
        raise (busy or DatabaseUnavailable(outage_sentence(error))) from error


def _busy(error: Exception) -> Unavailable | None:
    """The error to raise where another transaction was in the way, or a statement took too long."""
    if _state(error) == STATEMENT_TIMEOUT:
        return StatementTooSlow(BUSY)
    is_locked = _state(error) in _CONTENDED or _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return DatabaseBusy(BUSY) if is_locked else None


def is_outage(error: Exception) -> bool:
    """Whether an error of SQLAlchemy or of a driver says that the database cannot serve for now."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    is_lost = isinstance(error, (*_LOST, *driver_errors("InterfaceError")))
    return is_lost or _state(error).startswith(_OUTAGES) or _is_damaged(error)


def outage_sentence(error: Exception) -> str:
    """What is the matter with the database, and what helps, for whoever runs it."""
    # SQLite's primary codes: 8 SQLITE_READONLY, 13 SQLITE_FULL, 14 SQLITE_CANTOPEN.
    state, code = _state(error), _code(error)
    if state == "53100" or code == 13:
        return NO_SPACE
    if state == "25006" or code == 8:
        return "The database can only be read; check the rights of its file, or that it is no standby."
    if code == 14:
        return "The file of DATABASE_URL cannot be opened; check its folder, and the rights of both."
    if state == "58030":
        return "The database cannot use its disk; see the server log of PostgreSQL."
    if state == "XX001" or _is_damaged(error):
        return "The database is damaged; stop everything, keep its files, and restore a backup."
    return NO_ANSWER


def _is_damaged(error: Exception) -> bool:
    # SQLITE_CORRUPT and SQLITE_NOTADB.
    return _code(error) in {11, 26}


def _driver_error(error: Exception) -> BaseException:
    return error.orig or error if isinstance(error, DBAPIError) else error


def _state(error: Exception) -> str:
    return str(getattr(_driver_error(error), "sqlstate", None) or "")


def _code(error: Exception) -> int:
    """SQLite's primary code, the low byte of its error code; 0 for other databases."""
    return int(getattr(_driver_error(error), "sqlite_errorcode", 0)) & 0xFF
