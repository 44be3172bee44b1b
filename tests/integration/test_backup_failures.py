"""Backups and restores that fail, are killed, or find a damaged database: what is left, and what is said."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from launcher.backups import age, backup, postgresql, restore
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import figures_at
from launcher.backups.manifest import manifest_path
from launcher.backups.stamps import stamp_of
from shared.settings import Settings
from tests.support.gateway import fill, gateway_of, settings_of
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.usefixtures("postgres_programs")


def text_of(url: URL, name: str) -> str:
    """The URL of another database of the same kind and server."""
    return url.set(database=name).render_as_string(hide_password=False)


def there(paths: list[Path]) -> list[bool]:
    return [path.exists() for path in paths]


def file_of(sqlite_url: str) -> Path:
    return Path(str(make_url(sqlite_url).database))


async def test_damaged_database_is_set_aside_as_it_is_with_its_log(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_url)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
    made, manifest = await backup.make(settings, tmp_path / "backups")
    database = file_of(sqlite_url)
    damaged = {"": b"this is no database " * 500, "-wal": b"its log", "-shm": b"its index"}
    for suffix, content in damaged.items():
        database.with_name(database.name + suffix).write_bytes(content)
    with pytest.raises(BackupProblem, match="REPLACE=1"):
        await restore.restore(made, settings)
    aside = await restore.restore(made, settings, replace=True)
    assert aside is not None
    old = database.with_name(aside.rpartition("/")[2])
    assert {"": old.read_bytes(), "-wal": old.with_name(f"{old.name}-wal").read_bytes()} == {
        suffix: damaged[suffix] for suffix in ("", "-wal")
    }
    assert old.with_name(f"{old.name}-shm").is_file()  # SQLite makes the index anew from the log
    assert (await figures_at(sqlite_url)).differences(manifest.figures) == []


async def test_log_without_its_database_is_set_aside_too(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_url)
    made, _ = await backup.make(settings, tmp_path / "backups")
    database = file_of(sqlite_url)
    for path in database.parent.glob("askwatt.db*"):
        path.unlink()
    database.with_name("askwatt.db-wal").write_bytes(b"an old log")
    aside = str(await restore.restore(made, settings))
    assert database.with_name(f"{aside.rpartition('/')[2]}-wal").read_bytes() == b"an old log"


async def test_backup_that_fails_its_trial_is_set_aside_without_a_manifest(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(sqlite_url, redis_url)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
    good, _ = await backup.make(settings, tmp_path, backup.Trial(deep=True))
    with closing(sqlite3.connect(str(make_url(sqlite_url).database))) as connection:
        connection.execute("UPDATE rollups SET energy_wh = energy_wh + 1 WHERE resolution = 'hour'")
        connection.commit()
    for path in (good, manifest_path(good)):
        os.utime(path, (0, 0))
    for _ in range(2):  # the last failed copy alone is kept
        with pytest.raises(BackupProblem, match=r"rollups of 2 devices.*; the copy lies in .*\.unverified"):
            await backup.make(settings, tmp_path, backup.Trial(deep=True))
    left = sorted(name for name in os.listdir(tmp_path) if name.startswith("askwatt-2"))
    assert left[:2] == [good.name, manifest_path(good).name]
    assert [name.partition(".")[2] for name in left[2:]] == ["sqlite.unverified"]
    assert restore.newest(tmp_path, ".sqlite") == good
    assert age.main(["--folder", str(tmp_path)]) == 1


async def test_what_killed_backups_left_is_removed_by_the_next(settings: Settings, tmp_path: Path) -> None:
    folder, old, young = (
        tmp_path / "backups",
        "20260101T000000Z",
        stamp_of(datetime.now(UTC) - timedelta(minutes=1)),
    )
    folder.mkdir()
    partials = [folder / f"askwatt-{stamp}.dump.partial" for stamp in (old, young)]
    for partial in partials:
        partial.touch()
    url = make_url(settings.database_url)
    trials = await leave_trials(url, [old, young])
    await backup.make(settings, folder, backup.Trial())
    assert there(partials) == [False, True]
    if url.get_backend_name() == "sqlite":
        assert there([Path(trial) for trial in trials]) == [False, True]
        return
    assert [await postgresql.exists(text_of(url, trial)) for trial in trials] == [False, True]
    await postgresql._drop(url, trials[1])


async def leave_trials(url: URL, stamps: list[str]) -> list[str]:
    """Places of trials, as a killed backup leaves them."""
    if url.get_backend_name() == "sqlite":
        folders = [Path(str(url.database)).with_name(f"askwatt-verify-{stamp}-abc") for stamp in stamps]
        for folder in folders:
            folder.mkdir()
            (folder / "restored.db").touch()
        return [str(folder) for folder in folders]
    names = [f"{url.database}_verify_{stamp}" for stamp in stamps]
    for name in names:
        await postgresql._execute(url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return names


class Ended(Exception):
    """Ends a loop that has no end."""


def test_repeated_backup_goes_on_after_failures_and_soon_tries_again(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    database = file_of(sqlite_url)
    whole, pauses_s = database.read_bytes(), []
    database.write_bytes(b"this is no database " * 500)

    def sleep(pause_s: float) -> None:
        pauses_s.append(pause_s)
        if len(pauses_s) == 3:
            raise Ended
        if len(pauses_s) == 2:
            database.write_bytes(whole)

    monkeypatch.setattr(backup.time, "sleep", sleep)
    with pytest.raises(Ended):
        backup.main(["--every", "24", "--folder", str(tmp_path / "backups")])
    assert pauses_s == [600.0, 600.0, 86_400.0]
    assert capsys.readouterr().err.count("backup failed: file is not a database") == 2


def test_commands_name_a_server_that_lets_nobody_in(
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgres_server.url("no_such_database"))
    assert backup.main([]) == 1
    assert 'backup failed: database "no_such_database" does not exist' in capsys.readouterr().err
