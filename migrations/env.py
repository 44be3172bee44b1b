"""Alembic's entry: one async connection, one transaction, nothing waits long for a lock."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from api_service.models import Base
from shared.settings import load_settings

LOCK_TIMEOUT_MS = 5000
# Two gateways that start together migrate one after the other; any constant that is ours alone will do.
ADVISORY_LOCK = 7_209_114_001


def _database_url() -> str:
    url = context.config.attributes.get("database_url")
    return str(url) if url else load_settings().database_url


def _connect_args() -> dict[str, Any]:
    """Of a further site on PostgreSQL: its schema and no other is seen."""
    schema = context.config.attributes.get("schema")
    is_own = schema and _database_url().startswith("postgresql")
    return {"server_settings": {"search_path": schema}} if is_own else {}


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    # The partitions of a table come and go with its rows.
    return not (kind == "table" and name is not None and name.startswith("electrical_data_y"))


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=_is_compared,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        context.run_migrations()


async def _run() -> None:
    engine = create_async_engine(_database_url(), poolclass=NullPool, connect_args=_connect_args())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_run())
