"""write_readings: what is stored, what is a duplicate, and what devices know afterwards."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import MEASURES, ReadingBlock
from api_service.models import Device, ElectricalData, Rollup
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.integration.rollup_check import assert_rollups_equal_raw
from tests.support.reading_oracle import START, Row, block


async def write(
    sessions: SessionFactory, rows: list[Row], names: dict[int, str] | None = None
) -> tuple[int, list[int]]:
    async with transaction(sessions) as session:
        result = await write_readings(session, block(rows, names))
    return result.accepted, result.duplicates.tolist()


async def readings(sessions: SessionFactory) -> list[ElectricalData]:
    async with snapshot(sessions) as session:
        order = (ElectricalData.cluster, ElectricalData.timestamp)
        return list(await session.scalars(select(ElectricalData).order_by(*order)))


async def device(sessions: SessionFactory, cluster: int = 1) -> Device:
    async with snapshot(sessions) as session:
        found = await session.get(Device, cluster)
    assert found is not None
    return found


async def test_write_readings_every_column_comes_back_as_it_went_in(sessions: SessionFactory) -> None:
    values = {name: np.array([place + 0.1, np.nan]) for place, name in enumerate(MEASURES)}
    moments = np.array([1_773_100_800_123_456, 1_773_100_801_000_001])
    written = ReadingBlock(moments, np.array([0, 2**31 - 1]), values, ["an “odd” stäte", None])
    async with transaction(sessions) as session:
        await write_readings(session, written)
    first, second = await readings(sessions)
    assert [getattr(first, name) for name in MEASURES] == [place + 0.1 for place in range(len(MEASURES))]
    assert [getattr(second, name) for name in MEASURES] == [None] * len(MEASURES)
    assert (first.cluster, second.cluster) == (0, 2**31 - 1)
    assert (first.device_state, second.device_state) == ("an “odd” stäte", None)
    assert first.timestamp == START + timedelta(microseconds=123_456)
    assert second.timestamp == START + timedelta(seconds=1, microseconds=1)


async def test_write_readings_missing_columns_are_null(sessions: SessionFactory) -> None:
    only_power = {"real_power_watt": np.array([5.0])}
    async with transaction(sessions) as session:
        await write_readings(session, ReadingBlock(np.array([0]), np.array([1]), only_power, [None]))
    (stored,) = await readings(sessions)
    assert stored.real_power_watt == 5
    assert stored.voltage is None


async def test_write_readings_nothing_stores_nothing(sessions: SessionFactory) -> None:
    assert await write(sessions, []) == (0, [])
    assert await readings(sessions) == []


async def test_write_readings_repeated_in_the_block_first_wins(sessions: SessionFactory) -> None:
    rows = [
        Row(at=20, real_power_watt=1.0),
        Row(at=10, real_power_watt=2.0),
        Row(at=20, real_power_watt=3.0),
        Row(at=20, cluster=2, real_power_watt=4.0),
        Row(at=10, real_power_watt=5.0),
    ]
    assert await write(sessions, rows) == (3, [2, 4])
    assert [row.real_power_watt for row in await readings(sessions)] == [2, 1, 4]


async def test_write_readings_stored_before_are_duplicates_and_stay(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10, real_power_watt=1.0), Row(at=30, real_power_watt=3.0)])
    again = [
        Row(at=30, real_power_watt=9.0),
        Row(at=20, real_power_watt=2.0),
        Row(at=10, real_power_watt=9.0),
    ]
    assert await write(sessions, again) == (1, [0, 2])
    assert [row.real_power_watt for row in await readings(sessions)] == [1, 2, 3]


async def test_write_readings_same_moment_of_another_device_is_none(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10, cluster=1)])
    assert await write(sessions, [Row(at=10, cluster=2)]) == (1, [])


async def test_write_readings_rolled_back_leaves_nothing(sessions: SessionFactory) -> None:
    async def interrupted() -> None:
        async with transaction(sessions) as session:
            await write_readings(session, block([Row(at=10, real_power_watt=1.0)]))
            raise LookupError

    with pytest.raises(LookupError):
        await interrupted()
    async with snapshot(sessions) as session:
        for table in (ElectricalData, Device, Rollup):
            assert (await session.scalars(select(table))).all() == []


async def test_write_readings_device_knows_its_newest_reading(sessions: SessionFactory) -> None:
    rows = [
        Row(at=40, real_power_watt=4.0, thd=40.0, device_state="off"),
        Row(at=20, real_power_watt=2.0, thd=20.0, device_state="on"),
        Row(at=30, real_power_watt=3.0, thd=30.0, device_state="on"),
    ]
    await write(sessions, rows)
    known = await device(sessions)
    assert known.first_seen == START + timedelta(seconds=20)
    assert known.last_seen == START + timedelta(seconds=40)
    assert (known.last_power_w, known.last_thd_percent, known.last_state) == (4, 40, "off")
    assert known.median_period_s == 10


async def test_write_readings_late_ones_move_only_the_first(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=40, real_power_watt=4.0, device_state="off")])
    await write(sessions, [Row(at=20, real_power_watt=2.0, device_state="on")])
    known = await device(sessions)
    assert known.first_seen == START + timedelta(seconds=20)
    assert known.last_seen == START + timedelta(seconds=40)
    assert (known.last_power_w, known.last_state) == (4, "off")


async def test_write_readings_newest_without_power_leaves_it_unknown(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10, real_power_watt=4.0)])
    await write(sessions, [Row(at=20, voltage=230.0)])
    assert (await device(sessions)).last_power_w is None


async def test_write_readings_name_of_the_file_is_kept_and_replaced(sessions: SessionFactory) -> None:
    rows = [Row(at=10), Row(at=10, cluster=2)]
    await write(sessions, rows, {1: " Oven ", 2: "x" * 300, 9: "nobody"})
    assert (await device(sessions, 1)).file_name == "Oven"
    assert (await device(sessions, 2)).file_name == "x" * 200
    assert await write(sessions, rows, {1: "Big oven"}) == (0, [0, 1])
    assert (await device(sessions, 1)).file_name == "Big oven"
    await write(sessions, [Row(at=20)], {1: "  "})
    assert (await device(sessions, 1)).file_name == "Big oven"


async def test_write_readings_at_the_same_time_are_all_counted_once(sessions: SessionFactory) -> None:
    rows = [
        Row(at=7 * place, cluster=place % 3, real_power_watt=float(place), device_state="on")
        for place in range(600)
    ]
    # Each reading is sent by two of the writers; which one stores it is chance.
    shares = [[*rows[share::6], *rows[(share + 1) % 6 :: 6]] for share in range(6)]
    results = await asyncio.gather(*(write(sessions, share) for share in shares))
    assert sum(accepted for accepted, _ in results) == len(rows)
    assert sum(len(duplicates) for _, duplicates in results) == len(rows)
    async with transaction(sessions) as session:
        await refresh_periods(session, [0, 1, 2])
    await assert_rollups_equal_raw(sessions, rows)


async def test_refresh_periods_median_of_even_number_of_spacings_is_between(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=at) for at in (0, 10, 14, 30, 100)])  # 10, 4, 16, 70
    assert (await device(sessions)).median_period_s == 13


async def test_refresh_periods_makes_the_median_exact(sessions: SessionFactory) -> None:
    quick, slow = [Row(at=k) for k in range(150)], [Row(at=1000 + 20 * k) for k in range(200)]
    await write(sessions, quick)
    for first in range(0, 200, 20):
        await write(sessions, slow[first : first + 20])
    async with transaction(sessions) as session:
        await refresh_periods(session, [1])
    # 149 spacings of 1 s, one of 851 s, 199 of 20 s: the 175th of 349 is 20 s.
    assert (await device(sessions)).median_period_s == 20
    await assert_rollups_equal_raw(sessions, [*quick, *slow])


async def test_refresh_periods_unknown_cluster_is_no_matter(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        await refresh_periods(session, [77])
        await refresh_periods(session, [])


async def test_write_readings_before_1970_and_far_ahead_are_kept(sessions: SessionFactory) -> None:
    rows = [Row(at=at, real_power_watt=9.0) for at in (-1.8e9, -1.8e9 + 30, 4e9)]
    await write(sessions, rows)
    assert await write(sessions, [Row(at=-1.8e9 + 60, real_power_watt=8.0)]) == (1, [])
    assert (await device(sessions)).first_seen.year == 1969


async def test_write_readings_clock_that_once_stood_at_1970_draws_no_curve_over_decades(
    sessions: SessionFactory,
) -> None:
    rows = [Row(at=at, real_power_watt=9.0) for at in (-1.7e9, 0, 10)]
    await write(sessions, rows)
    async with snapshot(sessions) as session:
        hours = (await session.scalars(select(Rollup).where(Rollup.resolution == "hour"))).all()
    assert [hour.covered_s for hour in hours] == [0, 10]
