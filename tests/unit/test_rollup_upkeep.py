from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.metering.power_curve import HOUR_US
from api_service.metering.spacings import weighted_median
from api_service.repositories.rollup_refresh import chunks, hour_ranges, is_due


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_weighted_median_is_the_median_of_all(values: list[int]) -> None:
    different, counts = np.unique(values, return_counts=True)
    assert weighted_median(different, counts) == median(values)


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [(0, 1, True), (63, 64, True), (64, 65, False), (127, 128, True), (128, 255, False), (5, 5000, True)],
)
def test_is_due_while_few_and_past_powers_of_two(before: int, after: int, due: bool) -> None:
    assert is_due(before, after) is due


def hours(*spans: tuple[float, float]) -> list[tuple[float, float]]:
    first, last = (np.array([round(span[side] * HOUR_US) for span in spans], np.int64) for side in (0, 1))
    return [(start / HOUR_US, end / HOUR_US) for start, end in hour_ranges(first, last)]


def test_hour_ranges_take_the_whole_hours_touched() -> None:
    assert hours((1.5, 1.6)) == [(1, 2)]
    assert hours((1.5, 3.0)) == [(1, 4)]


def test_hour_ranges_near_or_overlapping_are_one() -> None:
    assert hours((30.5, 31), (1, 2), (5, 6)) == [(1, 7), (30, 32)]


def test_hour_ranges_long_one_swallows_later_short_ones() -> None:
    assert hours((0, 100), (5, 6), (90, 91)) == [(0, 101)]


def test_hour_ranges_of_nothing_is_nothing() -> None:
    assert hours() == []


def test_chunks_of_a_reading_a_second_are_some_27_hours() -> None:
    parts = chunks([(0, 60 * HOUR_US)], 1.0)
    assert [(start / HOUR_US, end / HOUR_US) for start, end in parts] == [(0, 27), (27, 54), (54, 60)]


def test_chunks_of_slow_readings_are_long() -> None:
    assert chunks([(0, 60 * HOUR_US)], 3600.0) == [(0, 60 * HOUR_US)]
