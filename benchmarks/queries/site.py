"""A site of many devices, quickly made and the same for the same arguments."""

from datetime import UTC, datetime

import numpy as np

from api_service.database.sessions import SessionFactory, transaction
from api_service.metering.blocks import ReadingBlock
from api_service.repositories.reading_repository import write_readings

PERIOD_S = 60
STATES = ("off", "standby", "on")
FIRST_US = round(datetime(2026, 8, 1, tzinfo=UTC).timestamp()) * 1_000_000
ROWS_PER_BLOCK = 200_000


async def store(sessions: SessionFactory, rows: int, devices: int) -> None:
    """Write `rows` readings of devices that report together every minute, in order of time."""
    noise = np.random.default_rng(7)
    steps = max(1, ROWS_PER_BLOCK // devices)
    for step in range(0, rows // devices, steps):
        count = min(steps, rows // devices - step)
        async with transaction(sessions) as session:
            await write_readings(session, _block(noise, step, count, devices))


def _block(noise: np.random.Generator, first_step: int, steps: int, devices: int) -> ReadingBlock:
    index = np.arange(steps * devices)
    cluster, step = index % devices + 1, first_step + index // devices
    state = (step // 60 + cluster) % 3
    watts = np.array([0.0, 3.0, 400.0])[state] * (1 + cluster / 50) * noise.uniform(0.9, 1, len(index))
    apparent_kva = watts / 920 + 0.001
    voltage = 230 + noise.normal(0, 1.5, len(index))
    return ReadingBlock(
        timestamp_us=FIRST_US + step * PERIOD_S * 1_000_000,
        cluster=cluster,
        values={
            "voltage": voltage,
            "current": apparent_kva * 1000 / voltage,
            "real_power": watts / 1000,
            "reactive_power": apparent_kva / 3,
            "apparent_power": apparent_kva,
            "power_factor": watts / 1000 / apparent_kva,
            "frequency": 50 + noise.normal(0, 0.01, len(index)),
            "thd": noise.uniform(1, 12, len(index)),
            "real_power_watt": watts,
        },
        device_state=[STATES[number] for number in state.tolist()],
    )
