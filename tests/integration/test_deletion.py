"""Deletions leave rollups, spacings and devices as if the readings had never been there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import WriteOptions
from api_service.metering.moments import epoch_us
from api_service.models import Device, ElectricalData, Rollup
from api_service.repositories.device_repository import lock_devices
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.repositories.upkeep.deletion import delete_device, delete_span, undo_import
from tests.integration.rollup_check import assert_rollups_equal_raw, wipe
from tests.integration.test_spacings import ROWS, assert_spacings_equal_raw
from tests.support.reading_oracle import START, Row, block

START_US = epoch_us(START)
SECONDS = st.integers(-10, 90_000)


async def write(sessions: SessionFactory, rows: list[Row], number: int | None = None) -> None:
    async with transaction(sessions) as session:
        await write_readings(session, block(rows), WriteOptions(import_number=number))
        await refresh_periods(session, sorted({row.cluster for row in rows}))


async def assert_exact(sessions: SessionFactory, rows: list[Row]) -> None:
    await assert_rollups_equal_raw(sessions, rows)
    await assert_spacings_equal_raw(sessions)
    async with snapshot(sessions) as session:
        for device in await session.scalars(select(Device)):
            own = sorted((row for row in rows if row.cluster == device.cluster), key=lambda row: row.at)
            assert (device.first_seen, device.last_seen) == (own[0].moment, own[-1].moment)
            assert (device.last_power_w, device.last_state) == (own[-1].real_power_watt, own[-1].device_state)


def first_of_each(*files: list[Row]) -> list[Row]:
    kept: dict[tuple[int, float], Row] = {}
    for row in (row for rows in files for row in rows):
        kept.setdefault((row.cluster, row.at), row)
    return list(kept.values())


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, first_s=SECONDS, second_s=SECONDS)
async def test_deleted_span_leaves_no_trace(
    sessions: SessionFactory, rows: list[Row], first_s: int, second_s: int
) -> None:
    await wipe(sessions)
    await write(sessions, rows)
    start_s, end_s = sorted((first_s, second_s))
    stored = first_of_each(rows)
    gone = [row for row in stored if row.cluster == 1 and start_s <= row.at < end_s]
    async with transaction(sessions) as session:
        bounds_us = START_US + start_s * 1_000_000, START_US + end_s * 1_000_000
        assert await delete_span(session, 1, *bounds_us) == len(gone)
    await assert_exact(sessions, [row for row in stored if row not in gone])


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ROWS, second=ROWS)
async def test_undone_import_leaves_the_other_one(
    sessions: SessionFactory, first: list[Row], second: list[Row]
) -> None:
    await wipe(sessions)
    await write(sessions, first, number=1)
    await write(sessions, second, number=2)
    async with transaction(sessions) as session:
        removed = await undo_import(session, 2)
    assert removed == len(first_of_each(first, second)) - len(first_of_each(first))
    await assert_exact(sessions, first_of_each(first))


async def test_deleted_device_is_forgotten_and_can_come_again(sessions: SessionFactory) -> None:
    rows = [Row(at=60 * k, cluster=cluster, real_power_watt=5.0) for k in range(90) for cluster in (1, 2)]
    await write(sessions, rows)
    async with transaction(sessions) as session:
        await lock_devices(session, [1])
        assert await delete_device(session, 1) == 90
    await assert_exact(sessions, [row for row in rows if row.cluster == 2])
    await write(sessions, [row for row in rows if row.cluster == 1])
    await assert_exact(sessions, rows)


@pytest.mark.parametrize("bounds", [(0, 1), (-(10**15), 10**16)])
async def test_deleting_of_an_unknown_device_removes_nothing(
    sessions: SessionFactory, bounds: tuple[int, int]
) -> None:
    async with transaction(sessions) as session:
        assert await delete_span(session, 77, *bounds) == 0
        assert await undo_import(session, 5) == 0
        for table in (ElectricalData, Rollup):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
