"""What lies beneath sites: schemas, roles that own nothing, and what happens where there are none."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from api_service.database.sessions import (
    SessionFactory,
    create_engine,
    session_factory,
    snapshot,
    transaction,
)
from api_service.services.access.site_registry import SiteRegistry
from api_service.services.readings_service import ReadingsService
from api_service.services.upkeep.retention import RetentionService
from migrations import check_drift, downgrade, upgrade_to_head
from migrations.__main__ import main
from migrations.sites import close_site, make_place, register, site_names
from shared.errors import DatabaseUnavailable
from shared.settings import Clock, Settings, load_settings
from tests.support.gateway import gateway_of, settings_of
from tests.support.sites import key_of, keys_file, make_sites

ROOF = "roof"
OWNERS = (
    "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'site_roof'::regnamespace"
)


@pytest.fixture
async def settings(postgres_database_url: str) -> Settings:
    await make_sites(postgres_database_url, ["barn", ROOF])
    return load_settings(database_url=postgres_database_url, clock=Clock.LATEST, retention_days=30)


@pytest.fixture
async def roof(settings: Settings) -> AsyncIterator[SessionFactory]:
    """Sessions of the roof, as the gateway has them."""
    main_engine = create_engine(settings)
    role = await SiteRegistry(session_factory(main_engine)).role(ROOF)
    assert role == "askwatt_site_roof"
    engine = create_engine(settings, ROOF, role)
    yield session_factory(engine)
    await engine.dispose()
    await main_engine.dispose()


async def test_connection_that_does_not_see_its_own_schema_is_not_used(settings: Settings) -> None:
    for site, role in (("nowhere", None), ("barn", "askwatt_site_roof")):
        engine = create_engine(settings, site, role)
        with pytest.raises(DatabaseUnavailable, match="sees no schema"):
            async with snapshot(session_factory(engine)) as session:
                await session.execute(text("SELECT 1"))
        await engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.electrical_data",
        "SELECT * FROM public.api_keys",
        "INSERT INTO public.sites VALUES ('x', now())",
        "UPDATE public.devices SET given_name = 'x'",
        "DELETE FROM public.audit_log",
        "SELECT * FROM site_barn.devices",
        "SELECT site_barn.electrical_data_make_months(ARRAY[now()])",
        "TRUNCATE devices",
        "DROP TABLE devices",
        "CREATE TABLE of_mine (id integer)",
        "CREATE TABLE public.of_mine (id integer)",
        "COPY site_barn.rollups TO STDOUT",
    ],
)
async def test_statement_that_names_another_site_or_owns_something_is_refused(
    roof: SessionFactory, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        async with transaction(roof) as session:
            await session.execute(text(statement))
    async with snapshot(roof) as session:  # its own it sees
        assert await session.scalar(text("SELECT count(*) FROM electrical_data")) == 0
        assert await session.scalar(text("SELECT current_user")) == "askwatt_site_roof"
    async with transaction(roof) as session:  # what a connection is reset to is the site's too
        await session.execute(text("RESET ALL"))
        await session.execute(text("RESET ROLE"))
        assert await session.scalar(text("SELECT current_user")) == "askwatt_site_roof"
        assert await session.scalar(text("SHOW search_path")) == "site_roof"


async def test_role_writes_reads_and_drops_months_of_its_own(
    roof: SessionFactory, settings: Settings
) -> None:
    now = datetime(2026, 6, 10, tzinfo=UTC)
    rows: list[Any] = [
        {"timestamp": (now - timedelta(days=day)).isoformat(), "cluster": 1, "real_power_watt": 5}
        for day in range(120)
    ]
    report = await ReadingsService(roof, settings).add("application/json", json.dumps(rows).encode())
    assert report.accepted == 120
    months = "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('electrical_data')"
    async with snapshot(roof) as session:
        before = await session.scalar(text(months))
    dropped = await RetentionService(roof, settings).apply()
    assert [month[-3:] for month in dropped.months] == ["m02", "m03", "m04"]
    async with snapshot(roof) as session:
        assert await session.scalar(text(months)) == before - 3
        # The owner is whoever migrates, so that the role cannot change what it uses.
        assert list(await session.scalars(text(OWNERS))) == [make_url(settings.database_url).username]


async def test_gateway_whose_role_may_make_none_serves_sites_by_schemas_alone(
    postgres_database_url: str, redis_db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = make_url(postgres_database_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    name = f"poor_{url.database}"
    await connection.execute(f"CREATE ROLE {name} LOGIN")
    await connection.execute(f"GRANT CREATE ON DATABASE {url.database} TO {name}")
    await connection.execute(f"GRANT ALL ON SCHEMA public TO {name}")
    await connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
    await connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}")
    poor = url.set(username=name).render_as_string(hide_password=False)
    await make_place(poor, "cellar")
    await upgrade_to_head(poor, "cellar")
    assert "permission denied to create role" in (await close_site(poor, "cellar") or "")
    await register(poor, "cellar")
    keys = keys_file(tmp_path, ["default", "cellar"])
    async with gateway_of(
        settings_of(poor, redis_db, api_keys_file=keys, uploads_folder=tmp_path / "uploads")
    ) as gateway:
        row = {"timestamp": "2026-03-10T00:00:00Z", "cluster": 9, "real_power_watt": 7.0}
        posted = await gateway.http.post("/api/readings/", json=[row], headers=key_of("cellar"))
        assert posted.json()["accepted"] == 1
        assert (await gateway.http.get("/api/devices/9", headers=key_of("cellar"))).status_code == 200
        assert (await gateway.http.get("/api/devices/9", headers=key_of("default"))).status_code == 404
    assert capsys.readouterr().err.count("site_without_role") == 1
    await connection.execute(f"DROP OWNED BY {name} CASCADE")
    await connection.execute(f"DROP ROLE {name}")
    await connection.close()


async def test_sites_go_down_and_up_with_the_database(database_url: str) -> None:
    await make_sites(database_url, [ROOF])
    await check_drift(database_url, ROOF)
    await downgrade(database_url, "0013", ROOF)
    await upgrade_to_head(database_url, ROOF)
    await check_drift(database_url, ROOF)
    assert await site_names(database_url) == [ROOF]
    await downgrade(database_url, "base")
    assert await site_names(database_url) == []


def test_command_makes_a_site_once_and_refuses_bad_names(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    for _ in range(2):
        assert main(["upgrade", "--site", ROOF]) == 0
    assert "site roof: upgrade done" in capsys.readouterr().err
    for name in ("Roof", "1st", "a-b", "../x", "x" * 33, "default", ""):
        with pytest.raises(SystemExit):
            main(["upgrade", "--site", name])
