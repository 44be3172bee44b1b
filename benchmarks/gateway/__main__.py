"""Prints what gateway and queue add to a chat, at 1 to 200 askers at once, with a model that answers at once.

Three things side by side: a question that is answered (one job reads it, one says the answer), one that is
declined (it is only read), and `GET /health/live` (HTTP alone). Each asker asks again as soon as it has its
answer.
"""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np

from launcher.local_redis import start_private_redis
from launcher.processes import ManagedProcess, ProcessSupervisor
from migrations import upgrade_to_head

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
QUESTION = "How much energy did the oven use yesterday?"
OFF_TOPIC = "Who won the football world cup?"
GOAL_MS = 10.0
START_TIMEOUT_S = 60.0

Call = Callable[[httpx.AsyncClient], Awaitable[float]]


@dataclass(frozen=True)
class Line:
    """One line of the table; times in milliseconds."""

    what: str
    askers: int
    per_s: float
    p50_ms: float
    p99_ms: float
    queue_p50_ms: float


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--askers", default="1,8,32,64,200", help="how many ask at once")
    parser.add_argument("--requests", type=int, default=400, help="requests of each measurement")
    parser.add_argument("--database-url", help="an empty database; a SQLite file by default")
    return parser.parse_args()


async def measured(what: str, base_url: str, call: Call, askers: int, requests: int) -> Line:
    """`askers` asking one after the other until `requests` are answered."""
    took_s: list[float] = []
    queue_s: list[float] = []
    left = max(requests, askers * 2)
    limits = httpx.Limits(max_connections=askers, max_keepalive_connections=askers)

    async def asker(client: httpx.AsyncClient) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = time.perf_counter()
            queue_s.append(await call(client))
            took_s.append(time.perf_counter() - began)

    async with httpx.AsyncClient(base_url=base_url, timeout=60, limits=limits) as client:
        await asyncio.gather(*(call(client) for _ in range(min(askers, 8))))  # warm
        began = time.perf_counter()
        await asyncio.gather(*(asker(client) for _ in range(askers)))
        wall_s = time.perf_counter() - began
    p50, p99 = np.percentile(np.array(took_s) * 1000, [50, 99])
    return Line(what, askers, len(took_s) / wall_s, p50, p99, float(np.median(queue_s)) * 1000)


def asking(text: str, answered_by: str) -> Call:
    """A call that asks `text` and gives the seconds it waited for the model; raises for another speaker."""

    async def call(client: httpx.AsyncClient) -> float:
        answer = await client.post("/api/chat/", json={"user_message": text})
        if answer.status_code != httpx.codes.OK or answer.json()["answered_by"] != answered_by:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        return float(answer.json()["timings"]["queue_s"])

    return call


async def live(client: httpx.AsyncClient) -> float:
    """HTTP alone."""
    (await client.get("/health/live")).raise_for_status()
    return 0.0


async def fill(base_url: str) -> None:
    """Two days of an oven at 1.5 kW and a fridge at 100 W."""
    rows = [
        {
            "timestamp": (NOW - timedelta(minutes=10 * step)).isoformat(),
            "cluster": cluster,
            "real_power_watt": power_w,
            "device_state": "on",
            "device_name": name,
        }
        for step in range(6 * 48 + 1)
        for cluster, name, power_w in ((1, "Oven", 1500.0), (2, "Fridge", 100.0))
    ]
    async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
        (await client.post("/api/readings/", json=rows)).raise_for_status()


async def until_ready(base_url: str, supervisor: ProcessSupervisor) -> None:
    """Wait for gateway and worker."""
    deadline = time.monotonic() + START_TIMEOUT_S
    async with httpx.AsyncClient(base_url=base_url) as client:
        while time.monotonic() < deadline:
            supervisor.check()
            try:
                if (await client.get("/health/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise RuntimeError("gateway and worker did not become ready")


async def run(folder: Path, supervisor: ProcessSupervisor, options: argparse.Namespace) -> list[Line]:
    """Start everything, measure, return the table."""
    database_url = options.database_url or f"sqlite+aiosqlite:///{folder}/bench.db"
    await upgrade_to_head(database_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "REDIS_URL": start_private_redis(supervisor, folder, folder / "redis.log"),
        "DATABASE_URL": database_url,
        "CLOCK": "latest",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "CHAT_MAX_WAITING": "1000",
        "MAX_BATCH": "256",
    }
    for module in ("benchmarks.gateway.instant_worker", "api_service.main"):
        command = [sys.executable, "-m", module]
        supervisor.start(ManagedProcess(module, command, folder / f"{module}.log", environment))
    base_url = f"http://127.0.0.1:{port}"
    await until_ready(base_url, supervisor)
    await fill(base_url)
    calls = {
        "answered": asking(QUESTION, "model"),
        "declined": asking(OFF_TOPIC, "facts"),
        "HTTP alone": live,
    }
    lines = []
    for askers in (int(count) for count in options.askers.split(",")):
        for what, call in calls.items():
            lines.append(await measured(what, base_url, call, askers, options.requests))
            print_line(lines[-1])
    return lines


def print_line(line: Line) -> None:
    """One row of the table."""
    print(
        f"{line.what:<18} {line.askers:>6} {line.per_s:>9.0f} {line.p50_ms:>9.2f} {line.p99_ms:>9.2f} "
        f"{line.queue_p50_ms:>13.2f}",
        flush=True,
    )


def main() -> int:
    """Measure and print; 1 where the goal at the median is missed."""
    options = arguments()
    print(f"{'':<18} {'askers':>6} {'per s':>9} {'p50 ms':>9} {'p99 ms':>9} {'queue p50 ms':>13}")
    supervisor = ProcessSupervisor(lambda text: print(text, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="askwatt-bench-") as folder:
        try:
            lines = asyncio.run(run(Path(folder), supervisor, options))
        finally:
            supervisor.stop()
    alone = {line.what: line for line in lines if line.askers == lines[0].askers}
    added_ms = alone["answered"].p50_ms - alone["HTTP alone"].p50_ms
    queue_ms = alone["answered"].queue_p50_ms
    print(
        f"added to a chat, {lines[0].askers} asker: {added_ms:.1f} ms at the median over bare HTTP "
        f"(queue and worker {queue_ms:.1f} ms); goal {GOAL_MS:.0f} ms, ratio {added_ms / GOAL_MS:.2f}"
    )
    return 0 if added_ms <= GOAL_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
