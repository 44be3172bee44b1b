"""`make reset`: deletes every record, keeps the schema, and takes no for an answer."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from api_service.database.sessions import create_engine, session_factory, transaction
from api_service.metering.moments import epoch_us
from api_service.models import Base, ElectricalData
from api_service.repositories.upkeep.partitions import make_months
from api_service.schemas.access.audit import AuditQuery
from api_service.schemas.access.keys import KeyRequest
from api_service.scripts.reset_db import KEPT
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService
from migrations import check_drift
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reset(database_url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api_service.scripts.reset_db", *arguments],
        check=False,
        env={**os.environ, "DATABASE_URL": database_url, **environment},
        cwd=ROOT,
        input="n\n",
        text=True,
        capture_output=True,
    )


async def count_rows(database_url: str) -> int:
    engine = create_engine(Settings(database_url=database_url))
    async with engine.connect() as connection:
        counts = [
            await connection.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table.name not in KEPT
        ]
    await engine.dispose()
    return sum(count or 0 for count in counts)


@pytest.fixture
async def filled_url(database_url: str) -> str:
    engine = create_engine(Settings(database_url=database_url))
    async with transaction(session_factory(engine)) as session:
        await make_months(session, np.array([epoch_us(NOON)]))
        session.add(ElectricalData(timestamp=NOON, cluster=1, real_power_watt=5.0))
        session.add(ElectricalData(timestamp=NOON, cluster=2, real_power_watt=6.0))
    await engine.dispose()
    return database_url


async def test_reset_with_yes_deletes_all_rows_and_keeps_the_schema(filled_url: str) -> None:
    assert await count_rows(filled_url) == 2
    done = reset(filled_url, "--yes")
    assert (done.returncode, await count_rows(filled_url)) == (0, 0), done.stderr
    await check_drift(filled_url)


async def test_reset_keeps_the_keys_and_is_written_down(filled_url: str) -> None:
    engine = create_engine(Settings(database_url=filled_url))
    keys = KeyService(session_factory(engine))
    made = await keys.create(KeyRequest(name="Ali"))
    assert reset(filled_url, "--yes").returncode == 0
    assert [row.key_id for row in (await keys.keys()).items] == [made.key_id]
    (entry,) = (await AuditService(session_factory(engine)).entries(AuditQuery())).items
    assert (entry.target, entry.address, entry.status) == ("reset_db", "command line", 200)
    await engine.dispose()


async def test_reset_without_yes_asks_and_deletes_nothing_on_no(filled_url: str) -> None:
    done = reset(filled_url)
    assert done.returncode == 2
    assert "Delete all readings" in done.stdout
    assert await count_rows(filled_url) == 2


async def test_reset_in_production_is_refused_without_force(filled_url: str) -> None:
    assert reset(filled_url, "--yes", ENVIRONMENT="production").returncode == 2
    assert await count_rows(filled_url) == 2
    assert reset(filled_url, "--yes", "--force", ENVIRONMENT="production").returncode == 0
    assert await count_rows(filled_url) == 0


def test_reset_when_the_database_is_away_says_so_without_the_password() -> None:
    done = reset("postgresql+asyncpg://a:geheim@127.0.0.1:1/none", "--yes")
    assert done.returncode == 1
    assert "nothing was deleted" in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr
