"""Disks that are full beside the database's own: PostgreSQL's log, the uploads, the temporary files."""

import asyncio
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from migrations import upgrade_to_head
from tests.faults.ledger import CLUSTER, Ledger
from tests.faults.stack import end
from tests.faults.test_database_faults import every_write, open_folder, small_disk
from tests.support.gateway import final_message, settings_of
from tests.support.gateway_process import gateway_process
from tests.support.saying_worker import saying_worker
from tests.support.servers import PostgresServer, free_port
from tests.support.worker_process import child_process, environment_of

pytestmark = pytest.mark.soak
WAL_MB = 80  # five of its files of 16 MB, some of which a start needs free
MOST_FILES = 6


async def until_it_serves(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(120):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get("/health/live")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def until_it_is_empty(folder: Path) -> None:
    """Wait until the file of an earlier body has been closed."""
    async with asyncio.timeout(60):
        while (stat := os.statvfs(folder)).f_blocks - stat.f_bfree > 16:
            await asyncio.sleep(0.1)


def fill_up(folder: Path) -> Path:
    """Take all space that is left; the file to be removed again."""
    ballast = folder / "ballast"
    stat = os.statvfs(folder)
    ballast.write_bytes(b"x" * (stat.f_bavail * stat.f_frsize))
    return ballast


def move_log(server: PostgresServer, folder: Path) -> None:
    """Put the write-ahead log of a stopped server on another disk, as large sites do."""
    target = folder / "pg_wal"
    shutil.move(server.data / "pg_wal", target)
    (server.data / "pg_wal").symlink_to(target)
    if server.user:
        subprocess.run(["chown", "-R", server.user, str(target)], check=True)


async def next_log_file(url: str) -> None:
    """Have PostgreSQL begin a new file of its log, as it does after 16 MB; it may end of that."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
        await connection.execute("SELECT pg_logical_emit_message(true, 'test', 'x'), pg_switch_wal()")
        await connection.close()


async def test_disk_of_the_log_of_postgresql_full_refuses_and_recovers(
    private_postgres: PostgresServer, redis_db: str
) -> None:
    """PostgreSQL ends where its log has no room; started again with some, nothing acknowledged is missing."""
    url = private_postgres.url()
    await upgrade_to_head(url)
    private_postgres.stop()
    with open_folder() as parent, small_disk(parent / "disk", WAL_MB) as folder:
        move_log(private_postgres, folder)
        private_postgres.start()
        settings = settings_of(url, redis_db)
        worker = saying_worker(settings)
        try:
            async with gateway_process(settings) as gateway:
                ledger = Ledger(gateway.http)
                assert await ledger.post_readings() == 200
                assert await ledger.ask() == 202
                ballast = fill_up(folder)
                statuses = [await ledger.post_readings()]
                for _ in range(MOST_FILES):
                    await next_log_file(url)
                    statuses.append(await ledger.post_readings())
                assert set(statuses) == {200, 503}
                assert (await gateway.http.get("/health/live")).status_code == 200
                assert (await gateway.http.get("/health/ready")).json()["parts"]["database"]["ok"] is False
                ballast.unlink()
                private_postgres.restart()
                async with asyncio.timeout(60):
                    while not (await gateway.http.get("/health/ready")).json()["parts"]["database"]["ok"]:
                        await asyncio.sleep(0.1)
                assert await ledger.post_readings() == 200
                for path in ledger.questions:
                    assert (await final_message(gateway.http, path, 60.0))["status"] == "succeeded"
                summary = (await gateway.http.get("/api/devices/summary/")).json()
                stored = {device["cluster"]: device["samples"] for device in summary}[CLUSTER]
                assert len(ledger.acknowledged) <= stored <= len(ledger.unknown)
                assert ledger.malformed == []
        finally:
            end(worker)
            private_postgres.stop()


async def test_disk_of_the_uploads_full_refuses_files_and_nothing_else(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 16) as folder:
        settings = settings_of(sqlite_url, redis_db, uploads_folder=folder / "uploads")
        worker = saying_worker(settings)
        try:
            async with gateway_process(settings) as gateway:
                ledger = Ledger(gateway.http)
                assert await ledger.post_readings() == 200
                ballast = fill_up(folder)
                statuses = await every_write(gateway.http, ledger)
                assert statuses.pop("import") == 503
                assert set(statuses.values()) <= {200, 201, 202, 204}, statuses
                assert (await gateway.http.get("/health/ready")).json()["parts"]["database"]["ok"] is True
                ballast.unlink()
                assert set((await every_write(gateway.http, ledger)).values()) <= {200, 201, 202, 204}
                assert ledger.malformed == []
        finally:
            end(worker)


async def test_disk_of_the_temporary_files_full_refuses_long_bodies_and_nothing_else(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    lines = "".join(f"2026-04-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,20,5\n" for n in range(80_000))
    long = {"file": ("meter.csv", f"timestamp,cluster,real_power_watt\n{lines}")}
    assert len(lines) > 1 << 20, "shorter ones stay in memory"
    with small_disk(tmp_path / "disk", 16) as folder:
        settings = settings_of(sqlite_url, redis_db, uploads_folder=tmp_path / "uploads")
        # A process that is not forked from this one, which knows its own folder of temporary files.
        environment = {**environment_of(settings), "PORT": str(port := free_port()), "TMPDIR": str(folder)}
        process = child_process(["-m", "api_service.main"], environment)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                await until_it_serves(http)
                ledger = Ledger(http)
                # From the first one on Python takes no other folder for them.
                assert (await http.post("/api/imports/", files=long)).status_code == 202
                await until_it_is_empty(folder)
                ballast = fill_up(folder)
                refused = await http.post("/api/imports/", files=long)
                assert refused.status_code == 503
                assert "free space" in refused.json()["detail"]
                assert await ledger.post_readings() == 200
                ballast.unlink()
                assert (await http.post("/api/imports/", files=long)).status_code == 202
                assert ledger.malformed == []
        finally:
            process.terminate()
            process.wait(30)
