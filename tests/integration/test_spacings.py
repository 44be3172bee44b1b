"""Spacings and long gaps always are what the readings say, and no write looks through a device's life."""

import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering import rollups
from api_service.metering.blocks import ConflictRule, WriteOptions
from api_service.metering.moments import EPOCH, epoch_us
from api_service.metering.rollups import default
from api_service.models import Device, DeviceGap, DeviceSpacing, ElectricalData, Rollup
from api_service.repositories.device_repository import lock_devices
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods, set_largest_gap
from api_service.repositories.upkeep.partitions import make_months
from tests.integration.rollup_check import assert_rollups_equal_raw, wipe
from tests.support.reading_oracle import START, Row, block, three_digits

OPTIONS = st.sampled_from([WriteOptions(rule) for rule in ConflictRule])
ROWS = st.lists(
    st.builds(
        Row,
        at=st.one_of(st.integers(0, 400), st.integers(0, 90).map(lambda k: k * 1000)),
        cluster=st.integers(1, 2),
        real_power_watt=st.one_of(st.none(), st.integers(0, 5).map(float)),
        voltage=st.one_of(st.none(), st.just(230.0), st.just(231.0)),
        device_state=st.sampled_from([None, "on"]),
    ),
    min_size=1,
    max_size=40,
)


async def assert_spacings_equal_raw(sessions: SessionFactory) -> None:
    """The tables hold what plain loops over the stored readings give."""
    async with snapshot(sessions) as session:
        devices = (await session.scalars(select(Device))).all()
        for device in devices:
            own = select(ElectricalData).where(ElectricalData.cluster == device.cluster)
            rows = (await session.scalars(own.order_by(ElectricalData.timestamp))).all()
            moments = [epoch_us(row.timestamp) for row in rows]
            powered = [epoch_us(row.timestamp) for row in rows if row.real_power_watt is not None]
            counts = Counter(
                round(1e6 * three_digits((there - here) / 1e6)) for here, there in pairwise(moments)
            )
            kept = select(DeviceSpacing).where(DeviceSpacing.cluster == device.cluster)
            assert {row.spacing_us: row.n for row in await session.scalars(kept)} == counts
            gaps = select(DeviceGap).where(DeviceGap.cluster == device.cluster)
            assert {(row.start_us, row.end_us) for row in await session.scalars(gaps)} == {
                pair for pair in pairwise(powered) if pair[1] - pair[0] > device.gap_floor_us
            }
            ends = [
                None if at is None else epoch_us(at) for at in (device.first_power_at, device.last_power_at)
            ]
            assert ends == [min(powered, default=None), max(powered, default=None)]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(st.tuples(ROWS, OPTIONS), min_size=1, max_size=4))
async def test_any_writes_leave_spacings_and_rollups_equal_to_raw(
    sessions: SessionFactory, writes: list[tuple[list[Row], WriteOptions]]
) -> None:
    await wipe(sessions)
    expected: dict[tuple[int, float], Row] = {}
    for rows, options in writes:
        async with transaction(sessions) as session:
            await write_readings(session, block(rows), options)
        _apply(expected, rows, options.on_conflict)
        await assert_spacings_equal_raw(sessions)
    async with transaction(sessions) as session:
        await refresh_periods(session, [1, 2])
    await assert_spacings_equal_raw(sessions)
    await assert_rollups_equal_raw(sessions, expected.values())


def _apply(stored: dict[tuple[int, float], Row], rows: list[Row], rule: ConflictRule) -> None:
    """The rule of conflicts by hand: of rows that repeat within a block only the first counts."""
    seen = set()
    for row in rows:
        key = row.cluster, row.at
        if key in seen:
            continue
        seen.add(key)
        if key not in stored:
            stored[key] = row
        elif rule is not ConflictRule.KEEP:
            first, second = (row, stored[key]) if rule is ConflictRule.REPLACE else (stored[key], row)
            names = ("real_power_watt", "voltage", "device_state")
            values = {
                name: getattr(second if getattr(first, name) is None else first, name) for name in names
            }
            stored[key] = Row(row.at, row.cluster, **values)


async def test_conflicts_are_told_from_duplicates(sessions: SessionFactory) -> None:
    first = [Row(at=0, real_power_watt=100.0), Row(at=10, real_power_watt=200.0)]
    again = [
        Row(at=0, real_power_watt=100.0),
        Row(at=10, real_power_watt=900.0),
        Row(at=20, real_power_watt=1.0),
        Row(at=20, real_power_watt=2.0),
    ]
    async with transaction(sessions) as session:
        await write_readings(session, block(first))
        result = await write_readings(session, block(again))
    assert (result.accepted, result.duplicates.tolist(), result.changed) == (1, [0, 1, 3], 0)
    assert result.conflicts.tolist() == [1, 3]


