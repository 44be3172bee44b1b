"""The benchmark's truth by examples worked out by hand."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.assistant.gold.ground_truth import Meter, Truth
from benchmarks.assistant.gold.spans import day_window, spans
from simulator import sample

MIDNIGHT_S = datetime(2026, 3, 10, tzinfo=UTC).timestamp()


def meter(name: str, times_s: list[float], watts: list[float], **other: list[float]) -> Meter:
    count = len(times_s)
    return Meter(
        name,
        1,
        MIDNIGHT_S + np.array(times_s, float),
        np.array(watts, float),
        np.array(other.get("apparent_va", [w * 1.25 for w in watts]), float),
        np.array(other.get("thd", [10.0] * count), float),
        np.array(["on"] * count),
    )


def window(from_s: float, to_s: float) -> tuple[float, float]:
    return MIDNIGHT_S + from_s, MIDNIGHT_S + to_s


def test_energy_of_even_readings_is_the_trapezoid() -> None:
    # 100 W to 300 W over a minute, 300 W to 100 W over the next: 200 W for two minutes = 6.6667 Wh.
    kettle = meter("Kettle", [0, 60, 120], [100, 300, 100])
    assert kettle.energy_wh(window(0, 121)) == pytest.approx(200 * 120 / 3600)


def test_energy_across_a_long_gap_counts_nothing_there() -> None:
    # Median spacing 60 s, so 600 s are the limit: the 1,000 s between 120 s and 1,120 s contribute nothing.
    fridge = meter("Fridge", [0, 60, 120, 1120, 1180], [60] * 5)
    assert fridge.max_sample_period_s == 600
    assert fridge.energy_wh(window(0, 2000)) == pytest.approx(60 * 180 / 3600)


def test_energy_of_a_fast_device_bridges_at_least_a_minute() -> None:
    # Spacings 1, 1, 60 s: ten times the median is 10 s, but 60 s are always allowed.
    plug = meter("Plug", [0, 1, 2, 62], [36] * 4)
    assert plug.max_sample_period_s == 60
    assert plug.energy_wh(window(0, 100)) == pytest.approx(36 * 62 / 3600)


def test_energy_at_the_edges_is_cut_on_the_line_between_readings() -> None:
    # From 0 W to 600 W within 60 s; the window holds 30 s to 45 s, on average 375 W for 15 s = 1.5625 Wh.
    oven = meter("Oven", [0, 60], [0, 600])
    assert oven.energy_wh(window(30, 45)) == pytest.approx(375 * 15 / 3600)


def test_energy_of_parts_adds_up_to_the_whole() -> None:
    oven = meter("Oven", [0, 50, 130, 200], [10, 700, 20, 90])
    parts = (
        oven.energy_wh(window(-5, 77)) + oven.energy_wh(window(77, 131)) + oven.energy_wh(window(131, 500))
    )
    assert parts == pytest.approx(oven.energy_wh(window(-5, 500)))


def test_means_over_half_open_window_leave_its_end_out() -> None:
    lamp = meter("Lamp", [0, 60, 120], [10, 20, 90], thd=[4, 8, 99])
    assert lamp.mean_w(window(0, 120)) == 15
    assert lamp.thd_mean(window(0, 120)) == 6
    assert lamp.count(window(0, 120)) == 2


def test_power_factor_is_the_ratio_of_sums_not_a_mean_of_ratios() -> None:
    # 120 W of 220 VA; the mean of the ratios 1, 0.1 and 0.5 would be 0.533.
    pump = meter("Pump", [0, 60, 120], [100, 10, 10], apparent_va=[100, 100, 20])
    assert pump.power_factor(window(0, 180)) == pytest.approx(120 / 220)


def test_peak_with_ties_names_every_moment() -> None:
    tv = meter("TV", [0, 60, 120], [80, 120, 120])
    assert tv.peak(window(0, 180)) == (120, (MIDNIGHT_S + 60, MIDNIGHT_S + 120))


def test_now_of_a_silent_device_is_not_spoken_of() -> None:
    fresh = meter("Fresh", [0, 60, 7200], [10, 10, 50])
    silent = meter("Silent", [0, 60, 120], [10, 10, 999])
    truth = Truth((fresh, silent), ZoneInfo("UTC"))
    assert truth.reports(fresh)
    assert not truth.reports(silent)
    assert truth.total_now_w() == 50
    assert [m.name for m in truth.active()] == ["Fresh", "Silent"]


def test_reports_allows_slow_devices_their_own_period() -> None:
    # Readings every 300 s: ten periods are 3,000 s, which is more than 15 minutes.
    slow = meter("Slow", [0, 300, 600], [1, 1, 1])
    clock = meter("Clock", [0, 60, 3600], [1, 1, 1])
    later = meter("Later", [0, 60, 3601], [1, 1, 1])
    assert Truth((slow, clock), ZoneInfo("UTC")).reports(slow)
    assert not Truth((slow, later), ZoneInfo("UTC")).reports(slow)


def test_spans_of_a_clock_change_day_last_23_hours() -> None:
    zone = ZoneInfo("Europe/Madrid")
    base_s = datetime(2026, 3, 30, 12, tzinfo=zone).timestamp() - MIDNIGHT_S
    home = Truth((meter("A", [base_s - 8 * 86400, base_s], [1, 1]),), zone)
    yesterday = spans(home)["yesterday"][0].window
    assert yesterday[1] - yesterday[0] == 23 * 3600
    assert day_window(home, datetime(2026, 3, 29, tzinfo=zone).date()) == yesterday


def test_spans_of_the_sample_are_the_calendar_ones() -> None:
    found = spans(Truth.of(sample()))
    # The sample ends on Tuesday 17 March 2026 at 19:30 UTC.
    day = 86400.0
    tuesday = datetime(2026, 3, 17, tzinfo=UTC).timestamp()
    assert found["today"][0].window == (tuesday, tuesday + 19.5 * 3600)
    assert found["this_week"][0].window == (tuesday - day, tuesday + 19.5 * 3600)
    assert found["last_week"][0].window == (tuesday - 8 * day, tuesday - day)
    sunday = next(span for span in found["weekday"] if span.words["weekday"] == "Sunday")
    assert sunday.window == (tuesday - 2 * day, tuesday - day)
    assert sunday.words["ordinal"] == "15th"


def test_truth_of_a_simulated_household_agrees_with_a_plain_loop() -> None:
    truth = Truth.of(sample())
    oven = truth.meter("Oven")
    total, rows = 0.0, list(zip(oven.time_s.tolist(), oven.watts.tolist(), strict=True))
    for (t0, p0), (t1, p1) in pairwise(rows):
        if t1 - t0 <= 600:
            total += (p0 + p1) / 2 * (t1 - t0) / 3600
    everything = (oven.time_s[0], oven.time_s[-1])
    assert oven.energy_wh(everything) == pytest.approx(total)
    assert truth.now == datetime(2026, 3, 17, 19, 30, tzinfo=UTC)
