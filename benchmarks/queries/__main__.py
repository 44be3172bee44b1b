"""`python -m benchmarks.queries`: how long queries of the language take over many readings."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.execution.site import load_site
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot
from api_service.assistant.types import Moment, Window
from api_service.database.sessions import (
    SessionFactory,
    create_engine,
    session_factory,
    snapshot,
    transaction,
)
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter
from api_service.repositories.aggregates import newest_reading_at
from api_service.repositories.rollup_refresh import refresh_periods
from benchmarks.queries.site import store
from migrations import upgrade_to_head
from shared.settings import load_settings

ZONE = ZoneInfo("Europe/Berlin")
# Slot 0 is a device, 1 yesterday, 2 last month, 3 the week before yesterday, 4 a number, 5 nights, 6 the
# device beside.
ROLLUPS = (
    "value energy these <0> in <1>",
    "value energy in <2>",
    "value power these <0> in <2>",
    "list energy in <1>",
    "which energy most in <2>",
    "list energy per day these <0> in <2>",
    "list energy per day in <2>",
    "when energy per hour_of_day most in <3>",
    "list energy mean per hour_of_day in <2>",
    "compare energy mean per day these <0> where during <5> <5> in <2>",
    "value energy where during <5> in <2>",
    "value power these <0> where on in <3>",
    "list thd most limit <4> in <3>",
    "which power_factor least in <2>",
    "when power max these <0> in <2>",
    "when voltage min in <3>",
    "value on_time these <0> in <2>",
    "list on_time in <3>",
    "value energy these <0> in <2> share",
    "value energy in <1> <3> difference",
    "compare energy these <0> <6> in <2>",
    "whether energy these <0> in <1> usual more",
    "value energy trend these <0> in <2>",
    "value coverage in <2>",
    "value power latest",
    "which power latest most",
    "which state where on",
)
RAW = (
    "value power median these <0> in <1>",
    "value power p95 these <0> in <3>",
    "value switch_ons these <0> in <3>",
    "when power max in <1>",
    "whether voltage these <0> where below <4> in <3>",
    "value duration these <0> where power above <4> in <3>",
)


def main(arguments: list[str] | None = None) -> int:
    """Store a site, ask every query several times and print the milliseconds."""
    parser = argparse.ArgumentParser("python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="readings (default 1000000)")
    parser.add_argument("--devices", type=int, default=20, help="devices (default 20)")
    parser.add_argument("--repeats", type=int, default=5, help="times that each query is asked (default 5)")
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="measure on one kind only")
    parser.add_argument("--keep", metavar="FILE", type=Path, help="keep the SQLite file, or use it again")
    asyncio.run(_run(parser.parse_args(arguments)))
    return 0


async def _run(given: argparse.Namespace) -> None:
    for kind in ("postgresql", "sqlite"):
        if given.only in (None, kind):
            async with _database(kind, given.keep) as url:
                await _measure(kind, url, given)


@asynccontextmanager
async def _database(kind: str, keep: Path | None) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="askwatt-bench-") as folder:
        if kind == "sqlite":
            yield f"sqlite+aiosqlite:///{keep or Path(folder) / 'queries.db'}"
            return
        from tests.support.servers import PostgresServer

        with PostgresServer() as server:
            yield server.url()


async def _measure(kind: str, url: str, given: argparse.Namespace) -> None:
    await upgrade_to_head(url)
    engine = create_engine(load_settings(database_url=url))
    sessions = session_factory(engine)
    async with snapshot(sessions) as session:
        newest = await newest_reading_at(session)
    if newest is None:
        begin = time.perf_counter()
        await store(sessions, given.rows, given.devices)
        async with transaction(sessions) as session:
            await refresh_periods(session, list(range(1, given.devices + 1)))
        print(
            f"{kind}: {given.rows} readings of {given.devices} devices in {time.perf_counter() - begin:.0f} s"
        )
    for name, queries in (("rollups", ROLLUPS), ("raw readings", RAW)):
        took_ms = [await _asked(sessions, text, given.repeats) for text in queries]
        every = np.concatenate(took_ms)
        p50, p95 = np.percentile(every, [50, 95])
        print(f"{kind}, {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms over {len(queries)} queries")
        for text, own in sorted(
            zip(queries, took_ms, strict=True), key=lambda pair: -float(np.median(pair[1]))
        ):
            print(f"  {np.median(own):8.1f} ms  {text}")
    await engine.dispose()


async def _asked(sessions: SessionFactory, text: str, repeats: int) -> np.ndarray:
    """Milliseconds of each repeat but the first, which warms the caches; the site is read each time."""
    took_ms = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        async with snapshot(sessions) as session:
            newest = await newest_reading_at(session)
            assert newest is not None
            site = await load_site(session, Moment(newest + timedelta(microseconds=1), ZONE))
            query = parse(text.replace("<", "<extra_id_"))
            assert isinstance(query, Query)
            try:
                await execute(session, query, _bindings(newest), site)
            except CannotAnswer as refused:
                print(f"  refused: {text}: {refused.refused.reason}")
        took_ms.append(1000 * (time.perf_counter() - begin))
    return np.array(took_ms[1:])


def _bindings(now: datetime) -> Bindings:
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

    def days(first: int, last: int) -> TimeValue:
        start, end = (midnight - timedelta(days=back) for back in (first, last))
        return TimeValue((Window(start.astimezone(UTC), end.astimezone(UTC), "then"),))

    night = TimeFilter((Term((Recurrence(22 * 3600, 6 * 3600),)),))
    return Bindings(
        devices={Slot(0): Subject("device 7", (7,)), Slot(6): Subject("device 8", (8,))},
        times={Slot(1): days(1, 0), Slot(2): days(31, 1), Slot(3): days(8, 1)},
        hours={Slot(5): night},
        numbers={Slot(4): 5.0},
    )


if __name__ == "__main__":
    raise SystemExit(main())
