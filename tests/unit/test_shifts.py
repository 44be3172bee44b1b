"""Stored readings that are the same at other times."""

import numpy as np
import pytest

from api_service.services.imports.shifts import FEWEST_ROWS, shift_between

HOUR_US = 3_600_000_000
TIMES = np.arange(40, dtype=np.int64) * 60_000_000
WATTS = np.array([100.0 + (at * 7) % 23 for at in range(40)])


@pytest.mark.parametrize("hours", [1, -2, 5.5, 13, -0.25])
def test_shift_between_equal_readings_at_other_times_is_found(hours: float) -> None:
    shift_us = int(hours * HOUR_US)
    assert shift_between((TIMES, WATTS), (TIMES[::-1] + shift_us, WATTS[::-1])) == shift_us


def test_shift_between_readings_that_differ_or_say_little_is_none() -> None:
    stored = TIMES + HOUR_US
    assert shift_between((TIMES, WATTS), (TIMES, WATTS)) == 0  # the same readings again
    assert shift_between((TIMES, WATTS), (stored, WATTS + 1)) == 0
    assert shift_between((TIMES, np.full(40, 100.0)), (stored, np.full(40, 100.0))) == 0
    few = slice(0, FEWEST_ROWS - 1)
    assert shift_between((TIMES[few], WATTS[few]), (stored[few], WATTS[few])) == 0
    assert shift_between((TIMES, WATTS), (TIMES[:0], WATTS[:0])) == 0
