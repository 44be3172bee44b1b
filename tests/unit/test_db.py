"""Which of a driver's errors mean that the database is away, and what is said of them."""

import errno
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from api_service.database.outages import is_outage, outage_sentence, translated_outages
from shared.errors import DatabaseBusy, DatabaseUnavailable, StatementTooSlow


class Driver(Exception):
    """An error as PostgreSQL's driver raises it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("told by the driver")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("08003", True),  # the connection was closed in the middle of operation
        ("53300", True),  # too many connections
        ("57P01", True),  # the server shuts down
        ("57014", False),  # a statement that took too long: the database is there
        ("23505", False),  # a unique key
        (None, False),
    ],
)
def test_an_outage_is_known_by_its_class(sqlstate: str | None, expected: bool) -> None:
    assert is_outage(DBAPIError("SELECT 1", None, Driver(sqlstate))) is expected


def test_an_operational_error_is_an_outage_whatever_the_driver_says() -> None:
    assert is_outage(OperationalError("SELECT 1", None, Driver(None)))


def sqlite_error(path: Path, fault: str) -> sqlite3.Error:
    """The error of SQLite itself for a file that is full, read-only, damaged or not to be opened."""
    with sqlite3.connect(path) as whole:
        whole.execute("CREATE TABLE one (text)")
    whole.close()
    if fault == "damaged":
        path.write_bytes(b"this is no database " * 500)
    address = {"read-only": f"file:{path}?mode=ro", "not there": f"file:{path.parent}/none/a?mode=rw"}
    try:
        connection = sqlite3.connect(address.get(fault, f"file:{path}"), uri=True)
        connection.execute("PRAGMA max_page_count = 2" if fault == "full" else "SELECT 1")
        connection.execute("INSERT INTO one VALUES (?)", ["x" * 100_000])
    except sqlite3.Error as error:
        return error
    raise AssertionError("nothing was at fault")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("full", "free space"),
        ("read-only", "can only be read"),
        ("damaged", "restore a backup"),
        ("not there", "cannot be opened"),
    ],
)
def test_fault_of_a_sqlite_file_is_told_with_what_helps(tmp_path: Path, fault: str, words: str) -> None:
    bare = sqlite_error(tmp_path / "a.db", fault)
    for error in (bare, DBAPIError.instance("INSERT", None, bare, sqlite3.Error)):
        assert is_outage(error)
        assert words in outage_sentence(error)


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("53100", "free space"),
        ("25006", "can only be read"),
        ("XX001", "restore a backup"),
        ("08006", "runs"),
    ],
)
def test_fault_of_postgresql_is_told_with_what_helps(sqlstate: str, words: str) -> None:
    error = DBAPIError("INSERT", None, Driver(sqlstate))
    assert is_outage(error)
    assert words in outage_sentence(error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.DiskFullError("could not extend file"), "disk of the database is full"),
        (asyncpg.ConnectionDoesNotExistError("closed"), "does not answer"),
        (asyncpg.InterfaceError("the connection is closed"), "does not answer"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk of this server is full"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "does not answer"),
    ],
)
async def test_outage_told_by_a_driver_itself_is_the_database_away(error: Exception, words: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=words):
        async with translated_outages():
            raise error


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (asyncpg.QueryCanceledError("statement timeout"), StatementTooSlow),
        (asyncpg.DeadlockDetectedError("deadlock"), DatabaseBusy),
        (asyncpg.SerializationError("could not serialize"), DatabaseBusy),
        (asyncpg.LockNotAvailableError("locked"), DatabaseBusy),
    ],
)
async def test_what_may_go_well_the_next_time_is_the_database_busy(
    error: Exception, raised: type[Exception]
) -> None:
    for each in (error, DBAPIError.instance("INSERT", None, error, asyncpg.PostgresError)):
        with pytest.raises(raised, match="busy"):
            async with translated_outages():
                raise each


async def test_sqlite_file_that_another_writes_is_the_database_busy(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as first:
        first.execute("BEGIN EXCLUSIVE")
        second = sqlite3.connect(tmp_path / "a.db", timeout=0.0)
        with pytest.raises(DatabaseBusy, match="busy"):
            async with translated_outages():
                second.execute("BEGIN IMMEDIATE")
        second.close()
        first.execute("ROLLBACK")


async def test_error_of_a_driver_that_is_no_outage_passes() -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with translated_outages():
            raise asyncpg.UniqueViolationError("twice")
