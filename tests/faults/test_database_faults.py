"""The database restarts, is locked, is cut off, is full or old; what was acknowledged stays, once."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from api_service.ingest.line_protocol.points import Point
from api_service.mqtt.gateway import GatewayClient
from migrations import upgrade_to_head
from tests.faults.ledger import CLUSTER, Ledger
from tests.faults.stack import Stack, end
from tests.support.cut_proxy import CutProxy, Mode
from tests.support.databases import PostgresDatabases
from tests.support.gateway import final_message, settings_of
from tests.support.gateway_process import gateway_process
from tests.support.saying_worker import saying_worker
from tests.support.servers import PostgresServer
from tests.support.worker_process import child_process, environment_of

ROWS = 20_000
STARTS = datetime(2026, 2, 1, tzinfo=UTC)


@asynccontextmanager
async def database_away(stack: Stack) -> AsyncIterator[None]:
    """PostgreSQL is stopped and started; SQLite's file is held by another process."""
    if stack.postgres is not None:
        stack.postgres.stop()
        yield
        stack.postgres.start()
        return
    holder = sqlite3.connect(stack.settings.database_url.partition(":///")[2], isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


async def upload(stack: Stack) -> str:
    """Upload a file of `ROWS` readings; where its import is told of."""
    lines = ["timestamp,cluster,real_power_watt"]
    moments = [STARTS + timedelta(seconds=number) for number in range(ROWS)]
    lines += [f"{moment.isoformat()},{CLUSTER + 1},{number % 50}" for number, moment in enumerate(moments)]
    taken = await stack.http.post("/api/imports/", files={"file": ("meter.csv", "\n".join([*lines, ""]))})
    assert taken.status_code == 202, taken.text
    stack.ledger.expect((CLUSTER + 1, moment) for moment in moments)
    return str(taken.headers["location"])


@pytest.mark.soak
async def test_database_restarted_amid_an_import_and_an_answer(stack: Stack) -> None:
    where = await upload(stack)
    assert await stack.ledger.ask() == 202
    async with database_away(stack):
        asked = asyncio.create_task(stack.ledger.ask())
        posted = asyncio.create_task(stack.ledger.post_readings())
        assert (await stack.http.get("/health/live")).status_code == 200
        if stack.postgres is not None:
            assert await asked == await posted == 503
            assert (await stack.readiness())["database"] is False
        await asyncio.sleep(1.0)
    assert await asked in {202, 503}
    assert await posted in {200, 503}
    async with asyncio.timeout(120):
        while (job := (await stack.http.get(where)).json())["state"] != "completed":
            assert job["state"] in {"queued", "running"}, job
            await asyncio.sleep(0.1)
    assert job["accepted"] + job["duplicates"] == ROWS


@pytest.mark.soak
async def test_connections_to_postgresql_cut_by_an_administrator(stack: Stack) -> None:
    if stack.postgres is None:
        pytest.skip("SQLite has no connections that another could cut")
    assert await stack.ledger.ask() == 202
    connection = await asyncpg.connect(stack.settings.database_url.replace("+asyncpg", ""))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'askwatt'"
    )
    await connection.close()
    assert await stack.ledger.post_readings() in {200, 503}


