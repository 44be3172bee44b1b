"""What the live path is compared with: SQLAlchemy Core's executemany into a table of the same shape."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Column, DateTime, Float, Integer, MetaData, Table, Text, UniqueConstraint, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api_service.database.sessions import create_engine, session_factory, transaction
from api_service.metering.blocks import ReadingBlock
from api_service.repositories.reading_repository import write_readings
from benchmarks.live.bodies import BEGIN, COLUMNS
from shared.settings import load_settings

BLOCK_ROWS = 50_000
NUMBERS = COLUMNS[2:-1]
BARE = Table(
    "bare",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("timestamp", DateTime(timezone=True)),
    Column("cluster", Integer),
    *(Column(name, Float(53)) for name in NUMBERS),
    Column("device_state", Text),
    UniqueConstraint("cluster", "timestamp"),
)


async def peer_engine(url: str) -> AsyncEngine:
    """An engine with the bare table in its database."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(BARE.metadata.create_all)
    return engine


async def insert_rows(engine: AsyncEngine, readings: list[dict[str, Any]]) -> None:
    """Commit the readings; their times are parsed here, as whoever receives JSON must."""
    parsed = [{**row, "timestamp": datetime.fromisoformat(row["timestamp"])} for row in readings]
    async with engine.begin() as connection:
        await connection.execute(insert(BARE), parsed)


async def insert_history(url: str, name: str, cluster: int, count: int) -> None:
    """A device's life of one reading a second that ends an hour before the benchmark's first reading."""
    engine = create_engine(load_settings(database_url=url))
    sessions = session_factory(engine)
    last_us = int(BEGIN.timestamp() - 3600) * 1_000_000
    for first in range(0, count, BLOCK_ROWS):
        number = np.arange(first, min(first + BLOCK_ROWS, count))
        block = ReadingBlock(
            timestamp_us=last_us - (count - number) * 1_000_000,
            cluster=np.full(len(number), cluster),
            values={"real_power_watt": (100.0 + number % 977).astype(np.float64)},
            device_state=["on"] * len(number),
            device_name={cluster: name},
        )
        async with transaction(sessions) as session:
            await write_readings(session, block)
    await engine.dispose()
