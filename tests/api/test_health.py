"""`GET /health`: what runs, and how far behind it is."""

import asyncio

from sqlalchemy import text

from api_service.database.schema import REVISION
from shared import VERSION
from tests.support.gateway import NOW, YESTERDAY, fill, gateway_of, settings_of
from tests.support.servers import RedisServer


async def test_health_tells_versions_queue_oldest_question_and_last_reading(
    database_url: str, redis_db: str
) -> None:
    async with gateway_of(settings_of(database_url, redis_db)) as gateway:
        empty = (await gateway.http.get("/health")).json()
        assert empty["last_reading"] is None
        assert empty["oldest_question_s"] is None
        await fill(gateway)
        headers = {"Prefer": "respond-async"}
        await gateway.http.post("/api/chat/", json={"user_message": YESTERDAY}, headers=headers)
        await asyncio.sleep(0.2)
        report = (await gateway.http.get("/health")).json()
        async with gateway.services.engine.connect() as connection:
            revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert report["status"] == "not_ready"  # there is no worker
    assert report["parts"]["database"]["ok"]
    assert report["versions"]["askwatt"] == VERSION
    assert report["versions"]["schema_revision"] == revision
    assert report["versions"]["database"].split()[0] in {"SQLite", "PostgreSQL"}
    assert int(report["versions"]["redis"].split(".")[0]) >= 6
    assert (report["devices"], report["unfinished_questions"]) == (2, 1)
    assert 0.15 <= report["oldest_question_s"] < 60
    assert report["last_reading"] == NOW.isoformat().replace("+00:00", "Z")


async def test_health_without_redis_and_schema_still_answers(
    blank_database_url: str, private_redis: RedisServer
) -> None:
    private_redis.stop()
    async with gateway_of(settings_of(blank_database_url, private_redis.url)) as gateway:
        answer = await gateway.http.get("/health")
    assert answer.status_code == 200
    report = answer.json()
    assert report["status"] == "not_ready"
    assert report["versions"]["redis"] is report["versions"]["schema_revision"] is None
    assert report["queue_jobs"] is report["unfinished_questions"] is None
    assert not report["parts"]["database"]["ok"]


async def test_schema_of_an_older_version_is_told_with_what_helps(database_url: str, redis_db: str) -> None:
    async with gateway_of(settings_of(database_url, redis_db)) as gateway:
        async with gateway.services.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))
        ready = await gateway.http.get("/health/ready")
        metrics = (await gateway.http.get("/metrics")).text
    assert ready.status_code == 503
    part = ready.json()["parts"]["database"]
    assert not part["ok"]
    assert part["detail"] == f"the schema is old (0009, this version needs {REVISION}); run `make db-init`"
    assert "\naskwatt_database_up 0.0\n" in metrics
