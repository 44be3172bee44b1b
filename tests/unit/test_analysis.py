"""Runs, on and off, total loads, prices and robust statistics, worked out by hand."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api_service.metering.analysis.calendar.local_time import local_clock
from api_service.metering.analysis.calendar.periods import ANY_TIME, Period, Recurrence, pieces_of
from api_service.metering.analysis.intervals import holes, union
from api_service.metering.analysis.on_off import (
    OFF,
    ON,
    UNKNOWN,
    is_off_state,
    on_by_power,
    on_threshold_w,
    tells_on_or_off,
)
from api_service.metering.analysis.prices import Band, Prices, Tariff, priced
from api_service.metering.analysis.robust import theil_sen_slope, usual_of
from api_service.metering.analysis.site_load import total_load
from api_service.metering.blocks import ReadingBlock
from api_service.metering.moments import epoch_us

S = 1_000_000
BERLIN = ZoneInfo("Europe/Berlin")


def test_on_by_power_hysteresis_holds_between_both_thresholds() -> None:
    power = np.array([60.0, 120.0, 60.0, 40.0, 60.0, np.nan, -130.0, -70.0])
    status = on_by_power(np.ones(8, np.int64), power, np.full(8, 100.0))
    # Before the first decided reading a device is off; feeding back counts by its size.
    assert status.tolist() == [OFF, ON, ON, OFF, OFF, UNKNOWN, ON, ON]


def test_on_by_power_each_device_begins_anew() -> None:
    status = on_by_power(np.array([1, 2]), np.array([200.0, 60.0]), np.array([100.0, 100.0]))
    assert status.tolist() == [ON, OFF]


def test_on_threshold_is_a_twentieth_but_at_least_ten_watts() -> None:
    assert (on_threshold_w(100.0), on_threshold_w(2000.0)) == (10.0, 100.0)


def test_states_tell_on_and_off_by_their_words() -> None:
    assert is_off_state("Standby mode")
    assert not is_off_state("Kettle")
    assert tells_on_or_off(["washing machine running"])
    assert not tells_on_or_off(["washing machine", "spin"])


def test_union_and_holes() -> None:
    spans = union(np.array([10, 0, 30]), np.array([20, 10, 40]))
    assert (spans.start_us.tolist(), spans.end_us.tolist()) == ([0, 30], [20, 40])
    left = holes(spans, -5, 50)
    assert list(zip(left.start_us.tolist(), left.end_us.tolist(), strict=True)) == [
        (-5, 0),
        (20, 30),
        (40, 50),
    ]


def test_total_load_adds_lines_between_readings_and_drops_silent_devices() -> None:
    block = ReadingBlock(
        timestamp_us=np.array([0, 20, 5, 100]) * S,
        cluster=np.array([1, 1, 2, 2]),
        values={"real_power_watt": np.array([100.0, 200.0, 10.0, 30.0])},
        device_state=[None] * 4,
    )
    total = total_load(block, {1: 60 * S, 2: 60 * S})
    assert (total.timestamp_us // S).tolist() == [0, 5, 20, 100]
    # At 5 s the first device is a quarter of the way up; the second is alone with its single readings.
    assert total.measure("real_power_watt").tolist() == [100, 125 + 10, 200, 30]


def test_total_load_leaves_out_moments_in_a_devices_gap_where_its_life_is_given() -> None:
    block = ReadingBlock(
        timestamp_us=np.array([0, 30, 60, 90, 0, 90, 30]) * S,
        cluster=np.array([1, 1, 1, 1, 2, 2, 3]),
        values={"real_power_watt": np.array([100.0, 100.0, 100.0, 100.0, 10.0, 10.0, 5.0])},
        device_state=[None] * 7,
    )
    gaps = {1: 60 * S, 2: 60 * S, 3: 60 * S}
    # The second device has a gap from 0 to 90 s; the third had its only reading at 30 s and is then silent.
    life = {1: (0, 90 * S), 2: (0, 90 * S), 3: (30 * S, 30 * S)}
    total = total_load(block, gaps, (), life).measure("real_power_watt")
    assert np.isnan(total).tolist() == [False, True, True, False]
    assert total[[0, 3]].tolist() == [110, 110]
    assert total_load(block, gaps).measure("real_power_watt").tolist() == [110, 105, 100, 110]


def test_prices_bands_and_validity_through_a_night() -> None:
    night = Band(0.10, Recurrence(22 * 3600, 6 * 3600))
    prices = Prices("EUR", (Tariff(date(2026, 1, 1), 0.30, (night,)), Tariff(date(2026, 2, 1), 0.40)))
    start, end = (epoch_us(datetime(2026, *day, tzinfo=BERLIN).astimezone(UTC)) for day in ((1, 31), (2, 2)))
    clock = local_clock(BERLIN, start, end)
    pieces = priced(pieces_of(clock, start, end, Period.WINDOW, ANY_TIME), prices, clock)
    hours = np.diff(pieces.edges_us) / (3600 * S)
    assert pieces.price is not None
    assert list(zip(hours.tolist(), pieces.price.tolist(), strict=True)) == [
        (6, 0.10), (16, 0.30), (2, 0.10), (6, 0.40), (16, 0.40), (2, 0.40),
    ]  # fmt: skip


def test_prices_before_the_first_and_after_the_last_day_are_unknown() -> None:
    prices = Prices("EUR", (Tariff(date(2026, 1, 1), 0.3, valid_to=date(2026, 1, 31)),))
    days = np.array([(date(2025, 12, 31) - date(1970, 1, 1)).days + n for n in (0, 1, 31, 32)])
    assert np.isnan(prices.at(days, np.zeros(4, np.int64))).tolist() == [True, False, False, True]


def test_theil_sen_slope_ignores_an_outlier() -> None:
    x = np.arange(7.0)
    y = 2 * x + 1
    y[3] = 500
    assert theil_sen_slope(x, y) == pytest.approx(2)


def test_usual_needs_spread_and_a_tenth() -> None:
    usual = usual_of(np.array([100.0, 102.0, 98.0, 101.0]))
    assert (usual.median, usual.mad) == (100.5, 1.0)
    assert not usual.is_unusual(109)  # beyond 4.4 but within a tenth
    assert usual.is_unusual(115)
