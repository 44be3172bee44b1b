"""The services under load: Redis, one worker and one gateway as processes, and the memory that they hold."""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil
from redis.asyncio import Redis

from launcher.local_redis import start_private_redis
from launcher.processes import ManagedProcess, ProcessSupervisor
from migrations import upgrade_to_head

START_S = 240.0
GATEWAY = "api_service.main"
WORKERS = {"real": "inference_worker.main", "instant": "benchmarks.gateway.instant_worker"}


@dataclass(frozen=True)
class Services:
    """Where the gateway listens, and the processes' numbers by name."""

    base_url: str
    processes: Mapping[str, int]
    database_url: str
    redis_url: str

    def memory_mb(self) -> dict[str, float]:
        """The resident memory of each process, in MB; 0 for one that has ended."""
        return {name: _resident_mb(number) for name, number in self.processes.items()}

    def cpu_s(self) -> dict[str, float]:
        """The CPU seconds of each process so far, and of PostgreSQL's."""
        spent = {name: sum(psutil.Process(number).cpu_times()[:2]) for name, number in self.processes.items()}
        if server := [child for child in psutil.Process().children() if child.name() == "postgres"]:
            # The server's processes that have ended count for their parent.
            spent["database"] = sum(server[0].cpu_times()[:4]) + sum(
                sum(child.cpu_times()[:2]) for child in server[0].children()
            )
        return spent

    async def stored_bytes(self) -> dict[str, int]:
        """The bytes of the database, on SQLite with its log, and of Redis' data."""
        redis = Redis.from_url(self.redis_url)
        used = int((await redis.info("memory"))["used_memory"])
        await redis.aclose()
        return {"database": await _database_bytes(self.database_url), "redis": used}


@asynccontextmanager
async def services(kind: str, worker: str, streams: int) -> AsyncIterator[Services]:
    """Everything started on a database of `kind`, ready, and stopped on the way out."""
    supervisor = ProcessSupervisor(lambda text: print(text, file=sys.stderr))
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="askwatt-load-")))
        url = _database_url(kind, folder, cleanup)
        await upgrade_to_head(url)
        cleanup.callback(supervisor.stop)
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": start_private_redis(supervisor, folder, folder / "redis.log"),
            "PORT": str(_free_port()),
            "CLOCK": "latest",
            "LOG_LEVEL": "ERROR",
            "MAX_CONNECTIONS_PER_ADDRESS": str(2 * streams + 1000),
        }
        for name, module in (("worker", WORKERS[worker]), ("gateway", GATEWAY)):
            command = [sys.executable, "-m", module]
            supervisor.start(ManagedProcess(name, command, folder / f"{name}.log", environment))
        base_url = f"http://127.0.0.1:{environment['PORT']}"
        await _until_ready(base_url, supervisor)
        yield Services(base_url, _numbers(), url, environment["REDIS_URL"])


async def _database_bytes(url: str) -> int:
    if url.startswith("sqlite"):
        path = Path(url.partition(":///")[2])
        return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()


def _database_url(kind: str, folder: Path, cleanup: ExitStack) -> str:
    if kind == "sqlite":
        return f"sqlite+aiosqlite:///{folder / 'load.db'}"
    from tests.support.servers import PostgresServer

    return cleanup.enter_context(PostgresServer()).url()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _numbers() -> dict[str, int]:
    """Worker, gateway and Redis among the children of this process."""
    names = {**dict.fromkeys(WORKERS.values(), "worker"), GATEWAY: "gateway"}
    found = {}
    for child in psutil.Process().children():
        modules = [names[part] for part in child.cmdline() if part in names]
        if name := (modules or ["redis"] * child.name().startswith("redis"))[:1]:
            found[name[0]] = child.pid
    return found


def _resident_mb(number: int) -> float:
    try:
        return float(psutil.Process(number).memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


async def _until_ready(base_url: str, supervisor: ProcessSupervisor) -> None:
    deadline = time.monotonic() + START_S
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
        while time.monotonic() < deadline:
            supervisor.check()
            try:
                if (await client.get("/health/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise RuntimeError(f"gateway and worker were not ready after {START_S:.0f} s")
