"""Compare everything stored in `rollups` with the plain computation over the raw rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models import Device, DeviceGap, DeviceSpacing, ElectricalData, Rollup
from tests.support.reading_oracle import EPOCH, HOUR, Row, Total, gap_s, totals

DAY = timedelta(days=1)
SUMS = {
    "power_sum_w": ("real_power_watt", 1),
    "thd_sum_percent": ("thd", 1),
    "voltage_sum_v": ("voltage", 1),
    "current_sum_a": ("current", 1),
    "reactive_sum_var": ("reactive_power", 1000),
    "apparent_sum_va": ("apparent_power", 1000),
    "frequency_sum_hz": ("frequency", 1),
}
EXTREMES = {
    "power_min_w": ("real_power_watt", min),
    "power_max_w": ("real_power_watt", max),
    "thd_max_percent": ("thd", max),
    "voltage_min_v": ("voltage", min),
    "voltage_max_v": ("voltage", max),
    "current_max_a": ("current", max),
    "frequency_min_hz": ("frequency", min),
    "frequency_max_hz": ("frequency", max),
}
MOMENTS = {"power_min_at": "power_min_w", "power_max_at": "power_max_w", "thd_max_at": "thd_max_percent"}
# Sums are added up in another order here; measured differences stay below 1e-12 of the values.
REL, ABS = 1e-9, 1e-7


async def wipe(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        for table in (ElectricalData, Rollup, Device, DeviceSpacing, DeviceGap):
            await session.execute(delete(table))


async def assert_rollups_equal_raw(
    sessions: SessionFactory, rows: Iterable[Row], gaps: Mapping[int, float] | None = None
) -> None:
    """Hours, days and lives of every device are exactly what its rows give; there are no others."""
    by_cluster = defaultdict(list)
    for row in rows:
        by_cluster[row.cluster].append(row)
    async with snapshot(sessions) as session:
        stored = {
            (rollup.resolution, rollup.cluster, rollup.bucket, rollup.device_state): rollup
            for rollup in await session.scalars(select(Rollup))
        }
    expected: dict[tuple[str, int, datetime, str], Total] = {}
    for cluster, own in by_cluster.items():
        gap = (gaps or {}).get(cluster, gap_s(own))
        for resolution, start, end in _buckets(own):
            for state, total in totals(own, start, end, gap).items():
                expected[resolution, cluster, EPOCH if resolution == "life" else start, state] = total
    assert set(stored) == set(expected)
    for key, rollup in stored.items():
        _assert_equal(key, rollup, expected[key])


def _buckets(rows: list[Row]) -> Iterable[tuple[str, datetime, datetime]]:
    first, last = min(row.moment for row in rows), max(row.moment for row in rows)
    yield "life", first, last + HOUR
    for resolution, width in (("hour", HOUR), ("day", DAY)):
        start = EPOCH + (first - EPOCH) // width * width
        while start <= last:
            yield resolution, start, start + width
            start += width


def _assert_equal(key: object, rollup: Rollup, total: Total) -> None:
    assert rollup.n == len(total.rows), key
    assert rollup.energy_wh == pytest.approx(total.energy_wh, rel=REL, abs=ABS), key
    assert rollup.covered_s == pytest.approx(total.covered_s, rel=REL, abs=ABS), key
    for column, (name, factor) in SUMS.items():
        assert getattr(rollup, column) == pytest.approx(sum(total.values(name)) * factor, rel=REL, abs=ABS), (
            key
        )
        assert getattr(rollup, column.split("_")[0] + "_n") == len(total.values(name)), key
    for column, (name, extreme) in EXTREMES.items():
        values = total.values(name)
        assert getattr(rollup, column) == (extreme(values) if values else None), (key, column)
    for column, of in MOMENTS.items():
        assert getattr(rollup, column) == total.extreme_at(EXTREMES[of][0], getattr(rollup, of)), (
            key,
            column,
        )
    both = [
        (row.real_power_watt, row.apparent_power * 1000)
        for row in total.rows
        if row.real_power_watt is not None and row.apparent_power is not None
    ]
    assert rollup.pf_real_sum_w == pytest.approx(sum(p for p, _ in both), rel=REL, abs=ABS), key
    assert rollup.pf_apparent_sum_va == pytest.approx(sum(s for _, s in both), rel=REL, abs=ABS), key
    if total.rows:
        assert (rollup.first_at, rollup.last_at) == (total.rows[0].moment, total.rows[-1].moment), key
