"""All of AskWatt as processes: gateway, worker, PostgreSQL or SQLite, Redis, and networks between."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from api_service.services.access.key_service import digest_of
from shared.settings import Settings
from tests.faults.ledger import Ledger
from tests.support.cut_proxy import CutProxy
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.gateway import fill_at, settings_of
from tests.support.gateway_process import GatewayProcess, gateway_process
from tests.support.saying_worker import saying_worker
from tests.support.servers import PostgresServer, RedisServer

KEY = "the key of the faults"
MAX_WAITING = 20
STATEMENT_S = 10.0  # and a network that swallows it is noticed soon after
READY_WITHIN_S = 240.0  # a process starts in seconds, on a busy machine in minutes


@dataclass
class Stack:
    """Everything that a fault may hit; `settings` reach database and Redis past the networks."""

    settings: Settings
    gateway: GatewayProcess
    worker: "subprocess.Popen[bytes]"
    redis: RedisServer
    redis_network: CutProxy
    postgres: PostgresServer | None
    database_network: CutProxy | None
    ledger: Ledger
    level: "Level | None" = None

    @property
    def http(self) -> httpx.AsyncClient:
        """A client with a key."""
        return self.gateway.http

    def new_worker(self, clock_ahead_s: float = 0.0, *, stalls: bool = False) -> None:
        """Start another worker in the place of one that has ended."""
        self.worker = saying_worker(self.settings, clock_ahead_s, stalls=stalls)

    async def readiness(self) -> dict[str, bool]:
        """Which parts serve, as the gateway tells."""
        body = (await self.http.get("/health/ready")).json()
        return {name: part["ok"] for name, part in body["parts"].items()}

    async def until_ready(self, *, is_ready: bool = True) -> None:
        """Wait until all parts serve, or until one does not."""
        async with asyncio.timeout(READY_WITHIN_S):
            while all((await self.readiness()).values()) != is_ready:
                await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Level:
    """What the gateway holds at rest."""

    files: int
    threads: int
    children: int

    @classmethod
    def of(cls, process_id: int) -> "Level":
        """The present one."""
        process = psutil.Process(process_id)
        return cls(process.num_fds(), process.num_threads(), len(process.children()))


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a worker, stopped or not."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGCONT)
        process.kill()
    process.wait(10)


@asynccontextmanager
async def stack_of(kind: str, folder: Path) -> AsyncIterator[Stack]:
    """Start all on `kind`, "sqlite" or "postgresql"; a household is stored."""
    keys = folder / "keys"
    keys.write_text(f"{digest_of(KEY)} tests\n")
    postgres = PostgresServer() if kind == "postgresql" else None
    redis = RedisServer()
    try:
        redis.start()
        async with CutProxy(redis.port) as redis_network:
            url, network = await _database(postgres, folder)
            settings = settings_of(
                url,
                redis.url,
                api_keys_file=keys,
                uploads_folder=folder / "uploads",
                chat_max_waiting=MAX_WAITING,
                database_statement_timeout_s=STATEMENT_S,
                log_level="ERROR",
            )
            seen_url = url if network is None else url.replace(f":{network[1]}/", f":{network[0].port}/")
            seen = {"database_url": seen_url, "redis_url": f"redis://127.0.0.1:{redis_network.port}/0"}
            worker = saying_worker(settings)
            async with gateway_process(settings.model_copy(update=seen)) as gateway:
                gateway.http.headers["X-API-Key"] = KEY
                await fill_at(gateway.http)
                proxy = network[0] if network else None
                ledger = Ledger(gateway.http)
                stack = Stack(settings, gateway, worker, redis, redis_network, postgres, proxy, ledger)
                try:
                    await stack.until_ready()
                    yield stack
                finally:
                    end(stack.worker)
                    if proxy is not None:
                        await proxy.__aexit__()
    finally:
        redis.close()
        if postgres is not None:
            postgres.close()


async def _database(postgres: PostgresServer | None, folder: Path) -> tuple[str, tuple[CutProxy, int] | None]:
    if postgres is None:
        return await SqliteDatabases(folder).create(folder, migrated=True), None
    postgres.start()
    url = await PostgresDatabases(postgres).create(migrated=True)
    proxy = await CutProxy(postgres.port).__aenter__()
    return url, (proxy, postgres.port)


def fresh(stack: Stack) -> None:
    """Forget what earlier faults promised; each of them was checked when it was over."""
    stack.ledger.questions.clear()
    stack.ledger.malformed.clear()
