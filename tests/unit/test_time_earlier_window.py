"""Times that lean on the window of the question before, on Friday 27 November 2026 in London."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.time.expressions import find_times
from api_service.assistant.types import Moment, Window

LONDON = ZoneInfo("Europe/London")
NOW = Moment(datetime(2026, 11, 27, 8, tzinfo=UTC), LONDON)


def window(first: date, end: date) -> Window:
    start, stop = (
        datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC) for day in (first, end)
    )
    return Window(start, stop, "then")


LAST_WEEK = window(date(2026, 11, 16), date(2026, 11, 23))
WEDNESDAY = window(date(2026, 11, 25), date(2026, 11, 26))
OCTOBER = window(date(2026, 10, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("earlier", "text", "first", "end"),
    [
        (LAST_WEEK, "and the week before ?", date(2026, 11, 9), date(2026, 11, 16)),
        (LAST_WEEK, "the week before that please", date(2026, 11, 9), date(2026, 11, 16)),
        (LAST_WEEK, "how was that week", date(2026, 11, 16), date(2026, 11, 23)),
        (LAST_WEEK, "over the same period", date(2026, 11, 16), date(2026, 11, 23)),
        (LAST_WEEK, "a week earlier", date(2026, 11, 9), date(2026, 11, 16)),
        (LAST_WEEK, "a year earlier", date(2025, 11, 16), date(2025, 11, 23)),
        (LAST_WEEK, "the month before", date(2026, 10, 1), date(2026, 11, 1)),
        (WEDNESDAY, "no , the day before that", date(2026, 11, 24), date(2026, 11, 25)),
        (WEDNESDAY, "and on that day", date(2026, 11, 25), date(2026, 11, 26)),
        (WEDNESDAY, "the day after ?", date(2026, 11, 26), date(2026, 11, 27)),
        (WEDNESDAY, "the weekend before", date(2026, 11, 21), date(2026, 11, 23)),
        (WEDNESDAY, "and the 13th ?", date(2026, 11, 13), date(2026, 11, 14)),
        (OCTOBER, "and the month before", date(2026, 9, 1), date(2026, 10, 1)),
        (OCTOBER, "a year earlier", date(2025, 10, 1), date(2025, 11, 1)),
        (OCTOBER, "the quarter before", date(2026, 7, 1), date(2026, 10, 1)),
    ],
)
def test_time_beside_the_one_before_is_a_calendar_unit(
    earlier: Window, text: str, first: date, end: date
) -> None:
    (expression,) = find_times(text.split(), NOW, earlier).expressions
    (reading,) = expression.readings
    expected = window(first, end)
    assert reading.window is not None
    assert (reading.window.start, reading.window.end) == (expected.start, expected.end)


SEVEN = Window(datetime(2026, 11, 26, 7, tzinfo=UTC), datetime(2026, 11, 26, 7, 15, tzinfo=UTC), "then")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("and at 8 ?", "yesterday between 08:00 and 08:15"),
        ("what about today at the same time", "today between 07:00 and 07:15"),
        ("at that time on sunday", "on Sunday 22 November between 07:00 and 07:15"),
        ("and at 8 on monday", "on Monday 23 November between 08:00 and 08:15"),
    ],
)
def test_hours_after_hours_are_of_their_day_and_half(text: str, label: str) -> None:
    (expression,) = find_times(text.split(), NOW, SEVEN).expressions
    window = expression.readings[0].window
    assert window is not None
    assert window.label == label


@pytest.mark.parametrize("text", ["the day after", "the week after"])
def test_time_after_the_one_before_that_has_not_come_is_none(text: str) -> None:
    today = window(date(2026, 11, 27), date(2026, 11, 28))
    assert find_times(text.split(), NOW, today).expressions == ()


@pytest.mark.parametrize("text", ["that day", "how was that week", "over the same period"])
def test_time_that_leans_on_nothing_is_none(text: str) -> None:
    assert find_times(text.split(), NOW).expressions == ()