@pytest.mark.soak
@pytest.mark.parametrize("mode", [Mode.DELAY, Mode.RESET, Mode.HALF_OPEN])
async def test_network_to_postgresql_fails(stack: Stack, mode: Mode) -> None:
    if stack.database_network is None:
        pytest.skip("SQLite is a file")
    assert await stack.ledger.ask() == 202
    stack.database_network.set(mode)
    try:
        status = await stack.ledger.post_readings(timeout_s=90.0)
        assert status == (200 if mode is Mode.DELAY else 503)
    finally:
        stack.database_network.set(Mode.PASS)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="askwatt-disk-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes; skips where this user may not mount one."""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    if subprocess.run(options, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def every_write(http: httpx.AsyncClient, ledger: Ledger) -> dict[str, int]:
    """The status of one request along each way that writes; small ones may still find room."""
    upload = {"file": ("meter.csv", "timestamp,cluster,real_power_watt\n2026-04-01T00:00:00Z,20,5\n")}
    tariff = {"valid_from": "2026-01-01", "price_per_kwh": 0.3}
    requests = {
        "line protocol": http.post(
            "/api/v2/write?precision=s", content="electricity,device=Boiler power=5 1775001600"
        ),
        "import": http.post("/api/imports/", files=upload),
        "session": http.post("/api/chat/sessions/"),
        "key": http.post("/api/keys/", json={"name": "a meter", "scopes": ["write"]}),
        "tariffs": http.put("/api/tariffs/", json={"tariffs": [tariff]}),
        "device": http.patch("/api/devices/9", json={"device_name": "n" * 100}),
    }
    statuses = {name: (await request).status_code for name, request in requests.items()}
    return {**statuses, "question": await ledger.ask()}


async def _store_a_point(url: str) -> None:
    """As the MQTT bridge does: until the gateway has committed it."""
    bridge = GatewayClient(url)
    try:
        await bridge.store(
            [Point(1, "electricity", {"device": "Kettle"}, {"power": 5.0}, 1_775_001_600_000_000)]
        )
    finally:
        await bridge.close()


async def _everything_ends(http: httpx.AsyncClient, ledger: Ledger) -> None:
    """Imports that were accepted complete, questions are answered."""
    async with asyncio.timeout(60):
        while any(job["state"] != "completed" for job in (await http.get("/api/imports/")).json()["items"]):
            await asyncio.sleep(0.1)
    for path in ledger.questions:
        assert (await final_message(http, path, 60.0))["status"] == "succeeded"


async def fill_the_disk(folder: Path, url: str, redis_url: str) -> None:
    """Another file takes the space of database and uploads; all ways to write are tried; all recovers."""
    await upgrade_to_head(url)
    settings = settings_of(url, redis_url, uploads_folder=folder / "uploads")
    worker = saying_worker(settings)
    try:
        async with gateway_process(settings) as gateway:
            await _fill_and_free(folder, gateway.http)
    finally:
        end(worker)


async def _fill_and_free(folder: Path, http: httpx.AsyncClient) -> None:
    ledger = Ledger(http)
    assert await ledger.post_readings() == 200
    assert set((await every_write(http, ledger)).values()) <= {200, 201, 202, 204}
    ballast = folder / "ballast"
    stat = os.statvfs(folder)
    ballast.write_bytes(b"x" * (stat.f_bavail * stat.f_frsize - 65536))
    for _ in range(300):
        status = await ledger.post_readings()
        if status != 200:
            break
    # Far more than one request that was refused for want of room.
    moments = [STARTS + timedelta(seconds=number) for number in range(500)]
    rows = [{"timestamp": moment.isoformat(), "cluster": 1, "real_power_watt": 5.0} for moment in moments]
    answer = await http.post("/api/readings/", json=rows)
    assert status == answer.status_code == 503
    assert "disk of the database is full" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "5"
    statuses = await every_write(http, ledger)
    assert set(statuses.values()) <= {200, 201, 202, 204, 503}, statuses
    mqtt = asyncio.create_task(_store_a_point(str(http.base_url)))
    assert (await http.get("/api/devices/summary/")).status_code == 200
    ballast.unlink()
    assert await ledger.post_readings() == 200
    await asyncio.wait_for(mqtt, 30)
    assert set((await every_write(http, ledger)).values()) <= {200, 201, 202, 204}
    await _everything_ends(http, ledger)
    summary = (await http.get("/api/devices/summary/")).json()
    stored = {device["cluster"]: device["samples"] for device in summary}
    assert stored[CLUSTER] == len(ledger.acknowledged)
    assert stored[20] == 1, "three uploads of the same line"
    assert 1 not in stored, "a request that was refused left nothing"
    assert ledger.malformed == []


@pytest.mark.soak
async def test_disk_of_sqlite_full_refuses_and_recovers(tmp_path: Path, redis_db: str) -> None:
    with small_disk(tmp_path / "disk", 16) as folder:
        url = f"sqlite+aiosqlite:///{folder}/askwatt.db"
        await fill_the_disk(folder, url, redis_db)


@pytest.mark.soak
async def test_disk_of_postgresql_full_refuses_and_recovers(
    postgres_server: PostgresServer, postgres_databases: PostgresDatabases, redis_db: str
) -> None:
    # Not in `tmp_path`: each session of pytest that starts shuts the server's user out of its parents.
    with open_folder() as parent, small_disk(parent / "disk", 32) as folder:
        data = folder / "tablespace"
        data.mkdir(mode=0o700)
        if postgres_server.user:
            subprocess.run(["chown", postgres_server.user, str(data)], check=True)
        plain = postgres_server.url().replace("+asyncpg", "")
        connection = await asyncpg.connect(plain)
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{data}'")
        await connection.execute("CREATE DATABASE on_small TABLESPACE small")
        try:
            await fill_the_disk(folder, postgres_server.url("on_small"), redis_db)
        finally:
            await connection.execute("DROP DATABASE on_small WITH (FORCE)")
            await connection.execute("DROP TABLESPACE small")
            await connection.close()


async def test_postgresql_absent_at_start_and_old_schema_are_told_and_waited_for(
    private_postgres: PostgresServer, redis_db: str
) -> None:
    url = private_postgres.url()
    async with CutProxy(private_postgres.port) as network:
        network.set(Mode.RESET)
        seen = url.replace(f":{private_postgres.port}/", f":{network.port}/")
        async with gateway_process(settings_of(seen, redis_db)) as gateway:
            assert (await gateway.http.get("/health/live")).status_code == 200
            ready = await gateway.http.get("/health/ready")
            assert ready.status_code == 503
            assert "does not answer" in ready.json()["parts"]["database"]["detail"]
            assert (await gateway.http.get("/api/devices/")).status_code == 503
            network.set(Mode.PASS)
            ready = await gateway.http.get("/health/ready")
            assert "make db-init" in ready.json()["parts"]["database"]["detail"]
            await upgrade_to_head(url)
            assert (await gateway.http.get("/health/ready")).json()["parts"]["database"]["ok"] is True
            assert (await gateway.http.get("/api/devices/")).status_code == 200
            await _read_only(url, "on")
            refused = await gateway.http.post("/api/chat/sessions/")
            assert refused.status_code == 503
            assert "can only be read" in refused.json()["detail"]
            assert (await gateway.http.get("/api/devices/")).status_code == 200
            await _read_only(url, "off")
            assert (await gateway.http.post("/api/chat/sessions/")).status_code < 300


async def _read_only(url: str, value: str) -> None:
    """As a standby is, and as an administrator makes a database."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER DATABASE postgres SET default_transaction_read_only = {value}")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'askwatt'"
    )
    await connection.close()


async def test_damaged_sqlite_file_is_told_and_never_written_to(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    path = Path(sqlite_url.partition(":///")[2])
    whole = path.read_bytes()
    path.write_bytes(b"this is no database " * 500)
    async with gateway_process(settings) as gateway:
        ready = await gateway.http.get("/health/ready")
        assert ready.status_code == 503
        assert "damaged" in ready.json()["parts"]["database"]["detail"]
        answer = await gateway.http.get("/api/devices/")
        assert answer.status_code == 503
        assert "restore a backup" in answer.json()["detail"]
        assert path.read_bytes().startswith(b"this is no database"), "it is never written to"
        path.write_bytes(whole)
        assert (await gateway.http.get("/api/devices/")).status_code == 200
        assert await Ledger(gateway.http).post_readings() == 200


@pytest.mark.soak
async def test_read_only_file_system_of_sqlite_is_told(tmp_path: Path, redis_db: str) -> None:
    with small_disk(tmp_path / "disk", 16) as folder:
        url = f"sqlite+aiosqlite:///{folder}/askwatt.db"
        await upgrade_to_head(url)
        remount = ["mount", "-o", "remount,ro", str(folder)]
        subprocess.run(remount, check=True)
        async with gateway_process(settings_of(url, redis_db)) as gateway:
            ledger = Ledger(gateway.http)
            assert await ledger.post_readings() == 503
            detail = (await gateway.http.get("/health/ready")).json()["parts"]["database"]["detail"]
            assert "rights" in detail
            assert ledger.malformed == []
            subprocess.run([*remount[:2], "remount,rw", str(folder)], check=True)
            assert await ledger.post_readings() == 200


@pytest.mark.soak
async def test_migration_killed_at_any_moment_is_completed_by_the_next(
    blank_database_url: str, redis_db: str
) -> None:
    """The command is killed ever later; each time the schema is whole, at an earlier or the last revision."""
    settings = settings_of(blank_database_url, redis_db)
    command, environment = ["-m", "api_service.scripts.create_tables"], environment_of(settings)
    for after_s in (0.5, 1.0, 1.5, 2.0):
        process = child_process(command, environment)
        await asyncio.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert child_process(command, environment).wait(300) == 0
    from migrations import check_drift

    await check_drift(blank_database_url)
