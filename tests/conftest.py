"""Fixtures of the whole suite: real servers once per test process, a fresh database for each test."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import certifi
import hypothesis
import psutil
import pytest
import redis.asyncio

from api_service.database import sessions
from inference_worker.t5.cpu.cpu_count import available_cores
from shared.settings import Settings
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.routes import share_routes
from tests.support.servers import PostgresServer, RedisServer

# Before anything imports torch: threads of a tiny model only wait for each other, minutes long on busy cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# An example's time says nothing on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
# The same examples each time: a check of a commit must not fail for what an earlier commit did.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))
# A shell's background jobs ignore Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

PROCESS_MB = 1500  # a test process with torch, its PostgreSQL and Redis, and what its tests start
PROCESSES_MAX = 8  # beyond that the longest file decides


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Test processes of `-n auto`: one a core that a container's quota allows, as far as memory reaches.

    There is one more: tests that wait for a lease or a deadline would leave a core idle.
    """
    memory_mb = psutil.virtual_memory().available >> 20
    return max(1, min(available_cores() + 1, PROCESSES_MAX, memory_mb // PROCESS_MB))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What shares a costly fixture stays in one process, where `--dist loadfile` is asked for."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.support.spread import Spread

    return Spread(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make soak` gives them."""
    parser.addoption("--storm-seconds", type=float, default=0.0, help="how long tests/faults storms, each")
    parser.addoption("--storm-seed", default="", help="plays a storm again")


@pytest.fixture(scope="session", autouse=True)
def clean_settings() -> Iterator[None]:
    """No `.env` and no variable of the developer's shell reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(scope="session", autouse=True)
def shipped_synchronous() -> Iterator[str]:
    """SQLite waits for no disk in this process, as the suite's PostgreSQL does not; yields what ships."""
    shipped = sessions.SQLITE_SYNCHRONOUS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "SQLITE_SYNCHRONOUS", "OFF")
        yield shipped


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clients of this machine's own servers load one certificate, not 140: that takes each client 30 ms."""
    bundle = Path(certifi.where()).read_text(encoding="ascii", errors="ignore")
    end = "-----END CERTIFICATE-----"
    first = tmp_path_factory.mktemp("certificates") / "first.pem"
    first.write_text(bundle[bundle.index("-----BEGIN") : bundle.index(end)] + end + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(first))
        yield


@pytest.fixture(scope="session", autouse=True)
def routes_built_once() -> Iterator[None]:
    """The applications of this process share the routes that FastAPI would build for each, 60 ms."""
    with pytest.MonkeyPatch.context() as patch:
        share_routes(patch)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The suite's PostgreSQL; tests that stop or kill a server take `private_postgres` instead."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The suite's Redis; tests that stop or kill a server take `private_redis` instead."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    """Database 0 of the suite's Redis (`redis://…`), with whatever earlier tests left."""
    return redis_server.url


@pytest.fixture
async def redis_db(redis_url: str) -> str:
    """The suite's Redis, emptied."""
    client = redis.asyncio.from_url(redis_url)  # type: ignore[no-untyped-call]
    await client.flushall()
    await client.aclose()
    return redis_url


@pytest.fixture
def private_redis() -> Iterator[RedisServer]:
    """A Redis of this test alone: stop, kill, restart it at will."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def private_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone (not migrated): stop, kill, restart it at will."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: PostgresServer) -> PostgresDatabases:
    """Makes databases on the suite's PostgreSQL."""
    return PostgresDatabases(postgres_server)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Makes SQLite files."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty, migrated database of this test alone; the test runs once on each kind."""
    async for url in _database(request, tmp_path, migrated=True):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database of this test alone without any table; the test runs once on each kind."""
    async for url in _database(request, tmp_path, migrated=False):
        yield url


@pytest.fixture
async def sqlite_url(sqlite_databases: SqliteDatabases, tmp_path: Path) -> str:
    """An empty, migrated SQLite database of this test alone."""
    return await sqlite_databases.create(tmp_path, migrated=True)


@pytest.fixture
async def postgres_database_url(postgres_databases: PostgresDatabases) -> AsyncIterator[str]:
    """An empty, migrated PostgreSQL database of this test alone."""
    url = await postgres_databases.create(migrated=True)
    yield url
    await postgres_databases.drop(url)


async def _database(request: pytest.FixtureRequest, folder: Path, *, migrated: bool) -> AsyncIterator[str]:
    if request.param == "sqlite":
        files: SqliteDatabases = request.getfixturevalue("sqlite_databases")
        yield await files.create(folder, migrated=migrated)
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    url = await databases.create(migrated=migrated)
    yield url
    await databases.drop(url)
