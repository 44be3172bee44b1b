"""Power curves, worked out by hand: 1 kW for an hour is 1,000 Wh."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.metering.power_curve import HOUR_US, MICROSECONDS, Segments, clip, power_curve, split

NAN = float("nan")


def curve(moments_s: list[float], powers_w: list[float], gap_s: float = 60, cluster: int = 1) -> Segments:
    moments_us = np.array([round(moment * MICROSECONDS) for moment in moments_s], np.int64)
    rows = len(moments_us)
    return power_curve(
        np.full(rows, cluster, np.int64),
        moments_us,
        np.array(powers_w, np.float64),
        np.full(rows, gap_s * MICROSECONDS),
    )


def seconds(segments: Segments) -> list[tuple[float, float]]:
    starts, ends = segments.start_us / MICROSECONDS, segments.end_us / MICROSECONDS
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def test_power_curve_two_readings_is_trapezoid() -> None:
    segments = curve([0, 36], [100, 300])
    assert segments.covered_s.tolist() == [36]
    # 200 W on average for a hundredth of an hour.
    assert segments.energy_wh.tolist() == pytest.approx([2.0])


def test_power_curve_constant_kilowatt_for_an_hour_is_one_kilowatt_hour() -> None:
    segments = curve([10 * k for k in range(361)], [1000.0] * 361)
    assert segments.energy_wh.sum() == pytest.approx(1000)
    assert segments.covered_s.sum() == 3600


def test_power_curve_gap_of_exactly_the_limit_is_bridged() -> None:
    assert seconds(curve([0, 60], [5, 5], gap_s=60)) == [(0, 60)]


def test_power_curve_gap_beyond_the_limit_leaves_a_hole() -> None:
    segments = curve([0, 30, 90.000001, 100], [100, 100, 100, 100], gap_s=60)
    assert seconds(segments) == [(0, 30), (90.000001, 100)]


def test_power_curve_single_reading_has_no_length() -> None:
    assert len(curve([5], [1000])) == 0


def test_power_curve_no_reading_is_empty() -> None:
    assert len(curve([], [])) == 0


def test_power_curve_reading_without_power_is_passed_over() -> None:
    segments = curve([0, 10, 20], [100, NAN, 300], gap_s=60)
    assert seconds(segments) == [(0, 20)]
    assert segments.energy_wh.tolist() == pytest.approx([200 * 20 / 3600])


def test_power_curve_unsorted_readings_name_the_row_that_begins() -> None:
    segments = curve([20, 0, 10], [300, 100, 200])
    assert seconds(segments) == [(0, 10), (10, 20)]
    assert segments.row.tolist() == [1, 2]
    assert segments.start_w.tolist() == [100, 200]


def test_power_curve_two_devices_are_not_joined() -> None:
    segments = power_curve(
        np.array([1, 2, 1, 2]),
        np.array([0, 1, 2, 3]) * MICROSECONDS,
        np.array([10.0, 1000.0, 10.0, 1000.0]),
        np.array([60.0, 60.0, 60.0, 60.0]) * MICROSECONDS,
    )
    assert seconds(segments) == [(0, 2), (1, 3)]
    assert segments.row.tolist() == [0, 1]


def test_power_curve_limits_differ_by_device() -> None:
    segments = power_curve(
        np.array([1, 1, 2, 2]),
        np.array([0, 100, 0, 100]) * MICROSECONDS,
        np.array([10.0, 10.0, 10.0, 10.0]),
        np.array([60.0, 60.0, 100.0, 100.0]) * MICROSECONDS,
    )
    assert segments.row.tolist() == [2]


def test_clip_inside_a_stretch_interpolates_both_ends() -> None:
    part = clip(curve([0, 40], [0, 400]), 10 * MICROSECONDS, 20 * MICROSECONDS)
    assert seconds(part) == [(10, 20)]
    assert part.start_w.tolist() == [100]
    assert part.end_w.tolist() == [200]
    assert part.energy_wh.tolist() == pytest.approx([150 * 10 / 3600])


def test_clip_outside_of_everything_is_empty() -> None:
    segments = curve([0, 40], [0, 400])
    assert len(clip(segments, 40 * MICROSECONDS, 50 * MICROSECONDS)) == 0
    assert len(clip(segments, -10 * MICROSECONDS, 0)) == 0


def test_split_at_the_hour_divides_energy_by_the_straight_line() -> None:
    # From 59:50 with 0 W to 60:10 with 200 W: 100 W at the hour.
    parts = split(curve([3590, 3610], [0, 200]), HOUR_US)
    assert seconds(parts) == [(3590, 3600), (3600, 3610)]
    assert parts.energy_wh.tolist() == pytest.approx([50 * 10 / 3600, 150 * 10 / 3600])
    assert parts.row.tolist() == [0, 0]


def test_split_stretch_that_ends_at_the_hour_stays_whole() -> None:
    assert seconds(split(curve([3590, 3600, 3610], [1, 1, 1]), HOUR_US)) == [(3590, 3600), (3600, 3610)]


def test_split_stretch_over_several_hours_gives_each_its_part() -> None:
    parts = split(curve([1800, 12600], [100, 100], gap_s=1e6), HOUR_US)
    assert parts.covered_s.tolist() == [1800, 3600, 3600, 1800]
    assert parts.energy_wh.tolist() == pytest.approx([50, 100, 100, 50])


def test_split_with_origin_moves_the_edges() -> None:
    parts = split(curve([0, 60], [6, 6]), 25 * MICROSECONDS, 10 * MICROSECONDS)
    assert seconds(parts) == [(0, 10), (10, 35), (35, 60)]


def test_split_before_1970_cuts_at_hours_too() -> None:
    assert seconds(split(curve([-3610, -3590], [0, 200]), HOUR_US)) == [(-3610, -3600), (-3600, -3590)]


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.floats(-50, 5000)),
        min_size=2,
        max_size=40,
        unique_by=lambda r: r[0],
    ),
    st.integers(1, 5000),
    st.integers(0, 20_000),
)
def test_split_and_clip_parts_sum_to_the_whole(
    readings: list[tuple[int, float]], width_s: int, cut_s: int
) -> None:
    whole = curve([moment for moment, _ in readings], [power for _, power in readings], gap_s=4000)
    parts = split(whole, width_s * MICROSECONDS)
    edges = parts.start_us // (width_s * MICROSECONDS)
    assert np.array_equal(edges, (parts.end_us - 1) // (width_s * MICROSECONDS))
    assert parts.energy_wh.sum() == pytest.approx(whole.energy_wh.sum(), abs=1e-9)
    assert parts.covered_s.sum() == pytest.approx(whole.covered_s.sum())
    before = clip(whole, -1, cut_s * MICROSECONDS)
    after = clip(whole, cut_s * MICROSECONDS, 10**12)
    assert before.energy_wh.sum() + after.energy_wh.sum() == pytest.approx(whole.energy_wh.sum(), abs=1e-9)
    assert before.covered_s.sum() + after.covered_s.sum() == pytest.approx(whole.covered_s.sum())
