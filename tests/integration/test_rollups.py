"""Whatever order readings arrive in, the stored rollups are what the raw readings give."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models import Rollup
from api_service.repositories.device_repository import lock_devices
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods, set_largest_gap
from tests.integration.rollup_check import assert_rollups_equal_raw, wipe
from tests.support.reading_oracle import Row, block, gap_s

# The database is the same for all examples of a test and emptied before each.
SAME_DATABASE = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VALUES = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 99.5, 230.25, 2000.0]))


@st.composite
def some_readings(draw: st.DrawFn) -> list[Row]:
    """Up to 40 readings of up to two devices over some three days: bursts, gaps, nulls, hour edges."""
    pace_s = draw(st.sampled_from([1, 10, 600, 3600]))
    moments = draw(
        st.lists(st.tuples(st.integers(1, 2), st.integers(0, 80)), min_size=1, max_size=40, unique=True)
    )
    offset = draw(st.sampled_from([0, 3590, 86_395]))
    return [
        Row(
            at=offset + place * pace_s,
            cluster=cluster,
            real_power_watt=draw(VALUES),
            apparent_power=draw(VALUES),
            reactive_power=draw(VALUES),
            thd=draw(VALUES),
            voltage=draw(VALUES),
            device_state=draw(st.sampled_from([None, "on", "off"])),
        )
        for cluster, place in moments
    ]


async def write(sessions: SessionFactory, rows: list[Row]) -> int:
    async with transaction(sessions) as session:
        return (await write_readings(session, block(rows))).accepted


async def refresh(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        await refresh_periods(session, [1, 2])


async def stored_rollups(sessions: SessionFactory) -> list[dict[str, object]]:
    async with snapshot(sessions) as session:
        rows = (await session.execute(select(Rollup.__table__))).all()
    return sorted((dict(row._mapping) for row in rows), key=lambda row: [str(row[name]) for name in KEY])


KEY = ("resolution", "cluster", "bucket", "device_state")


@SAME_DATABASE
@given(rows=some_readings(), data=st.data())
async def test_rollups_any_order_of_arrival_equal_raw(
    sessions: SessionFactory, rows: list[Row], data: st.DataObject
) -> None:
    await wipe(sessions)
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    for first, last in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        await write(sessions, shuffled[first:last])
    # With so few readings the median is exact after each write, refreshed or not.
    await assert_rollups_equal_raw(sessions, rows)
    await refresh(sessions)
    await assert_rollups_equal_raw(sessions, rows)


@SAME_DATABASE
@given(rows=some_readings(), data=st.data())
async def test_rollups_imported_again_change_in_nothing(
    sessions: SessionFactory, rows: list[Row], data: st.DataObject
) -> None:
    await wipe(sessions)
    assert await write(sessions, rows) == len(rows)
    before = await stored_rollups(sessions)
    assert await write(sessions, data.draw(st.permutations(rows))) == 0
    await refresh(sessions)
    assert await stored_rollups(sessions) == before


@SAME_DATABASE
@given(rows=some_readings(), gap=st.sampled_from([0.5, 1, 10, 61, 3600, 20_000]))
async def test_rollups_under_a_limit_of_the_user_equal_raw(
    sessions: SessionFactory, rows: list[Row], gap: float
) -> None:
    await wipe(sessions)
    await write(sessions, rows[::2])
    async with transaction(sessions) as session:
        held = await lock_devices(session, [1, 2])
        for device in held.values():
            await set_largest_gap(session, device, gap)
    await write(sessions, rows[1::2])
    limits = dict.fromkeys(held, gap)
    await assert_rollups_equal_raw(sessions, rows, limits)
    async with transaction(sessions) as session:
        for device in (await lock_devices(session, [1, 2])).values():
            await set_largest_gap(session, device, None)
    await assert_rollups_equal_raw(sessions, rows)


async def test_rollups_many_blocks_that_append_equal_raw(sessions: SessionFactory) -> None:
    random = np.random.default_rng(5)
    steps = random.choice([9.5, 10, 10, 10.25, 150, 4000], size=2000, p=[0.1, 0.4, 0.29, 0.2, 0.008, 0.002])
    rows = [
        Row(
            at=float(at),
            cluster=int(random.integers(1, 4)),
            real_power_watt=float(random.uniform(0, 3000)),
            device_state=str(random.choice(["on", "off"])),
            thd=float(random.uniform(0, 20)),
        )
        for at in np.cumsum(steps)
    ]
    for first in range(0, len(rows), 130):
        await write(sessions, rows[first : first + 130])
    async with transaction(sessions) as session:
        await refresh_periods(session, [1, 2, 3])
    await assert_rollups_equal_raw(sessions, rows)


async def test_rollups_before_the_refresh_equal_raw_under_the_stored_limit(sessions: SessionFactory) -> None:
    quick = [Row(at=k, real_power_watt=100.0) for k in range(100)]
    slow = [Row(at=1000 + 100 * k, real_power_watt=100.0) for k in range(27)]
    await write(sessions, quick)
    await write(sessions, slow)  # 127 readings: no power of two was passed since the last look
    await assert_rollups_equal_raw(sessions, quick + slow, {1: 60})
    slower = [Row(at=10_000 + 100 * k, real_power_watt=100.0) for k in range(200)]
    await write(sessions, slower)  # now most spacings are 100 s, and the limit is 1,000 s
    rows = quick + slow + slower
    assert gap_s(rows) == 1000
    await assert_rollups_equal_raw(sessions, rows)


async def test_rollups_hour_that_a_late_reading_takes_from_a_state_lose_its_row(
    sessions: SessionFactory,
) -> None:
    evening = [
        Row(at=3600 - 60, real_power_watt=60.0, device_state="on"),
        Row(at=3600 + 60, real_power_watt=60.0, device_state="off"),
        Row(at=3600 + 180, real_power_watt=60.0, device_state="off"),
    ]
    await write(sessions, evening)
    await assert_rollups_equal_raw(sessions, evening)
    late = replace(evening[1], at=3600 - 1)
    await write(sessions, [late])
    await assert_rollups_equal_raw(sessions, [*evening, late])


@pytest.mark.parametrize("late_s", [3590, 3610])
async def test_rollups_late_reading_beside_the_hour_changes_both_hours(
    sessions: SessionFactory, late_s: int
) -> None:
    around = [Row(at=at, real_power_watt=100.0) for at in (3520, 3570, 3630, 3680)]
    late = Row(at=late_s, real_power_watt=5000.0)
    await write(sessions, around)
    await write(sessions, [late])
    await assert_rollups_equal_raw(sessions, [*around, late])


async def test_rollups_keep_64_states_apart_and_the_rest_together(sessions: SessionFactory) -> None:
    # A counter in the state's column: once a rollup of every reading.
    rows = [Row(at=10 * k, real_power_watt=1.0, device_state=f"count {k:03}") for k in range(200)]
    for part in (rows[:50], rows[100:], rows[50:100]):
        async with transaction(sessions) as session:
            await write_readings(session, block(part))
    async with transaction(sessions) as session:
        await refresh_periods(session, [1])
        lives = (await session.scalars(select(Rollup).where(Rollup.resolution == "life"))).all()
    counts = {rollup.device_state: rollup.n for rollup in lives}
    assert (len(counts), counts["other"], sum(counts.values())) == (65, 136, 200)
    assert sum(rollup.energy_wh for rollup in lives) == pytest.approx(1990 / 3600)
