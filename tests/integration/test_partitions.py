"""Readings by month on PostgreSQL: the migration keeps every row, and months come with their readings."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from api_service.database.sessions import SessionFactory, create_engine, session_factory, transaction
from api_service.metering.moments import epoch_us
from api_service.models import UtcDateTime
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.upkeep.partitions import make_months
from migrations import downgrade, upgrade_to_head
from shared.settings import load_settings
from tests.support.reading_oracle import Row, block

MOMENTS = [
    datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 12, tzinfo=UTC),
    datetime(1999, 7, 1, tzinfo=UTC),
]
MONTHS = (
    "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r' ORDER BY 1"
)
ROWS = "SELECT id, cluster, timestamp, real_power_watt, device_state FROM electrical_data ORDER BY id"


async def run(url: str, statement: str, rows: list[dict[str, Any]] | None = None) -> list[tuple[Any, ...]]:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement), rows or {})
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


async def add(url: str, moments: list[datetime]) -> None:
    dialect = create_async_engine(url).dialect
    stored = [UtcDateTime().process_bind_param(moment, dialect) for moment in moments]
    columns = "timestamp, cluster, real_power_watt, device_state"
    insert = f"INSERT INTO electrical_data ({columns}) VALUES (:at, 7, :w, 'on')"
    await run(url, insert, [{"at": at, "w": float(place)} for place, at in enumerate(stored)])


async def test_migration_to_months_and_back_keeps_rows_and_goes_on_counting(database_url: str) -> None:
    await downgrade(database_url, "0008")
    await add(database_url, MOMENTS)
    before = await run(database_url, ROWS)
    assert len(before) == 4
    await upgrade_to_head(database_url)
    assert await run(database_url, ROWS) == before
    await add(database_url, [datetime(2026, 1, 5, tzinfo=UTC)])
    await downgrade(database_url, "0008")
    after = await run(database_url, ROWS)
    assert after[:4] == before
    assert after[4][0] > before[3][0]
    await add(database_url, [datetime(2030, 1, 5, tzinfo=UTC)])
    assert (await run(database_url, ROWS))[5][0] > after[4][0]


def months_from_now() -> set[str]:
    """This month's partition and those of the next two (UTC)."""
    today = datetime.now(UTC)
    numbers = [today.year * 12 + today.month - 1 + k for k in range(3)]
    return {f"electrical_data_y{number // 12}m{number % 12 + 1:02}" for number in numbers}


async def test_migration_makes_a_partition_for_each_month_that_has_readings(
    postgres_database_url: str,
) -> None:
    await downgrade(postgres_database_url, "0008")
    await add(postgres_database_url, MOMENTS)
    await upgrade_to_head(postgres_database_url)
    names = {f"electrical_data_{month}" for month in ("y1999m07", "y2025m12", "y2026m01")}
    assert {name for (name,) in await run(postgres_database_url, MONTHS)} == names | months_from_now()


async def test_writers_that_need_the_same_new_months_at_once_all_store(sessions: SessionFactory) -> None:
    async def write(cluster: int) -> int:
        rows = [Row(at=86_400.0 * 20 * k, cluster=cluster, real_power_watt=1.0) for k in range(12)]
        async with transaction(sessions) as session:
            return (await write_readings(session, block(rows))).accepted

    assert await asyncio.gather(*(write(cluster) for cluster in range(4))) == [12] * 4


async def test_new_month_waits_for_no_reader(postgres_database_url: str) -> None:
    engine = create_engine(load_settings(database_url=postgres_database_url))
    sessions = session_factory(engine)
    async with sessions() as reader:
        await reader.execute(text("SELECT count(*) FROM electrical_data"))  # and stays in its transaction
        async with transaction(sessions) as session:
            await session.execute(text("SET LOCAL lock_timeout = '1s'"))
            await make_months(session, np.array([epoch_us(MOMENTS[0])]))
    await engine.dispose()
    months = {name for (name,) in await run(postgres_database_url, MONTHS)}
    assert months == {"electrical_data_y2025m12"} | months_from_now()
