"""Sums and extremes of three readings, worked out by hand."""

import numpy as np
import pytest

from api_service.metering.blocks import ReadingBlock
from api_service.metering.power_curve import DAY_US, HOUR_US, MICROSECONDS, power_curve, split
from api_service.metering.rollups import (
    BEFORE_ALL,
    NEVER,
    RollupBlock,
    concatenated,
    grouped,
    of_readings,
)

NAN = float("nan")


def three_readings() -> ReadingBlock:
    """59:50 on, 60:10 off, 60:30 off."""
    return ReadingBlock(
        timestamp_us=np.array([3590, 3610, 3630], np.int64) * MICROSECONDS,
        cluster=np.array([7, 7, 7], np.int64),
        values={
            "real_power_watt": np.array([100.0, 300.0, NAN]),
            "apparent_power": np.array([0.2, NAN, 0.4]),
            "voltage": np.array([230.0, 226.0, 230.0]),
            "thd": np.array([5.0, 8.0, 8.0]),
        },
        device_state=["on", None, None],
    )


def hours_of(readings: ReadingBlock) -> RollupBlock:
    gap_us = np.full(len(readings), 60.0 * MICROSECONDS)
    curve = power_curve(readings.cluster, readings.timestamp_us, readings.measure("real_power_watt"), gap_us)
    return of_readings(readings, np.ones(len(readings), np.bool_), split(curve, HOUR_US), HOUR_US)


def test_of_readings_hours_and_states_are_apart() -> None:
    hours = hours_of(three_readings())
    assert hours.cluster.tolist() == [7, 7, 7]
    assert hours.bucket_us.tolist() == [0, HOUR_US, HOUR_US]
    assert list(hours.state) == ["on", "", "on"]
    assert hours.columns["n"].tolist() == [1, 2, 0]


def test_of_readings_energy_after_the_hour_belongs_to_the_state_that_began_it() -> None:
    hours = hours_of(three_readings())
    # 100 W to 300 W over 20 s: 150 W and 250 W on average in the two halves, all begun "on".
    assert hours.columns["energy_wh"].tolist() == pytest.approx([150 / 360, 0, 250 / 360])
    assert hours.columns["covered_s"].tolist() == [10, 0, 10]


def test_of_readings_missing_values_count_nowhere() -> None:
    hours = hours_of(three_readings())
    assert hours.columns["power_n"].tolist() == [1, 1, 0]
    assert hours.columns["power_sum_w"].tolist() == [100, 300, 0]
    assert hours.columns["frequency_n"].tolist() == [0, 0, 0]
    assert np.isnan(hours.columns["frequency_min_hz"]).all()
    assert hours.columns["apparent_sum_va"].tolist() == pytest.approx([200, 400, 0])
    # Only the first reading has both.
    assert hours.columns["pf_real_sum_w"].tolist() == [100, 0, 0]
    assert hours.columns["pf_apparent_sum_va"].tolist() == pytest.approx([200, 0, 0])


def test_of_readings_hour_crossed_without_a_reading_has_no_moments() -> None:
    hours = hours_of(three_readings())
    assert hours.columns["first_at"][2] == NEVER
    assert hours.columns["last_at"][2] == BEFORE_ALL
    assert hours.columns["power_max_at"][2] == NEVER


def test_grouped_equal_extremes_keep_the_earliest_moment() -> None:
    day = grouped(hours_of(three_readings()).in_buckets(0).without_states())
    assert day.columns["thd_max_percent"].tolist() == [8]
    assert day.columns["thd_max_at"].tolist() == [3610 * MICROSECONDS]
    assert day.columns["power_min_at"].tolist() == [3590 * MICROSECONDS]
    assert day.columns["first_at"].tolist() == [3590 * MICROSECONDS]
    assert day.columns["last_at"].tolist() == [3630 * MICROSECONDS]
    assert day.columns["voltage_min_v"].tolist() == [226]


def test_grouped_days_of_hours_equal_days_of_readings() -> None:
    hours = hours_of(three_readings())
    days = grouped(hours.in_buckets(hours.bucket_us // DAY_US * DAY_US))
    assert list(days.state) == ["", "on"]
    assert days.columns["n"].tolist() == [2, 1]
    assert days.columns["energy_wh"].tolist() == pytest.approx([0, 400 / 360])


def test_grouped_nothing_is_nothing() -> None:
    assert len(grouped(concatenated([]))) == 0


def test_of_readings_reading_that_is_not_counted_still_begins_its_stretch() -> None:
    readings = three_readings()
    gap_us = np.full(3, 60.0 * MICROSECONDS)
    curve = power_curve(readings.cluster, readings.timestamp_us, readings.measure("real_power_watt"), gap_us)
    hours = of_readings(readings, np.array([False, True, True]), split(curve, HOUR_US), HOUR_US)
    assert hours.columns["n"].tolist() == [0, 2, 0]
    assert hours.columns["covered_s"].tolist() == [10, 0, 10]
