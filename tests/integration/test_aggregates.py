"""Any window's statistics equal what the raw readings in it give."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import MEASURES
from api_service.metering.measure import Statistic
from api_service.metering.window_stats import WindowStats
from api_service.repositories.aggregates import (
    current_moment,
    device_statuses,
    newest_reading_at,
    window_stats,
)
from api_service.repositories.device_repository import lock_devices, rename
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.data_service import SHOWN
from shared.settings import Clock
from tests.integration.rollup_check import wipe
from tests.support.reading_oracle import START, Row, Total, block, gap_s, most_common_state, totals, whole

DAY = timedelta(days=1)
MIN, MEAN, MAX, SUM = Statistic.MIN, Statistic.MEAN, Statistic.MAX, Statistic.SUM
FIRST, LATEST = Statistic.FIRST, Statistic.LATEST


async def write(sessions: SessionFactory, rows: list[Row], names: dict[int, str] | None = None) -> None:
    async with transaction(sessions) as session:
        await write_readings(session, block(rows, names))
        await refresh_periods(session, sorted({row.cluster for row in rows}))


async def stats_of(
    sessions: SessionFactory, start: datetime, end: datetime, clusters: list[int] | None = None
) -> dict[int, WindowStats]:
    async with snapshot(sessions) as session:
        if clusters is None:
            return await window_stats(session, start, end)
        return await window_stats(session, start, end, await device_statuses(session, clusters))


def five_days(seed: int = 3) -> list[Row]:
    """Three devices of different pace with nulls, states and holes, from noon of the first day on."""
    random = np.random.default_rng(seed)
    rows = []
    for cluster, pace_s in ((1, 300), (2, 900), (3, 3600)):
        moments = np.arange(12 * 3600, 5 * 86_400, pace_s) + random.integers(0, 30)
        for at in moments[random.random(len(moments)) > 0.1].tolist():
            power_w = float(random.integers(0, 40) * 50)
            rows.append(
                Row(
                    at=at,
                    cluster=cluster,
                    real_power_watt=power_w if random.random() > 0.05 else None,
                    apparent_power=power_w / 900 if random.random() > 0.2 else None,
                    thd=float(random.integers(1, 9)) if cluster != 3 else None,
                    voltage=float(random.normal(230, 2)),
                    device_state=[None, "on", "off"][random.integers(0, 3)],
                )
            )
    return rows


def assert_equal(stats: WindowStats, total: Total, start: datetime, end: datetime) -> None:
    powers, rows = total.values("real_power_watt"), total.rows
    assert stats.samples == len(rows)
    assert (stats["energy", SUM] or 0.0) == pytest.approx(total.energy_wh, rel=1e-9, abs=1e-6)
    assert stats.covered_s == pytest.approx(total.covered_s, rel=1e-9, abs=1e-6)
    assert stats.coverage == pytest.approx(total.covered_s / (end - start).total_seconds(), abs=1e-9)
    assert stats["power", MEAN] == pytest.approx(total.mean("real_power_watt"))
    assert stats["power", MIN] == min(powers, default=None)
    assert stats["power", MAX] == max(powers, default=None)
    assert stats.at(("power", MIN)) == total.extreme_at("real_power_watt", min(powers, default=None))
    assert stats.at(("power", MAX)) == total.extreme_at("real_power_watt", max(powers, default=None))
    thds = total.values("thd")
    assert stats["thd", MEAN] == pytest.approx(total.mean("thd"))
    assert stats.at(("thd", MAX)) == total.extreme_at("thd", max(thds, default=None))
    assert stats["voltage", MEAN] == pytest.approx(total.mean("voltage"))
    assert stats["voltage", MIN] == min(total.values("voltage"), default=None)
    assert stats["current", MEAN] is None
    both = [
        (r.real_power_watt, r.apparent_power)
        for r in rows
        if None not in (r.real_power_watt, r.apparent_power)
    ]
    real_w, apparent_va = sum(p or 0 for p, _ in both), 1000 * sum(s or 0 for _, s in both)
    assert stats.sums["power_factor"][0] == pytest.approx(real_w)
    assert stats.sums["power_factor"][1] == pytest.approx(apparent_va)
    assert stats["power_factor", MEAN] == (pytest.approx(real_w / apparent_va) if apparent_va else None)
    assert stats.most_common_state == most_common_state(rows)
    assert (stats.at(("last_seen", FIRST)), stats.at(("last_seen", LATEST))) == (
        rows[0].moment,
        rows[-1].moment,
    )
    assert stats.last_state == rows[-1].device_state


SECONDS = st.one_of(
    st.integers(0, 6 * 86_400),
    st.integers(0, 6 * 24).map(lambda hour: hour * 3600),
    st.integers(0, 6).map(lambda day: day * 86_400),
)


def assert_same_where_shown(added: WindowStats, full: WindowStats) -> None:
    """What the database added up of some columns equals what was made of all readings."""
    assert added.state_counts == full.state_counts
    assert (added.last_state, added.last_seen) == (full.last_state, full.last_seen)
    for measure in ("power", "apparent_power", "thd", "power_factor"):
        for statistic in (MEAN, MIN, MAX):
            assert added[measure, statistic] == pytest.approx(full[measure, statistic])
    for measure in ("energy", "samples", "duration"):
        assert added[measure, SUM] == pytest.approx(full[measure, SUM], abs=1e-9)


async def test_window_stats_added_up_by_the_database_are_the_same(sessions: SessionFactory) -> None:
    await write(sessions, five_days())
    for first_h, last_h in ((0, 120), (13.37, 50.2), (24, 72), (30, 31)):
        start, end = START + timedelta(hours=first_h), START + timedelta(hours=last_h)
        async with snapshot(sessions) as session:
            full = await window_stats(session, start, end)
            added = await window_stats(session, start, end, names=MEASURES)
            shown = await window_stats(session, start, end, names=SHOWN)
        assert full.keys() == added.keys()
        for cluster, stats in full.items():
            assert stats.values == pytest.approx(added[cluster].values)
            assert stats.sums["power"] == pytest.approx(added[cluster].sums["power"])
            assert stats.state_counts == added[cluster].state_counts
            assert stats.last_state == added[cluster].last_state
            for key in (("last_seen", FIRST), ("last_seen", LATEST)):
                assert stats.at(key) == added[cluster].at(key) == shown[cluster].at(key)
            for measure in ("power", "thd", "power_factor"):
                assert stats[measure, MEAN] == pytest.approx(shown[cluster][measure, MEAN])
            for measure in ("energy", "samples", "duration"):
                assert stats[measure, SUM] == pytest.approx(shown[cluster][measure, SUM])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_s=SECONDS, second_s=SECONDS)
async def test_window_stats_any_window_equals_raw(
    sessions: SessionFactory, first_s: int, second_s: int
) -> None:
    rows = five_days()
    async with snapshot(sessions) as session:
        is_empty = await newest_reading_at(session) is None
    if is_empty:
        await write(sessions, rows)
    start, end = (
        START + timedelta(seconds=min(first_s, second_s)),
        START + timedelta(seconds=max(first_s, second_s)),
    )
    stats = await stats_of(sessions, start, end)
    async with snapshot(sessions) as session:
        shown = await window_stats(session, start, end, names=SHOWN)
    assert shown.keys() == stats.keys()
    for cluster, found in shown.items():
        assert_same_where_shown(found, stats[cluster])
    by_cluster = defaultdict(list)
    for row in rows:
        by_cluster[row.cluster].append(row)
    expected = {cluster: whole(totals(own, start, end, gap_s(own))) for cluster, own in by_cluster.items()}
    assert set(stats) == {cluster for cluster, total in expected.items() if total.rows}
    for cluster, found in stats.items():
        assert_equal(found, expected[cluster], start, end)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 3239).map(lambda k: 43_200 + 120 * k - 60), max_size=6))
async def test_window_stats_parts_add_up_to_the_whole(sessions: SessionFactory, cuts: list[int]) -> None:
    async with snapshot(sessions) as session:
        is_empty = await newest_reading_at(session) is None
    if is_empty:
        await write(
            sessions, [Row(at=at, real_power_watt=at % 977.0) for at in range(43_200, 5 * 86_400, 120)]
        )
    edges = [START + timedelta(seconds=second) for second in sorted({0, *cuts, 6 * 86_400})]
    parts = [await stats_of(sessions, start, end) for start, end in pairwise(edges)]
    (total,) = (await stats_of(sessions, edges[0], edges[-1])).values()
    assert sum(part[1].samples for part in parts if part) == total.samples == 3240
    assert sum((part[1]["energy", SUM] or 0.0) for part in parts if part) == pytest.approx(
        total["energy", SUM]
    )
    assert sum(part[1].covered_s for part in parts if part) == pytest.approx(total.covered_s)


async def test_window_stats_by_hand(sessions: SessionFactory) -> None:
    # 1 kW from 00:00 to 01:00, a straight fall to 0 W at 01:10, all by the ten minutes.
    rows = [Row(at=600 * k, real_power_watt=1000.0) for k in range(7)] + [Row(at=4200, real_power_watt=0.0)]
    await write(sessions, rows)
    (day,) = (await stats_of(sessions, START, START + DAY)).values()
    assert day["energy", SUM] == pytest.approx(1000 + 500 / 6)
    assert day.coverage == pytest.approx(4200 / 86_400)
    assert day["power", MEAN] == 875
    assert day.at(("power", MAX)) == START
    # From 00:55 to 01:05: five minutes at 1 kW, then 750 W on average, with one reading.
    start = START + timedelta(minutes=55)
    (part,) = (await stats_of(sessions, start, start + timedelta(minutes=10))).values()
    assert part["energy", SUM] == pytest.approx(1000 / 12 + 750 / 12)
    assert part.samples == 1
    assert part.coverage == 1


async def test_window_stats_end_is_exclusive_and_start_inclusive(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=at, real_power_watt=float(at)) for at in (10, 20, 30)])
    start = START + timedelta(seconds=10)
    (stats,) = (await stats_of(sessions, start, START + timedelta(seconds=30))).values()
    assert (stats.samples, stats["power", MAX]) == (2, 20)


async def test_window_stats_some_clusters_only(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10, cluster=cluster) for cluster in (1, 2, 3)])
    assert set(await stats_of(sessions, START, START + DAY, [2, 3, 99])) == {2, 3}
    assert await stats_of(sessions, START, START + DAY, []) == {}


async def test_window_stats_empty_or_turned_window_has_nobody(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10)])
    moment = START + timedelta(seconds=10)
    assert await stats_of(sessions, moment, moment) == {}
    assert await stats_of(sessions, START + DAY, START) == {}


async def test_window_stats_empty_database_has_nobody(sessions: SessionFactory) -> None:
    assert await stats_of(sessions, START, START + DAY) == {}
    async with snapshot(sessions) as session:
        assert await newest_reading_at(session) is None
        assert await device_statuses(session) == []


async def test_device_statuses_names_follow_their_order(sessions: SessionFactory) -> None:
    states = {1: "kettle", 2: "kettle", 3: "kettle", 4: "on"}
    await write(
        sessions, [Row(at=10, cluster=c, device_state=s) for c, s in states.items()], {1: "A", 2: "B"}
    )
    async with transaction(sessions) as session:
        await lock_devices(session, [1])
        await rename(session, 1, "Mine")
    async with snapshot(sessions) as session:
        names = [status.name for status in await device_statuses(session)]
    assert names == ["Mine", "B", "kettle", "Device 4"]


async def test_device_statuses_tell_newest_reading_and_limits(sessions: SessionFactory) -> None:
    await write(
        sessions, [Row(at=15 * k, real_power_watt=k, thd=2.0 * k, device_state="on") for k in range(3)]
    )
    async with snapshot(sessions) as session:
        (status,) = await device_statuses(session)
        assert await newest_reading_at(session) == START + timedelta(seconds=30)
    assert (status.first_seen, status.last_seen) == (START, START + timedelta(seconds=30))
    assert (status.last_power_w, status.last_thd_percent, status.last_state) == (2, 4, "on")
    assert (status.median_period_s, status.max_sample_period_s) == (15, 150)


async def test_current_moment_latest_is_just_after_the_newest_reading(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10, real_power_watt=5.0)])
    async with snapshot(sessions) as session:
        now = await current_moment(session, Clock.LATEST)
        assert now == START + timedelta(seconds=10, microseconds=1)
        assert set(await window_stats(session, now - DAY, now)) == {1}


async def test_current_moment_wall_is_the_clock(sessions: SessionFactory) -> None:
    await write(sessions, [Row(at=10)])
    async with snapshot(sessions) as session:
        before = datetime.now(UTC)
        assert before <= await current_moment(session, Clock.WALL) <= datetime.now(UTC)


async def test_current_moment_latest_of_an_empty_database_is_the_clock(sessions: SessionFactory) -> None:
    await wipe(sessions)
    async with snapshot(sessions) as session:
        before = datetime.now(UTC)
        assert before <= await current_moment(session, Clock.LATEST) <= datetime.now(UTC)
