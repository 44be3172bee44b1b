"""PostgreSQL: pg_dump of one snapshot while others write; pg_restore into a new database; renames."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from launcher.backups.errors import DATABASE_ERRORS, BackupProblem, reason_of
from launcher.backups.figures import Figures, figures_at, figures_of
from launcher.backups.stamps import is_abandoned, stamp_of

SUFFIX = ".dump"
MAINTENANCE = "postgres"  # a database that every server has


async def dump(database_url: str, target: Path) -> Figures:
    """Dump the database as it is at one moment; what it then held, counted in the same snapshot."""
    engine = create_async_engine(database_url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
            figures = await figures_of(connection, database_url)
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            await _run("pg_dump", database_url, [*options, f"--file={target}"])
    finally:
        await engine.dispose()
    return figures


@asynccontextmanager
async def fresh_place(database_url: str, moment: datetime) -> AsyncIterator[str]:
    """The URL of a new database on the same server; dropped at the end, where it still has this name."""
    url = make_url(database_url)
    trial = f"{url.database}_verify_"
    for left in await _databases(url, trial):
        if is_abandoned(left.removeprefix(trial), moment):
            await _drop(url, left)
    name = f"{trial}{stamp_of(moment)}"
    await _execute(url, f"CREATE DATABASE {_quoted(name)} TEMPLATE template0")
    try:
        yield _text(url.set(database=name))
    finally:
        await _drop(url, name)


async def load(backup: Path, database_url: str) -> None:
    """Restore into an empty database, all or nothing."""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    name = make_url(database_url).database
    await _run("pg_restore", database_url, [*options, f"--dbname={name}", str(backup)])


async def exists(database_url: str) -> bool:
    """Whether the server has this database."""
    url = make_url(database_url)
    return url.database in await _databases(url, str(url.database))


async def is_empty(database_url: str) -> bool:
    """Whether nothing is there that a restore would put aside."""
    return not await exists(database_url) or not (await figures_at(database_url)).rows


async def swap(restored_url: str, database_url: str, moment: datetime) -> str | None:
    """Rename the present database aside, the restored one into its place; where the present one lies."""
    url = make_url(database_url)
    name, aside = str(url.database), f"{url.database}_before_{stamp_of(moment)}"
    had_one = await exists(database_url)
    if had_one:
        await _rename(url, name, aside)
    try:
        await _rename(url, str(make_url(restored_url).database), name)
    except BackupProblem:
        if had_one:
            await _rename(url, aside, name)
        raise
    return aside if had_one else None


async def _databases(url: URL, prefix: str) -> list[str]:
    """The server's databases whose names begin like this."""
    statement = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
    engine = create_async_engine(url.set(database=MAINTENANCE), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return list(await connection.scalars(statement, {"prefix": prefix}))
    finally:
        await engine.dispose()


async def _drop(url: URL, name: str) -> None:
    """Remove a trial, also from under a pg_restore that was just ended."""
    await _execute(url, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


async def _rename(url: URL, name: str, new_name: str) -> None:
    try:
        await _execute(url, f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(new_name)}")
    except BackupProblem as error:
        raise BackupProblem(f"{error}; stop the gateways and whoever else is connected") from error


async def _execute(url: URL, statement: str) -> None:
    engine = create_async_engine(
        url.set(database=MAINTENANCE), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    except DATABASE_ERRORS as error:
        reason = reason_of(error).partition("\n")[0]
        raise BackupProblem(f"{statement.split(' TEMPLATE', maxsplit=1)[0]}: {reason}") from error
    finally:
        await engine.dispose()


async def _run(program: str, database_url: str, options: list[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes through its environment, where `ps` shows none."""
    path = shutil.which(program)
    if path is None:
        raise BackupProblem(f"{program} is not installed (Debian, Ubuntu: `apt install postgresql-client`)")
    process = await asyncio.create_subprocess_exec(
        path, *options, stdout=DEVNULL, stderr=PIPE, env=_environment(database_url)
    )
    try:
        _, errors = await process.communicate()
    finally:
        if process.returncode is None:  # whoever waits was told to end
            process.kill()
            await process.wait()
    if process.returncode:
        raise BackupProblem(f"{program} failed: {errors.decode(errors='replace').strip()}")


def _environment(database_url: str) -> dict[str, str]:
    url = make_url(database_url)
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("ssl"),
    }
    return {**os.environ, **{name: str(value) for name, value in given.items() if value}}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
