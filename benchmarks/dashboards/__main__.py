"""`python -m benchmarks.dashboards`: milliseconds of the page's questions beside plain SQL over the raw rows.

Ours is asked over HTTP (in this process, so without a network), the peer is one statement on the database.
Medians of one run; a ratio above 1 means that ours is quicker. "statements" is the part of ours that waits
for the database, "CPU" what this process computes, which means something on a busy machine too. Given several
numbers of rows, the last table says how much longer the most take than the fewest: 1 is flat.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import httpx
from sqlalchemy import event, text
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
    parser.add_argument("--period", type=int, default=60, help="seconds between readings (default 60)")
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="measure on one kind only")
    given = parser.parse_args(arguments)
    for kind in ("postgresql", "sqlite"):
        if given.only in (None, kind):
            runs = [asyncio.run(_measure(kind, rows, given.devices, given.period)) for rows in given.rows]
            _print_growth(kind, given.rows, runs)
    return 0


@dataclass(frozen=True)
class Took:
    """Medians in milliseconds: of the whole request, of waiting for statements, of this process's CPU."""

    wall: float
    statements: float
    cpu: float


async def _measure(kind: str, rows: int, devices: int, period_s: int) -> dict[str, Took]:
    found = {}
    async with _database(kind) as settings:
        engine = create_engine(settings)
        last_us = await store(session_factory(engine), rows, devices, period_s)
        waits = _Waits(engine)
        print(f"\n{kind}, {rows:,} rows of {devices} devices: ms, median of {REPEATS}")
        print(f"{'':<36}{'ours':>9}{'statements':>12}{'CPU':>8}{'raw SQL':>10}{'ratio':>8}")
        async with _client(settings, engine) as client:
            for question in questions(kind, last_us):
                ours = found[question.name] = await _median(partial(_ask, client, question), waits)
                peer = (await _median(partial(_execute, engine, question.sql), waits)).wall
                print(
                    f"{question.name:<36}{ours.wall:>9.1f}{ours.statements:>12.1f}{ours.cpu:>8.1f}"
                    f"{peer:>10.1f}{peer / ours.wall:>8.1f}"
                )
        await engine.dispose()
    return found


def _print_growth(kind: str, rows: Sequence[int], runs: Sequence[Mapping[str, Took]]) -> None:
    if len(runs) < 2:
        return
    fewest, most = (pick(range(len(rows)), key=rows.__getitem__) for pick in (min, max))
    print(f"\n{kind}, {rows[most]:,} rows beside {rows[fewest]:,}: times as long")
    print(f"{'':<36}{'ours':>9}{'statements':>12}{'CPU':>8}")
    for name, few in runs[fewest].items():
        many = runs[most][name]
        print(
            f"{name:<36}{many.wall / few.wall:>9.2f}{many.statements / few.statements:>12.2f}"
            f"{many.cpu / few.cpu:>8.2f}"
        )


class _Waits:
    """How long an engine has waited for statements."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.total_s = 0.0
        event.listen(engine.sync_engine, "before_cursor_execute", self._begin)
        event.listen(engine.sync_engine, "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self._begun = time.perf_counter()

    def _end(self, *_: object) -> None:
        self.total_s += time.perf_counter() - self._begun


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


async def _median(call: Callable[[], Awaitable[None]], waits: _Waits) -> Took:
    took = []
    for _ in range(REPEATS):
        begun, cpu_s, waited_s = time.perf_counter(), time.process_time(), waits.total_s
        await call()
        took.append(
            (time.perf_counter() - begun, waits.total_s - waited_s, time.process_time() - cpu_s),
        )
    return Took(*(1000 * median(column) for column in zip(*took, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
