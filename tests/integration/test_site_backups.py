"""Backup → destroy → restore of an installation with two further sites: nothing of any of them is lost."""

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from api_service.database.sessions import create_engine, session_factory
from api_service.services.access.site_registry import SiteRegistry
from launcher.backups import backup, restore
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import figures_at
from launcher.backups.manifest import manifest_path
from shared.settings import Settings
from tests.support.gateway import fill_at, gateway_of, settings_of
from tests.support.sites import key_of, keys_file, make_sites

pytestmark = pytest.mark.usefixtures("postgres_programs")
SITES = ("barn", "roof")
WHOLE = {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}


async def destroy(database_url: str) -> None:
    """The database is gone, with all its sites."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        for path in Path(str(url.database)).parent.glob("askwatt*.db*"):
            path.unlink()
        return
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE {url.database} WITH (FORCE)")
    await connection.close()


async def test_backup_then_destroy_and_restore_loses_nothing_of_any_site(
    database_url: str, redis_db: str, tmp_path: Path
) -> None:
    await make_sites(database_url, SITES)
    keys = keys_file(tmp_path, ["default", *SITES])
    settings = settings_of(database_url, redis_db, api_keys_file=keys, uploads_folder=tmp_path / "uploads")
    row = {"timestamp": "2026-03-10T00:00:00Z", "cluster": 9, "real_power_watt": 7.0}
    async with gateway_of(settings) as gateway:
        await fill_with(gateway.http, "barn")
        for site, rows in (("roof", [row]), ("default", [row, {**row, "cluster": 8}])):
            posted = await gateway.http.post("/api/readings/", json=rows, headers=key_of(site))
            assert posted.json()["accepted"] == len(rows)
        made, manifest = await backup.make(settings, tmp_path / "backups", backup.Trial(deep=True))
    counted = {name: site.rows["electrical_data"] for name, site in manifest.figures.sites.items()}
    assert (counted, manifest.figures.rows["electrical_data"]) == ({"barn": 578, "roof": 1}, 2)
    before = await figures_at(database_url)
    await destroy(database_url)
    assert await restore.restore(made, settings) is None
    assert before.differences(await figures_at(database_url)) == []
    engine = create_engine(settings)
    roles = [await SiteRegistry(session_factory(engine)).role(site) for site in SITES]
    on_postgresql = engine.dialect.name == "postgresql"
    await engine.dispose()
    assert roles == ([f"askwatt_site_{site}" for site in SITES] if on_postgresql else [None, None])
    async with gateway_of(settings) as gateway:  # each serves its own
        for site, clusters in (("barn", {1, 2}), ("roof", {9}), ("default", {8, 9})):
            export = await gateway.http.get("/api/export", headers=key_of(site), params=WHOLE)
            assert {int(line.split(",")[1]) for line in export.text.splitlines()[1:]} == clusters, site


async def fill_with(http: object, site: str) -> None:
    """The household, into one site."""
    http.headers.update(key_of(site))  # type: ignore[attr-defined]
    await fill_at(http)  # type: ignore[arg-type]
    del http.headers["X-API-Key"]  # type: ignore[attr-defined]


async def test_backup_of_sqlite_holds_each_site_and_is_not_whole_without_one(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    await make_sites(sqlite_url, SITES)
    settings: Settings = settings_of(sqlite_url, redis_url)
    made, _ = await backup.make(settings, tmp_path / "backups")
    names = sorted(path.name for path in made.parent.iterdir())
    stem = made.stem
    assert names == sorted(
        [made.name, manifest_path(made).name, f"{stem}.site_barn.sqlite", f"{stem}.site_roof.sqlite"]
    )
    assert {path.stat().st_mode & 0o777 for path in made.parent.iterdir()} == {0o600}
    assert restore.newest(made.parent, ".sqlite") == made
    part = made.with_name(f"{stem}.site_roof.sqlite")
    content = part.read_bytes()
    part.write_bytes(content[:5000] + b"\xff" + content[5001:])
    with pytest.raises(BackupProblem, match=r"site_roof.*damaged"):
        await restore.restore(made, settings, replace=True)
    part.write_bytes(content)
    # A site that is there now and not in the backup: its file is set aside too, nobody finds it later.
    await make_sites(sqlite_url, ["yard"])
    assert await restore.restore(made, settings, replace=True) is not None
    folder = Path(str(make_url(sqlite_url).database)).parent
    left = sorted(path.name.partition(".before-")[0] for path in folder.glob("askwatt*.db*"))
    assert left == sorted(
        ["askwatt.db", *(f"askwatt.site_{s}.db" for s in SITES)] * 2 + ["askwatt.site_yard.db"]
    )
    assert set((await figures_at(sqlite_url)).sites) == set(SITES)
    backup.prune(made.parent, 0)
    await backup.make(settings, tmp_path / "more")
    for path in (tmp_path / "more").iterdir():
        path.replace(made.parent / path.name)
    kept = backup.prune(made.parent, 1)
    assert len(kept) <= 1
    assert len(list(made.parent.iterdir())) == 4
