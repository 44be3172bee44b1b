"""The schema on both databases: up, down, up again, and never apart from the models."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from api_service.models import Base
from migrations import check_drift, downgrade, upgrade_to_head


def _tables(connection: Connection) -> set[str]:
    """All but the partitions, which come and go with the months."""
    names = inspect(connection).get_table_names()
    return {name for name in names if not name.startswith("electrical_data_y")}


async def _tables_of(url: str) -> set[str]:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_tables)
    finally:
        await engine.dispose()


async def test_upgrade_to_head_makes_every_table_of_the_models(database_url: str) -> None:
    assert await _tables_of(database_url) == {*Base.metadata.tables, "alembic_version"}


async def test_check_drift_finds_models_and_migrations_equal(database_url: str) -> None:
    await check_drift(database_url)


async def test_downgrade_to_base_removes_every_table_and_upgrade_brings_them_back(database_url: str) -> None:
    await downgrade(database_url, "base")
    assert await _tables_of(database_url) == {"alembic_version"}
    await upgrade_to_head(database_url)
    assert await _tables_of(database_url) == {*Base.metadata.tables, "alembic_version"}


async def test_upgrade_to_head_twice_changes_nothing(database_url: str) -> None:
    await upgrade_to_head(database_url)
    await check_drift(database_url)


@pytest.mark.parametrize("column", ["timestamp", "created_at", "last_seen"])
async def test_moment_columns_are_zoned_on_postgresql(postgres_database_url: str, column: str) -> None:
    owners = {"timestamp": "electrical_data", "created_at": "chat_sessions", "last_seen": "devices"}

    def is_zoned(connection: Connection) -> bool:
        columns = {item["name"]: item["type"] for item in inspect(connection).get_columns(owners[column])}
        return bool(columns[column].timezone)

    engine = create_async_engine(postgres_database_url)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(is_zoned)
    finally:
        await engine.dispose()
