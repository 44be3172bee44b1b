"""Which of a driver's errors mean that the database is away."""

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from api_service.database.sessions import _is_outage


class Driver(Exception):
    """An error as PostgreSQL's driver raises it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("told by the driver")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "is_outage"),
    [
        ("08003", True),  # the connection was closed in the middle of operation
        ("53300", True),  # too many connections
        ("57P01", True),  # the server shuts down
        ("57014", False),  # a statement that took too long: the database is there
        ("23505", False),  # a unique key
        (None, False),
    ],
)
def test_an_outage_is_known_by_its_class(sqlstate: str | None, is_outage: bool) -> None:
    assert _is_outage(DBAPIError("SELECT 1", None, Driver(sqlstate))) is is_outage


def test_an_operational_error_is_an_outage_whatever_the_driver_says() -> None:
    assert _is_outage(OperationalError("SELECT 1", None, Driver(None)))
