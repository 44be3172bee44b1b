"""The one aggregation over readings: API, page, chat and metrics all ask here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class WindowStats:
    """One device over `[start, end)`; None where the quantity was not recorded in it.

    `energy_wh` is the integral of the device's power curve within the window and `covered_s` the length of
    that curve; `coverage` is `covered_s` over the window's length. `power_factor` is ΣP/ΣS over the readings
    that carry both, whose sums `power_sum_w` and `apparent_sum_va` add up over devices. Extremes name their
    earliest moment. `last_state` is the state of the window's last reading.
    """

    cluster: int
    start: datetime
    end: datetime
    samples: int
    power_mean_w: float | None
    power_min_w: float | None
    power_min_at: datetime | None
    power_max_w: float | None
    power_max_at: datetime | None
    energy_wh: float
    covered_s: float
    coverage: float
    thd_mean_percent: float | None
    thd_max_percent: float | None
    thd_max_at: datetime | None
    power_factor: float | None
    power_sum_w: float
    apparent_sum_va: float
    voltage_mean_v: float | None
    voltage_min_v: float | None
    voltage_max_v: float | None
    current_mean_a: float | None
    current_max_a: float | None
    frequency_mean_hz: float | None
    reactive_mean_var: float | None
    apparent_mean_va: float | None
    most_common_state: str | None
    first_at: datetime
    last_at: datetime
    last_state: str | None = None


@dataclass(frozen=True)
class DeviceStatus:
    """One device as it stands: its resolved name, its newest reading, its spacing.

    `max_sample_period_s` is the gap in force: the user's own, else max(60, 10 × median spacing).
    """

    cluster: int
    name: str
    first_seen: datetime
    last_seen: datetime
    last_state: str | None
    last_power_w: float | None
    last_thd_percent: float | None
    median_period_s: float | None
    max_sample_period_s: float


async def window_stats(
    session: AsyncSession, start: datetime, end: datetime, clusters: Sequence[int] | None = None
) -> dict[int, WindowStats]:
    """Statistics of each device that has readings in `[start, end)`, by cluster."""
    raise NotImplementedError


async def device_statuses(session: AsyncSession) -> list[DeviceStatus]:
    """Every known device, by cluster."""
    raise NotImplementedError


async def newest_reading_at(session: AsyncSession) -> datetime | None:
    """The moment of the newest reading of any device; None in an empty database."""
    raise NotImplementedError
