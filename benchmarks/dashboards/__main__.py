"""`python -m benchmarks.dashboards`: milliseconds of the page's questions beside plain SQL over the raw rows.

Ours is asked over HTTP (in this process, so without a network), the peer is one statement on the database.
Medians of one run; a ratio above 1 means that ours is quicker.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import create_engine, session_factory
from api_service.main import create_app
from api_service.services.data_service import DataService
from api_service.services.device_service import DeviceService
from api_service.services.plot_service import PlotService
from benchmarks.dashboards.peers import Question, questions
from benchmarks.dashboards.stored import store
from migrations import upgrade_to_head
from shared.settings import Clock, Settings, load_settings

REPEATS = 15


def main(arguments: list[str] | None = None) -> int:
    """Fill databases, ask, print ratios."""
    parser = argparse.ArgumentParser("python -m benchmarks.dashboards", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000], help="readings (default 200000)")
    parser.add_argument("--devices", type=int, default=20, help="devices (default 20)")
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="measure on one kind only")
    given = parser.parse_args(arguments)
    for rows in given.rows:
        for kind in ("postgresql", "sqlite"):
            if given.only in (None, kind):
                asyncio.run(_measure(kind, rows, given.devices))
    return 0


async def _measure(kind: str, rows: int, devices: int) -> None:
    async with _database(kind) as settings:
        engine = create_engine(settings)
        last_us = await store(session_factory(engine), rows, devices)
        print(f"\n{kind}, {rows:,} rows of {devices} devices: ms, median of {REPEATS}")
        print(f"{'':<36}{'ours':>9}{'raw SQL':>10}{'ratio':>8}")
        async with _client(settings, engine) as client:
            for question in questions(kind, last_us):
                ours = await _median_ms(partial(_ask, client, question))
                peer = await _median_ms(partial(_execute, engine, question.sql))
                print(f"{question.name:<36}{ours:>9.1f}{peer:>10.1f}{peer / ours:>8.1f}")
        await engine.dispose()


@asynccontextmanager
async def _database(kind: str) -> AsyncIterator[Settings]:
    async with AsyncExitStack() as cleanup:
        if kind == "postgresql":
            from tests.support.servers import PostgresServer

            url = cleanup.enter_context(PostgresServer()).url()
        else:
            folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="askwatt-bench-"))
            url = f"sqlite+aiosqlite:///{Path(folder) / 'dashboards.db'}"
        await upgrade_to_head(url)
        yield load_settings(database_url=url, clock=Clock.LATEST)


@asynccontextmanager
async def _client(settings: Settings, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    sessions = session_factory(engine)
    app = create_app(settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    app.state.services = SimpleNamespace(
        settings=settings,
        data=DataService(sessions, settings),
        devices=DeviceService(sessions, settings),
        plots=PlotService(sessions, settings),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def _ask(client: httpx.AsyncClient, question: Question) -> None:
    answer = await client.get(question.path, params=question.query)
    answer.raise_for_status()


async def _execute(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        (await connection.execute(text(statement))).all()


async def _median_ms(call: Callable[[], Awaitable[None]]) -> float:
    took = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        await call()
        took.append(1000 * (time.perf_counter() - begun))
    return median(took)


if __name__ == "__main__":
    sys.exit(main())
