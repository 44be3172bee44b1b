"""Words for times against windows worked out by hand; Madrid's clocks change on 2026-03-29 and 2025-10-26."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.assistant.text.spelling import corrected
from api_service.assistant.text.words import Line, split
from api_service.assistant.time.phrases.extract import Tense, TimeExpression, find_times
from api_service.assistant.types import Moment, Window
from tests.support.conversation import MADRID, MOMENT

SPRING = Moment(datetime(2026, 3, 30, 8, tzinfo=UTC), MADRID)  # Monday 10:00, the day after a 23-hour day
MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))
AUTUMN = Moment(datetime(2025, 10, 27, 9, tzinfo=UTC), MADRID)  # Monday 10:00, the day after a 25-hour day


def times_in(text: str, moment: Moment = MOMENT) -> tuple[TimeExpression, ...]:
    return find_times(Line(tuple(corrected(word) for word in split(text))), moment).found


def window(text: str, moment: Moment = MOMENT) -> Window:
    (found,) = times_in(text, moment)
    assert found.tense is Tense.PAST
    assert found.window is not None
    return found.window


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Now is Thursday 12 March 2026, 15:37 in Madrid = 14:37 UTC; local midnight is 23:00 UTC of the day before.
@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("today", "2026-03-11T23:00", "2026-03-12T14:37", "today"),
        ("so far today", "2026-03-11T23:00", "2026-03-12T14:37", "today"),
        ("yesterday", "2026-03-10T23:00", "2026-03-11T23:00", "yesterday"),
        ("all day yesterday", "2026-03-10T23:00", "2026-03-11T23:00", "yesterday"),
        ("yesterdya", "2026-03-10T23:00", "2026-03-11T23:00", "yesterday"),
        ("the day before yesterday", "2026-03-09T23:00", "2026-03-10T23:00", "on Tuesday 10 March"),
        ("3 days ago", "2026-03-08T23:00", "2026-03-09T23:00", "on Monday 9 March"),
        ("in the last 90 minutes", "2026-03-12T13:07", "2026-03-12T14:37", "in the last 90 minutes"),
        ("over the past three hours", "2026-03-12T11:37", "2026-03-12T14:37", "in the last 3 hours"),
        ("last hour", "2026-03-12T13:37", "2026-03-12T14:37", "in the last hour"),
        ("past half hour", "2026-03-12T14:07", "2026-03-12T14:37", "in the last 30 minutes"),
        ("last 24h", "2026-03-11T14:37", "2026-03-12T14:37", "in the last 24 hours"),
        ("during the previous 2 days", "2026-03-10T14:37", "2026-03-12T14:37", "in the last 2 days"),
        ("this week", "2026-03-08T23:00", "2026-03-12T14:37", "this week"),
        ("last week", "2026-03-01T23:00", "2026-03-08T23:00", "last week"),
        ("in the last week", "2026-03-05T14:37", "2026-03-12T14:37", "in the last 7 days"),
        ("this month", "2026-02-28T23:00", "2026-03-12T14:37", "this month"),
        ("last month", "2026-01-31T23:00", "2026-02-28T23:00", "last month"),
        ("on Tuesday", "2026-03-09T23:00", "2026-03-10T23:00", "on Tuesday 10 March"),
        ("last Sunday", "2026-03-07T23:00", "2026-03-08T23:00", "on Sunday 8 March"),
        ("on Thursday", "2026-03-04T23:00", "2026-03-05T23:00", "on Thursday 5 March"),
        ("Tuesday last week", "2026-03-02T23:00", "2026-03-03T23:00", "on Tuesday 3 March"),
        ("2026-03-08", "2026-03-07T23:00", "2026-03-08T23:00", "on Sunday 8 March"),
        ("on 10 March", "2026-03-09T23:00", "2026-03-10T23:00", "on Tuesday 10 March"),
        ("March 10th", "2026-03-09T23:00", "2026-03-10T23:00", "on Tuesday 10 March"),
        ("on the 5th", "2026-03-04T23:00", "2026-03-05T23:00", "on Thursday 5 March"),
        ("on the 20th", "2026-02-19T23:00", "2026-02-20T23:00", "on Friday 20 February"),
        ("on 25 December", "2025-12-24T23:00", "2025-12-25T23:00", "on Thursday 25 December 2025"),
        ("8.3.2026", "2026-03-07T23:00", "2026-03-08T23:00", "on Sunday 8 March"),
        ("this morning", "2026-03-12T05:00", "2026-03-12T11:00", "this morning"),
        ("yesterday evening", "2026-03-11T17:00", "2026-03-11T23:00", "yesterday evening"),
        ("last night", "2026-03-11T21:00", "2026-03-12T05:00", "last night"),
        ("between 8 am and noon yesterday", "2026-03-11T07:00", "2026-03-11T11:00",
         "yesterday between 08:00 and 12:00"),
        ("yesterday from 8 to 12", "2026-03-11T07:00", "2026-03-11T11:00",
         "yesterday between 08:00 and 12:00"),
        ("since Monday", "2026-03-08T23:00", "2026-03-12T14:37", "since Monday 9 March"),
        ("since 8 am", "2026-03-12T07:00", "2026-03-12T14:37", "since 08:00 today"),
        ("since 6 pm", "2026-03-11T17:00", "2026-03-12T14:37", "since 18:00 yesterday"),
        ("at 3 pm", "2026-03-12T14:00", "2026-03-12T14:15", "today between 15:00 and 15:15"),
        ("at 4 pm", "2026-03-11T15:00", "2026-03-11T15:15", "yesterday between 16:00 and 16:15"),
        ("from Monday to Wednesday", "2026-03-08T23:00", "2026-03-11T23:00",
         "from Monday 9 March to Wednesday 11 March"),
        ("in January", "2025-12-31T23:00", "2026-01-31T23:00", "in January"),
        ("last weekend", "2026-03-06T23:00", "2026-03-08T23:00", "last weekend"),
    ],
)  # fmt: skip
def test_find_times_words_give_window_and_label(text: str, start: str, end: str, label: str) -> None:
    assert window(f"how much energy {text}") == Window(utc(start), utc(end), label)


@pytest.mark.parametrize(
    ("moment", "text", "start", "hours"),
    [
        (SPRING, "yesterday", "2026-03-28T23:00", 23),
        (SPRING, "on 28 March", "2026-03-27T23:00", 24),
        (SPRING, "last week", "2026-03-22T23:00", 7 * 24 - 1),
        (SPRING, "last 24 hours", "2026-03-29T08:00", 24),
        (SPRING, "yesterday between 1 am and 4 am", "2026-03-29T00:00", 2),
        (SPRING, "last weekend", "2026-03-27T23:00", 47),
        (AUTUMN, "yesterday", "2025-10-25T22:00", 25),
        (AUTUMN, "on Sunday", "2025-10-25T22:00", 25),
        (AUTUMN, "last week", "2025-10-19T22:00", 7 * 24 + 1),
        (AUTUMN, "last 2 days", "2025-10-25T09:00", 48),
        (AUTUMN, "last night", "2025-10-26T21:00", 8),
        (AUTUMN, "on the night of 25 October", "2025-10-25T20:00", 9),
    ],
)
def test_find_times_clock_change_days_have_their_true_length(
    moment: Moment, text: str, start: str, hours: int
) -> None:
    found = window(text, moment)
    assert found.start == utc(start)
    assert found.end - found.start == timedelta(hours=hours)


def test_find_times_days_begin_in_the_sites_zone() -> None:
    # 1 January 2026 03:30 UTC is still 31 December in New York (UTC-5) and 1 January in Kolkata (UTC+5:30).
    now = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
    assert window("today", Moment(now, ZoneInfo("America/New_York"))).start == utc("2025-12-31T05:00")
    assert window("today", Moment(now, ZoneInfo("Asia/Kolkata"))).start == utc("2025-12-31T18:30")
    assert window("this year", Moment(now, ZoneInfo("America/New_York"))).start == utc("2025-01-01T05:00")


@pytest.mark.parametrize(
    "text",
    ["right now", "at the moment", "currently", "at this very moment", "at present", "as we speak", "now"],
)
def test_find_times_now_is_no_window(text: str) -> None:
    (found,) = times_in(f"oven power {text}")
    assert (found.tense, found.window) == (Tense.NOW, None)


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "next week", "next Tuesday", "in the coming 3 hours", "in 2 hours", "later today",
     "this Saturday",
     "on 2027-01-01", "in 5 days", "the rest of the week"],
)  # fmt: skip
def test_find_times_future_is_told_as_such(text: str) -> None:
    (found,) = times_in(f"energy {text}")
    assert found.tense is Tense.FUTURE


@pytest.mark.parametrize(
    "text",
    ["which device", "the last device", "may I ask", "march on", "a few", "1 device", "device 3", "top 5"],
)
def test_find_times_other_words_are_no_times(text: str) -> None:
    assert times_in(text) == ()


def test_find_times_two_windows_are_both_found_in_order() -> None:
    labels = [found.window.label for found in times_in("more yesterday than last week") if found.window]
    assert labels == ["yesterday", "last week"]


def test_find_times_vague_and_ambiguous_words_are_less_certain() -> None:
    assert times_in("in the last few hours")[0].certainty < times_in("in the last 3 hours")[0].certainty
    assert times_in("on Thursday")[0].certainty < times_in("on Tuesday")[0].certainty


@given(
    MOMENTS,
    st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Adelaide"]),
    st.sampled_from(["today", "yesterday", "this week", "last week", "on Monday", "last 3 hours",
                     "this month", "last month", "last night", "this morning", "since Tuesday",
                     "on 29 February", "at 2:30 am"]),
)  # fmt: skip
def test_find_times_any_moment_gives_a_window_that_is_past(now: datetime, zone: str, text: str) -> None:
    moment = Moment(now, ZoneInfo(zone))
    for found in times_in(text, moment):
        if found.tense is Tense.PAST:
            assert found.window is not None
            assert found.window.start < found.window.end <= moment.now + timedelta(seconds=1)
            assert found.window.label


@given(MOMENTS, st.sampled_from(["Europe/Madrid", "America/New_York"]))
def test_find_times_seven_weekdays_make_the_week(now: datetime, zone: str) -> None:
    moment = Moment(now, ZoneInfo(zone))
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    parts = [window(f"last week {day}", moment) for day in days]
    whole = window("last week", moment)
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
    assert sum(part.seconds for part in parts) == whole.seconds


@pytest.mark.parametrize(
    "text", ["on 31 February", "on 2026-13-45", "in the last 0 hours", "in winter", "0001-01-01"]
)
def test_find_times_what_is_no_time_is_told_as_unresolved(text: str) -> None:
    times = find_times(Line(tuple(split(f"oven energy {text}"))), MOMENT)
    assert times.found == ()
    assert times.unresolved is not None
