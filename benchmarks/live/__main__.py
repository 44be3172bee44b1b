"""`python -m benchmarks.live`: readings a second over HTTP in batches of 1,000, committed, by format.

One gateway process, one client that waits for each answer. The peer writes the same rows into the same
database in the same run by SQLAlchemy Core's executemany, without HTTP, validation, names, rollups and gaps.
At last a device's life (`--history` rows) is stored: posts for it must take as long as for a new one.
"""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

import httpx

from benchmarks.live.bodies import FORMATS, as_json, rows
from benchmarks.live.peers import insert_history, insert_rows, peer_engine
from launcher.processes import ManagedProcess, ProcessSupervisor
from migrations import upgrade_to_head

GOAL_PER_S = 20_000
FLAT = 1.3
START_S = 90.0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.live", description=__doc__)
    parser.add_argument("--batches", type=int, default=20, help="batches of each format (default 20)")
    parser.add_argument("--size", type=int, default=1000, help="readings of a batch (default 1000)")
    parser.add_argument("--devices", type=int, default=20, help="devices (default 20)")
    parser.add_argument(
        "--history", type=int, default=1_000_000, help="rows of a device's life (default 1 M)"
    )
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="measure on one kind only")
    return parser.parse_args()


def main() -> int:
    """Measure on both databases; 1 where a goal is missed."""
    options = arguments()
    kinds = [kind for kind in ("postgresql", "sqlite") if options.only in (None, kind)]
    reached = [asyncio.run(measure(kind, options)) for kind in kinds]
    return 0 if all(reached) else 1


async def measure(kind: str, options: argparse.Namespace) -> bool:
    """One table; whether its goals are reached."""
    async with database(kind) as url, gateway(url) as http:
        print(f"\n{kind}: readings a second, batches of {options.size}, {options.devices} devices, medians")
        rates = {}
        for place, name in enumerate(FORMATS):
            rates[name] = await rate(http, name, place, options)
            print(
                f"  {name:<16}{rates[name]:>10,.0f}{rates[name] / GOAL_PER_S:>8.2f} of the goal", flush=True
            )
        peer = await peer_rate(url, options)
        print(f"  {'Core, bare rows':<16}{peer:>10,.0f}{'':>8} ours/peer {rates['JSON'] / peer:.2f}")
        new_ms = await post_ms(http, cluster=8000)
        await insert_history(url, "Aged", 9000, options.history)
        old_ms = await post_ms(http, cluster=9000)
    ratio = old_ms / new_ms
    aged = f"{options.history:,} readings old"
    print(f"  a post of ten readings: new device {new_ms:.1f} ms, {aged} {old_ms:.1f} ms")
    print(f"  ratio {ratio:.2f} (at most {FLAT})")
    return rates["JSON"] >= GOAL_PER_S and ratio <= FLAT


async def rate(http: httpx.AsyncClient, name: str, place: int, options: argparse.Namespace) -> float:
    """Readings a second of one format, from the median time of a batch."""
    path, media_type, encode = FORMATS[name]
    first = place * (options.batches + 1)
    took_s = []
    for batch in range(first, first + options.batches + 1):
        body = encode(rows(batch, options.size, options.devices))
        begun = time.perf_counter()
        answer = await http.post(path, content=body, headers={"content-type": media_type})
        took_s.append(time.perf_counter() - begun)
        check(answer, options.size)
    return float(options.size / median(took_s[1:]))  # the first one meets new devices


def check(answer: httpx.Response, size: int) -> None:
    """Raise unless the whole batch was stored as new; line protocol says so by 204 without a word."""
    answer.raise_for_status()
    if answer.status_code == httpx.codes.NO_CONTENT:
        return
    outcome = answer.json()
    if outcome["accepted"] != size:
        raise RuntimeError(f"of {size} readings {outcome['accepted']} were accepted: {answer.text[:300]}")


async def peer_rate(url: str, options: argparse.Namespace) -> float:
    """Readings a second of the peer."""
    engine = await peer_engine(url)
    took_s = []
    for batch in range(options.batches):
        readings = rows(batch, options.size, options.devices)
        begun = time.perf_counter()
        await insert_rows(engine, readings)
        took_s.append(time.perf_counter() - begun)
    await engine.dispose()
    return float(options.size / median(took_s))


async def post_ms(http: httpx.AsyncClient, cluster: int) -> float:
    """Milliseconds of a post of ten new readings of one device, at the median of thirty."""
    took_s = []
    for batch in range(31):
        body = as_json([{**row, "cluster": cluster} for row in rows(batch, 10, 1)])
        begun = time.perf_counter()
        answer = await http.post("/api/readings/", content=body, headers={"content-type": "application/json"})
        took_s.append(time.perf_counter() - begun)
        check(answer, 10)
    return 1000 * median(took_s[1:])


@asynccontextmanager
async def database(kind: str) -> AsyncIterator[str]:
    """The URL of an empty, migrated database."""
    async with AsyncExitStack() as cleanup:
        if kind == "postgresql":
            from tests.support.servers import PostgresServer

            url = cleanup.enter_context(PostgresServer()).url()
        else:
            folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="askwatt-bench-"))
            url = f"sqlite+aiosqlite:///{Path(folder) / 'live.db'}"
        await upgrade_to_head(url)
        yield url


@asynccontextmanager
async def gateway(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway process that serves the database; it needs no Redis for readings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": url, "PORT": str(port), "LOG_LEVEL": "ERROR"}
    supervisor = ProcessSupervisor(lambda text: print(text, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="askwatt-bench-") as folder:
        command = [sys.executable, "-m", "api_service.main"]
        supervisor.start(ManagedProcess("gateway", command, Path(folder) / "log", environment))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as http:
                await until_serving(http, supervisor)
                yield http
        finally:
            supervisor.stop()


async def until_serving(http: httpx.AsyncClient, supervisor: ProcessSupervisor) -> None:
    """Wait for the gateway."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        supervisor.check()
        try:
            if (await http.get("/health/live")).is_success:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    raise RuntimeError("the gateway did not start")


if __name__ == "__main__":
    raise SystemExit(main())