async def test_second_quantity_of_the_same_times_is_filled_in(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        await write_readings(session, block([Row(at=k, real_power_watt=5.0) for k in range(3)]))
        volts = [Row(at=k, voltage=230.0 + k, real_power_watt=6.0) for k in range(3)]
        result = await write_readings(session, block(volts), WriteOptions(ConflictRule.FILL))
        assert (result.accepted, result.changed, result.conflicts.tolist()) == (0, 3, [0, 1, 2])
        rows = (await session.scalars(select(ElectricalData).order_by(ElectricalData.timestamp))).all()
    assert [(row.real_power_watt, row.voltage) for row in rows] == [(5.0, 230.0), (5.0, 231.0), (5.0, 232.0)]


HISTORY = 524_287  # one below a power of two, where the median is made exact


NUMBERS = {
    "sqlite": (
        "INSERT INTO electrical_data (timestamp, cluster, real_power_watt) "
        "WITH RECURSIVE s(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM s WHERE k < :last) "
        "SELECT :at - k * 1000000, 1, 100.0 FROM s"
    ),
    "postgresql": (
        "INSERT INTO electrical_data (timestamp, cluster, real_power_watt) "
        "SELECT to_timestamp(cast(:at AS bigint) / 1000000) - k * interval '1 second', 1, 100.0 "
        "FROM generate_series(0, cast(:last AS integer)) AS k"
    ),
}


async def _insert_history(sessions: SessionFactory) -> None:
    """A device's life of readings at 1 Hz, put there directly with all that is kept about it."""
    first = START - timedelta(seconds=HISTORY - 1)
    ends = {"first_seen": first, "last_seen": START, "first_power_at": first, "last_power_at": START}
    zeros = {name: default(name, 1)[0].item() for name in (*rollups.COUNTS, *rollups.SUMS) if name != "n"}
    life = {"resolution": "life", "cluster": 1, "bucket": EPOCH, "device_state": "", "n": HISTORY}
    async with transaction(sessions) as session:
        await make_months(session, np.arange(epoch_us(first), epoch_us(START) + 1, 86_400_000_000))
        await make_months(session, np.array([epoch_us(START)]))
        statement = text(NUMBERS[session.get_bind().dialect.name])
        await session.execute(statement, {"last": HISTORY - 1, "at": epoch_us(START)})
        await session.execute(insert(Device).values(cluster=1, median_period_s=1.0, **ends))
        await session.execute(insert(DeviceSpacing).values(cluster=1, spacing_us=1_000_000, n=HISTORY - 1))
        await session.execute(insert(Rollup).values(**life, **zeros, first_at=first, last_at=START))


ROWS_READ = text(
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables "
    "WHERE relname LIKE 'electrical_data%'"
)


async def test_live_readings_read_a_few_rows_of_a_long_history(sessions: SessionFactory) -> None:
    # Its life was once scanned at powers of two: past the statement timeout it refused readings for ever.
    await _insert_history(sessions)
    took_s = []
    for k in range(1, 6):
        begun = time.monotonic()
        async with transaction(sessions) as session:
            result = await write_readings(session, block([Row(at=k, real_power_watt=1.0)]))
            late = await write_readings(session, block([Row(at=k - 2000.5, real_power_watt=1.0)]))
            await refresh_periods(session, [1])
            if session.get_bind().dialect.name != "sqlite":
                # A late reading has its own hour read again, and the one that its curve may reach.
                assert (await session.scalar(ROWS_READ)) < HISTORY / 16
        took_s.append(time.monotonic() - begun)
        assert (result.accepted, late.accepted) == (1, 1)
    assert median(took_s) < 2.0


@pytest.mark.parametrize("limit_s", [1.5, 30.0])
async def test_limit_below_all_kept_gaps_is_exact_all_the_same(
    sessions: SessionFactory, limit_s: float
) -> None:
    rows = [Row(at=at, real_power_watt=50.0) for at in (0, 1, 2, 4, 5, 45, 46, 200, 201)]
    async with transaction(sessions) as session:
        await write_readings(session, block(rows))
        await set_largest_gap(session, (await lock_devices(session, [1]))[1], limit_s)
    await assert_rollups_equal_raw(sessions, rows, {1: limit_s})
    await assert_spacings_equal_raw(sessions)
    async with transaction(sessions) as session:
        await set_largest_gap(session, (await lock_devices(session, [1]))[1], None)
    await assert_rollups_equal_raw(sessions, rows)
    await assert_spacings_equal_raw(sessions)
