"""Times that lean on a moment, an hour or a run spoken of before, on Friday 27 November 2026 in London."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.expressions import find_times
from api_service.assistant.time.labels import moment_label, span_label
from api_service.assistant.types import Moment, Window

LONDON = ZoneInfo("Europe/London")
NOW = Moment(datetime(2026, 11, 27, 8, tzinfo=UTC), LONDON)


def span(start: tuple[int, int, int], end: tuple[int, int, int]) -> Window:
    """Two moments of November, each a day, an hour and a minute."""
    first, last = (datetime(2026, 11, day, hour, minute, tzinfo=UTC) for day, hour, minute in (start, end))
    return Window(first, last, "as found")


PEAK = span((26, 6, 25), (26, 6, 40))
HOUR = span((26, 19, 0), (26, 20, 0))
RUN = span((24, 23, 10), (25, 1, 5))
EVENING = span((25, 18, 0), (26, 0, 0))
DAY = span((25, 0, 0), (26, 0, 0))
WEEK = span((16, 0, 0), (23, 0, 0))


@pytest.mark.parametrize(
    ("earlier", "text", "expected"),
    [
        (PEAK, "what was on then ?", PEAK),
        (DAY, "was the oven on back then", DAY),
        (PEAK, "at that very moment", PEAK),
        (PEAK, "what ran in that hour ?", span((26, 6, 0), (26, 7, 0))),
        (HOUR, "what ran in that hour ?", HOUR),
        (RUN, "what did that run cost", RUN),
        (RUN, "energy of that session", RUN),
        (EVENING, "and the evening after that ?", span((26, 18, 0), (27, 0, 0))),
        (DAY, "that evening", span((25, 18, 0), (26, 0, 0))),
        (HOUR, "an hour later ?", span((26, 20, 0), (26, 21, 0))),
        (HOUR, "and the hour before ?", span((26, 18, 0), (26, 19, 0))),
        (PEAK, "and the hour before ?", span((26, 5, 25), (26, 6, 25))),
        (PEAK, "what about ten minutes earlier", span((26, 6, 15), (26, 6, 30))),
        (PEAK, "half an hour after that", span((26, 6, 55), (26, 7, 10))),
        (RUN, "on that day", span((24, 0, 0), (25, 0, 0))),
    ],
)
def test_time_points_at_what_was_spoken_of(earlier: Window, text: str, expected: Window) -> None:
    (expression,) = find_times(text.split(), NOW, earlier).expressions
    window = expression.readings[0].window
    assert window is not None
    assert (window.start, window.end) == (expected.start, expected.end)


@pytest.mark.parametrize(
    ("earlier", "text"),
    [
        (None, "what was on then ?"),
        (None, "and the hour before ?"),
        (DAY, "an hour later"),
        (WEEK, "that evening"),
        (DAY, "then the oven ?"),
        (DAY, "and then ?"),
        (HOUR, "at this moment"),
    ],
)
def test_time_that_has_nothing_to_point_at_is_none(earlier: Window | None, text: str) -> None:
    assert find_times(text.split(), NOW, earlier).expressions == ()


def test_day_of_a_week_that_no_answer_found_is_none_of_its_days() -> None:
    (expression,) = find_times(["on", "that", "day"], NOW, WEEK).expressions
    assert expression.readings == ()


@pytest.mark.parametrize(
    ("window", "label"),
    [
        (DAY, "on Wednesday 25 November"),
        (WEEK, "in the week of Monday 16 November"),
        (HOUR, "yesterday between 19:00 and 20:00"),
        (EVENING, "on Wednesday 25 November between 18:00 and 24:00"),
        (RUN, "from Tuesday 24 November at 23:10 to Wednesday 25 November at 01:05"),
        (span((2, 0, 0), (5, 0, 0)), "from Monday 2 November to Wednesday 4 November"),
    ],
)
def test_span_is_named_by_its_edges(window: Window, label: str) -> None:
    calendar = SiteCalendar(NOW)
    assert span_label(calendar, window.start, window.end) == label
    assert moment_label(calendar, PEAK.start) == "yesterday at 06:25"
