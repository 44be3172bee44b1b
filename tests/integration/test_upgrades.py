"""Upgrades: the old gateway serves on a newer schema; an old version refuses to migrate it and says why."""

import asyncio

import pytest
from sqlalchemy import text

from api_service.database.sessions import create_engine
from migrations import known_revisions
from migrations.__main__ import main
from shared.settings import Settings
from tests.support.gateway import NOW, fill, gateway_of, settings_of

# What a migration of the next version does in front of a gateway that still serves: it only adds.
NEXT_SCHEMA = (
    "ALTER TABLE devices ADD COLUMN of_the_next_version TEXT",
    "ALTER TABLE electrical_data ADD COLUMN of_the_next_version DOUBLE PRECISION",
    "ALTER TABLE rollups ADD COLUMN of_the_next_version DOUBLE PRECISION NOT NULL DEFAULT 0",
    "ALTER TABLE chat_messages ADD COLUMN of_the_next_version TEXT",
    "CREATE TABLE of_the_next_version (id INTEGER PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = '9999'",
)


async def make_newer(settings: Settings) -> None:
    engine = create_engine(settings)
    async with engine.begin() as connection:
        for statement in NEXT_SCHEMA:
            await connection.execute(text(statement))
    await engine.dispose()


async def test_old_gateway_serves_on_a_newer_schema(database_url: str, redis_db: str) -> None:
    settings = settings_of(database_url, redis_db)
    async with gateway_of(settings) as gateway:
        await fill(gateway)
        await make_newer(settings)
        row = {"timestamp": NOW.isoformat(), "cluster": 3, "real_power_watt": 20.0}
        assert (await gateway.http.post("/api/readings/", json=[row])).json()["accepted"] == 1
        assert len((await gateway.http.get("/api/devices/")).json()) == 3
        asked = await gateway.http.post(
            "/api/chat/", json={"user_message": "hello"}, headers={"Prefer": "respond-async"}
        )
        assert asked.status_code == 202
        report = (await gateway.http.get("/health")).json()
    assert report["parts"]["database"]["ok"]
    assert "9999 is newer" in report["parts"]["database"]["detail"]
    assert report["versions"]["schema_revision"] == "9999"


def test_migrating_a_newer_schema_is_refused_with_what_helps(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(make_newer(Settings(database_url=database_url)))
    monkeypatch.setenv("DATABASE_URL", database_url)
    for command in (["upgrade"], ["downgrade", known_revisions()[1]]):
        assert main(command) == 1
        said = capsys.readouterr().err
        assert "schema 9999 is of a newer AskWatt" in said
        assert "make restore" in said
        assert "Traceback" not in said
