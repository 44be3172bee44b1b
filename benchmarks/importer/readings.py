"""A CSV file of readings in the table's own columns, quickly made and the same for the same arguments."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

COLUMNS = (
    "timestamp", "voltage", "current", "real_power", "reactive_power", "apparent_power", "power_factor",
    "frequency", "thd", "real_power_watt", "cluster", "device_state",
)  # fmt: skip
PERIOD_S = 10
STATES = ("off", "standby", "on")
_LINE = "%s,%.2f,%.4f,%.5f,%.6f,%.6f,%.4f,%.3f,%.2f,%.2f,%d,%s\n"
_FIRST_S = 1_767_225_600  # 2026-01-01


def write_csv(path: Path, rows: int, devices: int) -> None:
    """Write `rows` readings of `devices` devices that report together, in order of time."""
    steps_per_block = max(1, 50_000 // devices)
    random = np.random.default_rng(7)
    written = step = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        while written < rows:
            count = min(steps_per_block * devices, rows - written)
            file.write(_block(random, step, count, devices))
            written += count
            step += steps_per_block


def _block(random: np.random.Generator, first_step: int, count: int, devices: int) -> str:
    index = np.arange(count)
    cluster, step = index % devices, first_step + index // devices
    voltage = np.round(230 + random.normal(0, 1.5, count), 2)
    state = (step // 60 + cluster) % 3
    watts = np.round(
        np.array([0.0, 3.0, 400.0])[state] * (1 + cluster / 50) * random.uniform(0.9, 1, count), 2
    )
    apparent_va = watts / 0.92
    columns = [
        [
            f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}Z"
            for second in (_FIRST_S + step * PERIOD_S).tolist()
        ],
        voltage,
        apparent_va / voltage,
        watts / 1000,
        np.sqrt(apparent_va**2 - watts**2) / 1000,
        apparent_va / 1000,
        np.where(watts > 0, 0.92, 0.0),
        50 + random.normal(0, 0.01, count),
        random.uniform(1, 12, count),
        watts,
        cluster,
        [STATES[number] for number in state.tolist()],
    ]
    lists = [column if isinstance(column, list) else column.tolist() for column in columns]
    return "".join(_LINE % row for row in zip(*lists, strict=True))
