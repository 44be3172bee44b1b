"""Times as devices write them, and the times of readings without one."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_service.mqtt.moments import Arrivals, ClockCheck, time_of

MADRID = ZoneInfo("Europe/Madrid")
AT_US = 1_773_050_400_000_000  # 2026-03-09 10:00 UTC
HOUR_US = 3_600_000_000
# 2026-10-25 02:30 in Madrid: 00:30 UTC, and again 01:30 UTC.
FIRST_HALF_PAST_TWO_US = 1_792_888_200_000_000


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-09T10:00:00Z",
        "2026-03-09T11:00:00+01:00",
        "2026-03-09T11:00:00",
        "2026-03-09 11:00:00.000",
        1_773_050_400,
        1_773_050_400.0,
        1_773_050_400_000,
        1_773_050_400_000_000,
        1_773_050_400_000_000_000,
        "1773050400",
        " 1773050400000 ",
    ],
)
def test_time_of_each_form(written: Any) -> None:
    assert time_of(written, MADRID, AT_US) == AT_US


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "1970-01-01T00:00:12", 12, True, None, [], "2026-13-01", float("inf"), -5, "9" * 30],
)
def test_time_of_what_is_none(written: Any) -> None:
    assert time_of(written, MADRID, AT_US) is None


@pytest.mark.parametrize("hour", [0, 1])
def test_time_of_the_repeated_hour_is_the_one_near_the_arrival(hour: int) -> None:
    expected = FIRST_HALF_PAST_TWO_US + hour * HOUR_US
    assert time_of("2026-10-25T02:30:00", MADRID, expected + 2_000_000) == expected


def test_arrivals_are_one_moment_until_a_quantity_comes_again() -> None:
    arrivals = Arrivals()

    assert arrivals.stamp_us("a", {"power"}, 1_000_000) == 1_000_000
    assert arrivals.stamp_us("a", {"voltage"}, 1_200_000) == 1_000_000
    assert arrivals.stamp_us("b", {"power"}, 1_200_000) == 1_200_000
    assert arrivals.stamp_us("a", {"power"}, 1_300_000) == 1_300_000
    assert arrivals.stamp_us("a", {"current"}, 1_900_000) == 1_900_000


def test_arrivals_remember_a_bounded_number_of_devices() -> None:
    arrivals = Arrivals()
    for number in range(10_001):
        arrivals.stamp_us(str(number), {"power"}, 0)

    assert arrivals.stamp_us("0", {"voltage"}, 1) == 1
    assert arrivals.stamp_us("10000", {"voltage"}, 1) == 0


def test_messages_that_waited_are_no_shifted_clock() -> None:
    clocks = ClockCheck()
    for minutes in range(120):
        clocks.look_at("a", -minutes * 60_000_000)

    assert clocks.take() == {}
