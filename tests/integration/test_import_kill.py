"""An import killed with SIGKILL, again and again, ends as if nothing had happened."""

import asyncio
import csv
import io
import os
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import create_engine
from shared.settings import load_settings
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.forked import IMPORT, Forked, Start

ROWS = 24_000
BLOCK_BYTES = 65_536
KILLS = 3
PATIENCE_S = 60.0


def readings() -> str:
    lines = ["timestamp,cluster,real_power_watt,thd,device_state"]
    for i in range(ROWS):
        # Two devices that take turns, a bad line now and then, a reading that comes twice now and then.
        repeated = i - 500 if i % 997 == 990 else i
        power = "oops" if i % 331 == 17 else f"{100 + i % 50}.5"
        lines.append(f"{1_773_000_000 + 30 * (repeated // 2)},{repeated % 2},{power},{i % 7},on")
    return "\n".join(lines) + "\n"


def distinct_good_readings() -> int:
    with io.StringIO(readings()) as file:
        good = [row for row in csv.DictReader(file) if row["real_power_watt"] != "oops"]
    return len({(row["cluster"], row["timestamp"]) for row in good})


class Command:
    """The import command as a process of its own."""

    def __init__(self, url: str, path: Path, folder: Path) -> None:
        self.log = folder / f"{path.stem}.log"
        environment = {**os.environ, "DATABASE_URL": url}
        arguments = (str(path), "--batch-bytes", str(BLOCK_BYTES))
        self._start = Start(environment, arguments, folder, self.log)

    def start(self) -> Forked:
        self.log.unlink(missing_ok=True)
        return Forked(IMPORT, self._start)

    async def run(self) -> str:
        status = await asyncio.to_thread(self.start().wait, PATIENCE_S)
        assert status == 0, self.log.read_text()
        return self.log.read_text()


async def offset(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT max(byte_offset) FROM imports"))
        return int(found.scalar() or 0)


async def kill_after_some_progress(command: Command, engine: AsyncEngine) -> None:
    before = await offset(engine)
    process = command.start()
    async with asyncio.timeout(PATIENCE_S):
        while await offset(engine) == before:
            assert process.poll() is None, "the import ended before it could be killed"
            await asyncio.sleep(0.002)
    process.kill()
    process.wait()


async def everything(engine: AsyncEngine) -> dict[str, list[tuple[Any, ...]]]:
    statements = {
        "readings": "SELECT cluster, timestamp, real_power_watt, thd, device_state FROM electrical_data "
        "ORDER BY 1, 2",
        "devices": "SELECT * FROM devices ORDER BY cluster",
        "rollups": "SELECT resolution, cluster, bucket, device_state, n, power_n, power_min_w, power_max_w, "
        "thd_n, first_at, last_at, round(CAST(power_sum_w AS numeric), 6), "
        "round(CAST(energy_wh AS numeric), 6), round(CAST(covered_s AS numeric), 6) "
        "FROM rollups ORDER BY 1, 2, 3, 4",
        "imports": "SELECT byte_offset, line, accepted, duplicates, rejected, state FROM imports",
    }
    async with engine.connect() as connection:
        return {
            name: [tuple(row) for row in await connection.execute(text(statement))]
            for name, statement in statements.items()
        }


async def check(killed_url: str, calm_url: str, folder: Path) -> None:
    path = folder / "readings.csv"
    path.write_text(readings())
    copy = folder / "calm.csv"
    copy.write_text(readings())
    killed, calm = (create_engine(load_settings(database_url=url)) for url in (killed_url, calm_url))
    try:
        command = Command(killed_url, path, folder)
        for _ in range(KILLS):
            await kill_after_some_progress(command, killed)
        report = await command.run()
        assert "went on after line" in report
        await Command(calm_url, copy, folder).run()
        found = await everything(killed)
        assert found == await everything(calm)
        assert len(found["readings"]) == found["imports"][0][2] == distinct_good_readings()
    finally:
        await killed.dispose()
        await calm.dispose()
    rejects = [(folder / f"{name}.csv.rejects.csv").read_text() for name in ("readings", "calm")]
    assert rejects[0] == rejects[1]
    # By hand: lines with i % 331 == 17, of which none repeats, below 24,000.
    assert len(rejects[0].splitlines()) == 1 + len(range(17, ROWS, 331))


async def test_import_killed_three_times_on_sqlite_ends_exactly(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    folders = tmp_path / "killed", tmp_path / "calm"
    for folder in folders:
        folder.mkdir()
    killed, calm = [await sqlite_databases.create(folder, migrated=True) for folder in folders]
    await check(killed, calm, tmp_path)


async def test_import_killed_three_times_on_postgresql_ends_exactly(
    postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    urls = [await postgres_databases.create(migrated=True) for _ in range(2)]
    try:
        await check(urls[0], urls[1], tmp_path)
    finally:
        for url in urls:
            await postgres_databases.drop(url)
