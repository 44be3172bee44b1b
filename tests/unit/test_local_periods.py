"""Pieces of local time, worked out by hand; clocks in Berlin change on 29 March and 25 October 2026."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from api_service.metering.analysis.calendar.local_time import local_clock
from api_service.metering.analysis.calendar.periods import (
    ANY_TIME,
    Period,
    Pieces,
    Recurrence,
    Term,
    TimeFilter,
    pieces_of,
)
from api_service.metering.moments import epoch_us

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600.0


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return epoch_us(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


def pieces(
    start: str,
    end: str,
    period: Period,
    condition: TimeFilter = ANY_TIME,
    zone: ZoneInfo = BERLIN,
) -> Pieces:
    start_us, end_us = at(start, zone), at(end, zone)
    return pieces_of(local_clock(zone, start_us, end_us), start_us, end_us, period, condition)


def lengths_h(found: Pieces) -> list[float]:
    keys = sorted(set(found.key[found.key >= 0].tolist()))
    return [found.seconds(key) / HOUR_S for key in keys]


def test_days_around_clock_changes_have_23_and_25_hours() -> None:
    assert lengths_h(pieces("2026-03-28", "2026-03-31", Period.DAY)) == [24, 23, 24]
    assert lengths_h(pieces("2026-10-24", "2026-10-27", Period.DAY)) == [24, 25, 24]


def test_hours_on_the_long_day_are_25_and_two_are_the_second_of_the_day() -> None:
    assert lengths_h(pieces("2026-10-25", "2026-10-26", Period.HOUR)) == [1.0] * 25
    by_hour = lengths_h(pieces("2026-10-25", "2026-10-26", Period.HOUR_OF_DAY))
    assert by_hour == [1, 1, 2, *[1] * 21]


def test_hours_on_the_short_day_lack_the_skipped_one() -> None:
    found = pieces("2026-03-29", "2026-03-30", Period.HOUR_OF_DAY)
    assert sorted(set(found.key.tolist())) == [0, 1, *range(3, 24)]


def test_weeks_begin_on_monday_and_cut_ones_are_named() -> None:
    found = pieces("2026-10-21", "2026-11-02", Period.WEEK)  # Wednesday to Monday
    assert lengths_h(found) == [5 * 24 + 1, 7 * 24]
    assert found.cut == {int(found.key[0])}


def test_months_are_those_of_the_local_calendar() -> None:
    found = pieces("2026-10-31T22:00", "2026-12-01", Period.MONTH)
    assert lengths_h(found) == [2, 30 * 24]
    assert found.key.max() == (2026 - 1970) * 12 + 10  # November


def test_a_night_past_midnight_belongs_to_its_first_weekday() -> None:
    friday_night = TimeFilter((Term((Recurrence(22 * 3600, 6 * 3600, frozenset({4})),)),))
    found = pieces("2026-11-02", "2026-11-09", Period.WINDOW, friday_night)
    kept = np.flatnonzero(found.key >= 0)
    assert found.edges_us[kept[0]] == at("2026-11-06T22:00")
    assert found.edges_us[kept[-1] + 1] == at("2026-11-07T06:00")
    assert found.seconds(0) == 8 * HOUR_S


def test_outside_hours_leaves_the_rest() -> None:
    outside = TimeFilter((Term((Recurrence(9 * 3600, 17 * 3600),), negated=True),))
    assert pieces("2026-11-02", "2026-11-03", Period.WINDOW, outside).seconds(0) == 16 * HOUR_S


def test_zones_with_quarter_and_half_hours() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # +05:45
    assert lengths_h(pieces("2026-10-25", "2026-10-27", Period.DAY, zone=kathmandu)) == [24, 24]
    assert not local_clock(kathmandu, 0, 10**15).is_whole_hours
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # half an hour forward on 4 October 2026
    assert lengths_h(pieces("2026-10-04", "2026-10-05", Period.DAY, zone=lord_howe)) == [23.5]


def test_moments_outside_of_the_window_have_no_piece() -> None:
    found = pieces("2026-11-02", "2026-11-03", Period.DAY)
    edges = found.edges_us[[0, -1]]
    assert found.of(np.array([edges[0] - 1, edges[0], edges[1] - 1, edges[1]])).tolist() == [-1, 0, 0, -1]
