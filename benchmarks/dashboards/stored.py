"""Readings of devices that report together, written as an import writes them."""

import numpy as np

from api_service.database.sessions import SessionFactory, transaction
from api_service.metering.blocks import IntArray, ReadingBlock
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods

FIRST_US = 1_767_225_600_000_000  # 2026-01-01T00:00Z
ROWS_PER_BLOCK = 60_000
STATES = ("off", "standby", "on")


async def store(sessions: SessionFactory, rows: int, devices: int, period_s: int = 60) -> int:
    """Store about so many readings, one of each device every `period_s`; the moment of the newest one."""
    random = np.random.default_rng(7)
    steps, per_block = rows // devices, max(1, ROWS_PER_BLOCK // devices)
    for first in range(0, steps, per_block):
        async with transaction(sessions) as session:
            step = np.repeat(np.arange(first, min(first + per_block, steps)), devices)
            await write_readings(session, _block(random, step, devices, period_s * 1_000_000))
    async with transaction(sessions) as session:
        await refresh_periods(session, range(devices))
    return FIRST_US + (steps - 1) * period_s * 1_000_000


def _block(random: np.random.Generator, step: IntArray, devices: int, period_us: int) -> ReadingBlock:
    cluster = np.tile(np.arange(devices), len(step) // devices)
    state = (step // 60 + cluster) % 3
    watts = np.array([0.0, 3.0, 400.0])[state] * random.uniform(0.9, 1, len(step))
    return ReadingBlock(
        timestamp_us=FIRST_US + step * period_us,
        cluster=cluster,
        values={
            "real_power_watt": watts,
            "apparent_power": watts / 920,
            "voltage": 230 + random.normal(0, 1.5, len(step)),
            "thd": random.uniform(1, 12, len(step)),
        },
        device_state=[STATES[number] for number in state.tolist()],
        device_name={cluster: f"Device {cluster}" for cluster in range(devices)},
    )
