"""Backup while readings are posted, destroy, restore: everything committed before is there, and checked."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url, select, text

from api_service.database.sessions import create_engine, session_factory, snapshot
from api_service.models import ElectricalData
from api_service.scripts.check_rollups import check
from launcher.backups import backup, restore
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import figures_at
from launcher.backups.manifest import Manifest, digest, manifest_path
from shared.settings import Settings
from tests.support.gateway import fill, gateway_of, settings_of, until

START = datetime(2026, 2, 1, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("postgres_programs")


class Posting:
    """Posts readings of one device without pause; `acknowledged` are those that got a 2xx."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.acknowledged: list[datetime] = []

    async def run(self) -> None:
        for minute in range(100_000):
            moment = START + timedelta(minutes=minute)
            row = {"timestamp": moment.isoformat(), "cluster": 7, "real_power_watt": 60.0}
            answer = await self._http.post("/api/readings/", json=[row])
            assert answer.status_code == 200, answer.text
            self.acknowledged.append(moment)


async def stored_moments(settings: Settings) -> set[datetime]:
    engine = create_engine(settings)
    try:
        async with snapshot(session_factory(engine)) as session:
            found = await session.scalars(select(ElectricalData.timestamp).where(ElectricalData.cluster == 7))
            return set(found)
    finally:
        await engine.dispose()


async def destroy(settings: Settings) -> None:
    """The database is gone, with all that it held."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        for path in Path(str(url.database)).parent.glob("askwatt.db*"):
            path.unlink()
        return
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE {url.database} WITH (FORCE)")
    await connection.close()


async def test_backup_while_readings_are_posted_then_destroy_and_restore_loses_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        posting = Posting(gateway.http)
        task = asyncio.create_task(posting.run())
        await until(lambda: len(posting.acknowledged) >= 30)
        before = list(posting.acknowledged)
        made, manifest = await backup.make(settings, tmp_path / "backups", backup.Trial(deep=True))
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled(), task.exception()
    await destroy(settings)
    assert await restore.restore(made, settings) is None
    stored = await stored_moments(settings)
    assert set(before) <= stored
    assert stored <= {START + timedelta(minutes=minute) for minute in range(len(posting.acknowledged) + 1)}
    # 289 readings of each of the household's two devices.
    assert manifest.figures.rows["electrical_data"] == len(stored) + 2 * 289
    assert await check(settings, rebuild=False) == {}
    async with gateway_of(settings) as gateway:  # it serves, and takes what comes next
        row = {"timestamp": "2026-06-01T00:00:00Z", "cluster": 7, "real_power_watt": 1.0}
        assert (await gateway.http.post("/api/readings/", json=[row])).json()["accepted"] == 1


async def test_restore_over_data_is_refused_and_with_replace_sets_it_aside(
    settings: Settings, tmp_path: Path
) -> None:
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        made, _ = await backup.make(settings, tmp_path / "backups")
        with pytest.raises(BackupProblem, match="REPLACE=1"):
            await restore.restore(made, settings)
        await gateway.http.get("/api/devices/")  # a connection is open
        with pytest.raises(BackupProblem, match="stop the gateway"):
            await restore.restore(made, settings, replace=True)
        assert len((await gateway.http.get("/api/devices/")).json()) == 2  # as it was, and serving
    aside = await restore.restore(made, settings, replace=True)
    assert aside is not None
    url = make_url(settings.database_url).set(database=aside).render_as_string(hide_password=False)
    old = create_engine(settings.model_copy(update={"database_url": url}))
    async with old.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM electrical_data")) == 578
    await old.dispose()


async def test_restore_of_a_damaged_an_interrupted_or_a_newer_backup_is_refused(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_url)
    made, manifest = await backup.make(settings, tmp_path)
    newer = manifest.figures.__class__("9999", {}, [], [])
    Manifest(manifest.made_at, manifest.database, manifest.sha256, manifest.size_bytes, newer).write(made)
    with pytest.raises(BackupProblem, match=r"9999.*newer AskWatt"):
        await restore.restore(made, settings, replace=True)
    manifest.write(made)
    with made.open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff")
    with pytest.raises(BackupProblem, match="damaged"):
        await restore.restore(made, settings, replace=True)
    manifest_path(made).unlink()
    with pytest.raises(BackupProblem, match="both be there"):
        await restore.restore(made, settings, replace=True)


async def test_restore_finds_a_backup_that_is_whole_but_not_what_was_counted(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_url)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
    made, manifest = await backup.make(settings, tmp_path)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("DELETE FROM electrical_data WHERE cluster = 2")
        connection.commit()
    values = (manifest.made_at, manifest.database, digest(made), 1, manifest.figures)
    Manifest(*values).write(made)
    with pytest.raises(BackupProblem, match="electrical_data: 578 rows became 289"):
        await restore.restore(made, settings, replace=True)
    assert (await figures_at(sqlite_url)).rows["electrical_data"] == 578  # nothing was exchanged


def test_commands_back_up_and_restore_and_keep_the_newest(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "backups" / "askwatt-20250101T000000Z.sqlite"
    old.parent.mkdir()
    for path in (old, manifest_path(old)):
        path.touch()
    assert backup.main(["--keep", "1", "--deep"]) == 0
    said = capsys.readouterr()
    assert "equal there" in said.out
    assert said.err == ""  # cron mails the rest
    (made,) = old.parent.glob("*.sqlite")
    assert made != old
    assert [path.stat().st_mode & 0o777 for path in (made, manifest_path(made))] == [0o600, 0o600]
    assert restore.main([]) == 1
    assert "REPLACE=1" in capsys.readouterr().err
    assert restore.main(["--replace"]) == 0
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/nothing.db")
    assert backup.main([]) == 1
    assert "there is no database" in capsys.readouterr().err
