"""`python -m benchmarks.importer`: rows per second of our import beside the usual ways to load a CSV file."""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.importer.peers import BARE, bare_table
from benchmarks.importer.readings import write_csv
from migrations import upgrade_to_head

LABELS = {
    "ours": "our import, new data",
    "again": "our import, all stored already",
    "copy": "psql \\copy, bare table",
    "executemany": "csv + executemany, bare table",
    "core": "csv + SQLAlchemy Core, bare table",
    "pandas": "pandas.to_sql, bare table",
}


@dataclass(frozen=True)
class Figure:
    """What one way of loading took."""

    way: str
    rows_per_s: float
    peak_bytes: int


def main(arguments: list[str] | None = None) -> int:
    """Measure on PostgreSQL and SQLite and print the ratios."""
    given = _parser().parse_args(arguments)
    asyncio.run(_run(given))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.importer", description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000, help="rows of the file (default 300000)")
    parser.add_argument("--devices", type=int, default=100, help="devices in the file (default 100)")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql+asyncpg:// URL of a server on which databases may be made (default: one of its own)",
    )
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="measure on one kind only")
    return parser


async def _run(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="askwatt-bench-") as name:
        folder = Path(name)
        file = folder / "readings.csv"
        write_csv(file, given.rows, given.devices)
        size_mb = file.stat().st_size / 1e6
        print(f"{given.rows} rows of {given.devices} devices, {size_mb:.0f} MB")
        if given.only != "sqlite":
            async with _postgresql(given.database) as url:
                figures = await _measure(url, file, given.rows, ("copy", "core", "ours", "again"))
            _print("PostgreSQL", figures, "copy")
        if given.only != "postgresql":
            ways = ("executemany", "core", "pandas", "ours", "again")
            _print("SQLite", await _measure_sqlite(folder, file, given.rows, ways), "executemany")


@asynccontextmanager
async def _postgresql(server_url: str | None) -> AsyncIterator[str]:
    """An empty, migrated database with a bare table beside, on the given server or one of our own."""
    async with AsyncExitStack() as cleanup:
        if server_url is None:
            from tests.support.servers import PostgresServer

            server_url = cleanup.enter_context(PostgresServer()).url()
        name = "askwatt_import_benchmark"
        await _execute(server_url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        cleanup.push_async_callback(_execute, server_url, f"DROP DATABASE {name} WITH (FORCE)")
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        await _prepare(url)
        yield url


async def _measure_sqlite(folder: Path, file: Path, rows: int, ways: tuple[str, ...]) -> list[Figure]:
    figures = []
    for way in ways:
        # Each way its own file, but for `again`, which finds what `ours` has stored.
        url = f"sqlite+aiosqlite:///{folder}/{'ours' if way == 'again' else way}.db"
        await _prepare(url)
        figures += await _measure(url, file, rows, (way,))
    return figures


async def _prepare(url: str) -> None:
    await upgrade_to_head(url)
    table = bare_table(is_sqlite=url.startswith("sqlite")).replace(
        "CREATE TABLE", "CREATE TABLE IF NOT EXISTS"
    )
    await _execute(url, table)


async def _execute(url: str, *statements: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


async def _measure(url: str, file: Path, rows: int, ways: tuple[str, ...]) -> list[Figure]:
    figures = []
    for way in ways:
        await _empty_bare_table(url)
        command = [sys.executable, "-m", "benchmarks.importer.peers", way, str(file), url]
        done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
        took = json.loads(done.stdout.splitlines()[-1])
        figures.append(Figure(way, rows / took["seconds"], took["peak_bytes"]))
    return figures


async def _empty_bare_table(url: str) -> None:
    await _execute(url, f"DELETE FROM {BARE}" if url.startswith("sqlite") else f"TRUNCATE {BARE}")


def _print(database: str, figures: list[Figure], peer: str) -> None:
    base = next(figure.rows_per_s for figure in figures if figure.way == peer)
    print(f"\n{database:<34}{'rows/s':>10}{'ratio':>8}{'peak MB':>10}")
    for figure in figures:
        peak = f"{figure.peak_bytes / 1e6:>10.0f}" if figure.way != "copy" else f"{'-':>10}"
        print(f"{LABELS[figure.way]:<34}{figure.rows_per_s:>10,.0f}{figure.rows_per_s / base:>8.2f}{peak}")


if __name__ == "__main__":
    sys.exit(main())
