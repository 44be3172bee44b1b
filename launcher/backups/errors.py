"""Why a backup or a restore ended."""

import sqlite3

import asyncpg
from sqlalchemy.exc import SQLAlchemyError


class BackupProblem(Exception):
    """What is in the way, with what helps; nothing that was there before has been changed."""


# SQLAlchemy passes on as they are what drivers raise while they connect.
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
FAILURES = (BackupProblem, *DATABASE_ERRORS)


def reason_of(failure: BaseException) -> str:
    """The driver's or the server's own sentence, without SQLAlchemy's around it."""
    origin = getattr(failure, "orig", None) or failure
    return str(origin) or type(origin).__name__  # a TimeoutError has no words
