"""Readings that are means of intervals: each hour has the energy that its meter told, and no other."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.measure import Statistic
from api_service.metering.moments import epoch_us
from api_service.metering.power_curve import HOUR_US
from api_service.metering.windows import RollupSpan
from api_service.repositories.aggregates import device_statuses, window_stats
from api_service.repositories.device_repository import load_devices
from api_service.repositories.plots.energy import energy_parts, signed_parts
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.repositories.rollup_repository import load_rollups
from tests.support.reading_oracle import START, Row, block

START_US = epoch_us(START)


async def store(sessions: SessionFactory, rows: list[Row], interval_s: int | None) -> None:
    written = block(rows)
    if interval_s is not None:
        written = replace(written, interval_us={1: interval_s * 1_000_000})
    async with transaction(sessions) as session:
        await write_readings(session, written)
        await refresh_periods(session, [1])


async def hours_of(sessions: SessionFactory, count: int) -> list[tuple[float, float]]:
    """Energy and covered time of each hour from `START` on, from the rollups."""
    found = np.zeros((count, 2))
    async with snapshot(sessions) as session:
        span = RollupSpan("hour", (1,), START_US, START_US + count * HOUR_US)
        hours = await load_rollups(session, [span])
    for at_us, energy_wh, covered_s in zip(
        hours.bucket_us, hours.columns["energy_wh"], hours.columns["covered_s"], strict=True
    ):
        found[(at_us - START_US) // HOUR_US] += (energy_wh, covered_s)
    return [tuple(row) for row in found.tolist()]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 0, 1]])
async def test_hourly_means_keep_their_own_hour(sessions: SessionFactory, order: list[int]) -> None:
    # A dryer: 0, 2000, 100 and 0 W in the mean of four hours. As instants, half would go to the neighbours.
    watts = [0.0, 2000.0, 100.0, 0.0]
    for k in order:
        await store(sessions, [Row(at=3600 * k, real_power_watt=watts[k])], 3600)
    assert await hours_of(sessions, 5) == [(0, 3600), (2000, 3600), (100, 3600), (0, 3600), (0, 0)]


async def test_intervals_over_an_hours_edge_are_cut_there(sessions: SessionFactory) -> None:
    rows = [Row(at=2700 * k, real_power_watt=watts) for k, watts in enumerate((400.0, 800.0, 1200.0))]
    await store(sessions, rows, 2700)
    # 45 min at 400 W and 15 at 800; 30 min at 800 W and 30 at 1200; 15 min at 1200.
    assert await hours_of(sessions, 3) == [(500, 3600), (1000, 3600), (300, 900)]


async def test_any_window_and_any_bucket_cut_the_steps(sessions: SessionFactory) -> None:
    await store(sessions, [Row(at=3600 * k, real_power_watt=100.0 * (k + 1)) for k in range(3)], 3600)
    start, end = START + timedelta(minutes=30), START + timedelta(minutes=150)
    async with snapshot(sessions) as session:
        stats = (await window_stats(session, start, end, await device_statuses(session)))[1]
        device = (await load_devices(session))[1]
        edges = np.arange(START_US, START_US + 3 * HOUR_US + 1, HOUR_US // 4)
        quarters = await energy_parts(
            session, device, (START_US, START_US + 3 * HOUR_US), edges, HOUR_US // 4
        )
        signed = await signed_parts(session, device, (epoch_us(start), epoch_us(end)), edges)
    assert stats["energy", Statistic.SUM] == pytest.approx(50 + 200 + 150)
    assert stats.covered_s == 7200
    assert device.interval_s == 3600
    energies = np.zeros(12)
    for at_us, energy_wh, _ in quarters:
        np.add.at(energies, (at_us - START_US) // (HOUR_US // 4), energy_wh)
    assert energies.tolist() == pytest.approx([25] * 4 + [50] * 4 + [75] * 4)
    assert sum(float(drawn.sum()) for _, drawn, _ in signed) == pytest.approx(400)


async def test_a_device_told_to_give_intervals_is_made_again(sessions: SessionFactory) -> None:
    await store(sessions, [Row(at=3600 * k, real_power_watt=100.0) for k in range(3)], None)
    assert await hours_of(sessions, 3) == [(100, 3600), (100, 3600), (0, 0)]
    await store(sessions, [Row(at=3 * 3600, real_power_watt=500.0)], 3600)
    assert await hours_of(sessions, 5) == [(100, 3600), (100, 3600), (100, 3600), (500, 3600), (0, 0)]
