"""The ways to load a file that are compared, each run as a process of its own: `… peers WAY FILE URL`.

Each prints one JSON line: seconds of loading (without the start of the process) and its peak memory.
"""

import asyncio
import csv
import importlib
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from api_service.metering.moments import from_epoch_us
from benchmarks.importer.readings import COLUMNS

BARE = "bare"
BATCH_ROWS = 50_000
_NUMBERS = dict.fromkeys(COLUMNS[1:10], "double precision")
_TYPES = {"timestamp": "timestamptz", **_NUMBERS, "cluster": "integer", "device_state": "text"}


def bare_table(*, is_sqlite: bool) -> str:
    """The statement that makes a table of the shape of `electrical_data`, indexes included."""
    key = "id INTEGER PRIMARY KEY" if is_sqlite else "id bigserial PRIMARY KEY"
    columns = ", ".join(f'"{name}" {kind}' for name, kind in _TYPES.items())
    return f'CREATE TABLE {BARE} ({key}, {columns}, UNIQUE (cluster, "timestamp"))'


async def ours(file: Path, url: str) -> None:
    """The project's import: recognised, validated, deduplicated, rolled up, resumable."""
    from api_service.database.sessions import create_engine, session_factory
    from api_service.services.import_service import ImportService
    from api_service.services.imports.options import ImportOptions
    from shared.settings import load_settings

    settings = load_settings(database_url=url)
    engine = create_engine(settings)
    await ImportService(session_factory(engine), settings).import_file(file, ImportOptions())
    await engine.dispose()


async def copy(file: Path, url: str) -> None:
    """`psql \\copy` into the bare table; the driver's own COPY where there is no psql."""
    plain = url.replace("+asyncpg", "")
    psql = shutil.which("psql")
    if psql:
        command = f"\\copy {BARE} ({', '.join(COLUMNS)}) FROM '{file}' CSV HEADER"
        await asyncio.to_thread(subprocess.run, [psql, "-q", "-d", plain, "-c", command], check=True)
        return
    import asyncpg

    connection = await asyncpg.connect(plain)
    await connection.copy_to_table(BARE, source=file, columns=COLUMNS, format="csv", header=True)
    await connection.close()


async def executemany(file: Path, url: str) -> None:
    """Python's csv module and `executemany` into the bare SQLite table, one transaction."""
    marks = ", ".join("?" for _ in COLUMNS)
    statement = f"INSERT INTO {BARE} ({', '.join(COLUMNS)}) VALUES ({marks})"
    with sqlite3.connect(_sqlite_path(url)) as connection, file.open(newline="") as lines:
        rows = _typed(csv.reader(lines))
        next(rows)
        while batch := list(islice(rows, BATCH_ROWS)):
            connection.executemany(statement, batch)


async def core(file: Path, url: str) -> None:
    """Python's csv module and SQLAlchemy Core's many inserts into the bare table, one transaction."""
    table = sa.table(BARE, *(sa.column(name) for name in COLUMNS))
    is_sqlite = url.startswith("sqlite")
    engine = create_async_engine(url)
    with file.open(newline="") as lines:
        rows = _typed(csv.reader(lines))
        next(rows)
        async with engine.begin() as connection:
            while batch := list(islice(rows, BATCH_ROWS)):
                if not is_sqlite:
                    batch = [[from_epoch_us(row[0]), *row[1:]] for row in batch]
                given = [dict(zip(COLUMNS, row, strict=True)) for row in batch]
                await connection.execute(sa.insert(table), given)
    await engine.dispose()


async def pandas(file: Path, url: str) -> None:
    """`pandas.read_csv` and `DataFrame.to_sql` into the bare SQLite table."""
    import pandas as pd

    with sqlite3.connect(_sqlite_path(url)) as connection:
        frame = pd.read_csv(file, parse_dates=["timestamp"])
        frame.to_sql(BARE, connection, if_exists="append", index=False)


def _typed(rows: Iterator[list[str]]) -> Iterator[list[Any]]:
    yield list(next(rows))
    for row in rows:
        moment = int(datetime.fromisoformat(row[0]).timestamp() * 1_000_000)
        yield [moment, *map(float, row[1:10]), int(row[10]), row[11]]


def _sqlite_path(url: str) -> str:
    return url.removeprefix("sqlite+aiosqlite:///")


WAYS = {
    "ours": ours,
    "again": ours,
    "copy": copy,
    "core": core,
    "executemany": executemany,
    "pandas": pandas,
}


def main(arguments: list[str]) -> None:
    """Load a file in one way and print what it took."""
    way, file, url = arguments
    _warm_up(way)
    begun = time.perf_counter()
    asyncio.run(WAYS[way](Path(file), url))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_bytes": peak}))


def _warm_up(way: str) -> None:
    """Import what is used, so that no way pays for the start of its libraries."""
    importlib.import_module("pandas" if way == "pandas" else "api_service.services.import_service")


if __name__ == "__main__":
    main(sys.argv[1:])
