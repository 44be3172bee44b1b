"""Words for times against windows worked out by hand (`tests/data/time_cases.tsv`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.assistant.text.tokens import tokenize
from api_service.assistant.time.expressions import Times, find_times
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.time.resolution import BEGINNING
from api_service.assistant.types import Moment, Window

CASES = Path(__file__).parents[1] / "data" / "time_cases.tsv"
NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))


@dataclass(frozen=True)
class Case:
    phrase: str
    moment: Moment
    start: str
    end: str
    hours: str
    weekdays: str


def cases() -> Iterator[Case]:
    moment = NOW
    for line in CASES.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("#"):
            continue
        if cells[0] == "@":
            zone = ZoneInfo(cells[2])
            moment = Moment(datetime.fromisoformat(cells[1]).replace(tzinfo=zone).astimezone(UTC), zone)
            continue
        phrase, start, end, hours, weekdays = (*cells, *["-"] * (5 - len(cells)))
        yield Case(phrase, moment, start, end, hours, weekdays)


def times(text: str, moment: Moment = NOW) -> Times:
    return find_times([token.text for token in tokenize(text)], moment)


def readings(text: str, moment: Moment = NOW) -> tuple[TimeReading, ...]:
    (found,) = times(text, moment).expressions
    return found.readings


def utc(text: str, moment: Moment) -> datetime:
    if text == "now":
        return moment.now
    if text == "first":
        return BEGINNING
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=moment.timezone)).astimezone(UTC)


def spans(text: str) -> tuple[tuple[int, int], ...]:
    if text == "-":
        return ()
    pairs = [span.split("-") for span in text.split()]
    return tuple((60 * int(start), 60 * int(end)) for start, end in pairs)


ALL_CASES = tuple(cases())


def test_cases_are_many_and_in_several_zones() -> None:
    assert len(ALL_CASES) >= 200
    assert len({case.moment.timezone.key for case in ALL_CASES}) >= 5


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.phrase} @ {case.moment.now:%Y-%m-%d}")
@pytest.mark.parametrize("sentence", ["{}", "how much energy did the oven use {}?"])
def test_find_times_phrase_is_read_whole_as_its_window(case: Case, sentence: str) -> None:
    text = sentence.format(case.phrase)
    found = times(text, case.moment)
    assert len(found.expressions) == 1, found
    assert found.unread == ()
    (expression,) = found.expressions
    words = [token.text for token in tokenize(text)]
    phrase = [token.text for token in tokenize(case.phrase)]
    assert words[expression.first : expression.last] == phrase
    if case.start == "invalid":
        assert expression.readings == ()
        return
    window, best = expression.readings[0].window, expression.readings[0]
    if "how" in sentence and case.start == "-":
        window, best = next((r.window, r) for r in expression.readings if r.recurs)
    if case.start == "-":
        assert window is None
    else:
        assert window is not None
        assert (window.start, window.end) == (utc(case.start, case.moment), utc(case.end, case.moment))
        assert window.label
    assert best.hours == spans(case.hours)
    assert best.weekdays == frozenset(int(day) for day in case.weekdays.replace("-", ""))
    assert not best.is_future


@pytest.mark.parametrize(
    ("text", "second_start", "second_end"),
    [
        ("on 12/03", "2025-12-03T00:00", "2025-12-04T00:00"),
        ("at half past six", "2026-03-12T06:30", "2026-03-12T06:45"),
        ("yesterday between 2 and 4", "2026-03-11T02:00", "2026-03-11T04:00"),
        ("two weeks ago", "2026-02-23T00:00", "2026-03-02T00:00"),
        ("a month ago", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("since 6", "2026-03-12T06:00", "now"),
    ],
)
def test_find_times_ambiguous_phrase_keeps_its_second_reading(
    text: str, second_start: str, second_end: str
) -> None:
    first, second = readings(text)
    assert second.window is not None
    assert (second.window.start, second.window.end) == (utc(second_start, NOW), utc(second_end, NOW))
    assert 0.5 <= first.certainty < 0.8
    assert first.certainty + second.certainty == pytest.approx(1.0)


def test_find_times_hours_beside_no_day_recur_where_a_habit_is_asked_about() -> None:
    habit = readings("do we use more between 2 and 4 pm")
    once = readings("how much did we use between 2 and 4 pm")
    assert habit[0].recurs
    assert not once[0].recurs
    assert {reading.recurs for reading in habit} == {reading.recurs for reading in once} == {True, False}


@pytest.mark.parametrize(
    ("text", "hours", "weekdays", "label"),
    [
        ("weekday mornings last month", ((360, 720),), {0, 1, 2, 3, 4}, "last month"),
        ("between 2 and 4 pm last week", ((840, 960),), set(), "last week"),
        ("after 18:00 last week", ((1080, 1440),), set(), "last week"),
        ("at 3 pm in February", ((900, 915),), set(), "in February"),
        ("at night in the last 7 days", ((1320, 1800),), set(), "in the last 7 days"),
        ("on Sundays in February", (), {6}, "in February"),
        ("weekends since January", (), {5, 6}, "since January"),
    ],
)
def test_find_times_hours_beside_a_longer_span_are_a_condition_of_their_own(
    text: str, hours: tuple[tuple[int, int], ...], weekdays: set[int], label: str
) -> None:
    condition, span = times(f"how much did we use {text}").expressions
    assert condition.readings[0].recurs
    assert (condition.readings[0].hours, condition.readings[0].weekdays) == (hours, frozenset(weekdays))
    assert span.readings[0].label == label


def test_find_times_every_day_stays_in_the_question_and_makes_hours_recur() -> None:
    (found,) = times("did it run every day between 2 and 4 pm").expressions
    assert found.readings[0].recurs
    assert found.first == 5


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("compare this week with last week", ["this week", "last week"]),
        ("more yesterday than last Sunday", ["yesterday", "on Sunday 8 March"]),
        ("compare yesterday to today", ["yesterday", "today"]),
        ("on 10 and 12 March", ["on Tuesday 10 March", "today"]),
        ("at 18:00 and at 20:00 yesterday",
         ["yesterday between 18:00 and 18:15", "yesterday between 20:00 and 20:15"]),
        ("Monday and Tuesday last week", ["on Monday 2 March", "on Tuesday 3 March"]),
        ("January and February 2025", ["in January 2025", "in February 2025"]),
        ("yesterday vs the day before", ["yesterday", "on Tuesday 10 March"]),
        ("yesterday morning and evening", ["yesterday morning", "yesterday evening"]),
        ("weekdays versus weekends", ["on weekdays", "on weekends"]),
        ("2019 vs 2020", ["in 2019", "in 2020"]),
        ("what grew most from february to march", ["in February", "in March"]),
        ("which fell most between january and february", ["in January", "in February"]),
        ("did we use more this week than last", ["this week", "last week"]),
        ("is this month dearer than the previous one?", ["this month", "last month"]),
        ("what share of the use of yesterday was after 18:00",
         ["yesterday", "yesterday between 18:00 and 24:00"]),
    ],
)  # fmt: skip
def test_find_times_two_times_stay_two(text: str, labels: list[str]) -> None:
    assert [found.readings[0].label for found in times(text).expressions] == labels


@pytest.mark.parametrize(
    ("text", "label", "apart"),
    [
        ("yesterday how much did the oven use between 6 and 8 pm", "yesterday between 18:00 and 20:00",
         "yesterday"),
        ("on monday what was the peak after noon", "on Monday 9 March between 12:00 and 24:00", "on monday"),
        ("what was used yesterday by the oven in the morning", "yesterday morning", "yesterday"),
    ],
)  # fmt: skip
def test_find_times_hours_apart_from_their_day_are_one_time(text: str, label: str, apart: str) -> None:
    (found,) = times(text).expressions
    assert found.readings[0].label == label
    assert found.apart
    assert " ".join(text.split()[slice(*found.apart)]) == apart


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("in March 2025", "in March 2025"),
        ("in May", "in May 2025"),
        ("on 3 April", "on Thursday 3 April 2025"),
        ("from Monday to Wednesday", "from Monday 9 March to Wednesday 11 March"),
        ("since 6 pm Monday", "since Monday 9 March at 18:00"),
        ("week before last", "the week before last"),
        ("from 6 pm on Monday to 8 am on Tuesday",
         "from 18:00 on Monday 9 March to 08:00 on Tuesday 10 March"),
    ],
)  # fmt: skip
def test_find_times_label_says_what_was_read(text: str, label: str) -> None:
    assert readings(text)[0].label == label


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "next week", "in 2 hours", "next Tuesday", "this Saturday", "tomorrow morning",
     "on 1 April 2027", "in the next 3 days", "next month", "later today", "the rest of the week"],
)  # fmt: skip
def test_find_times_the_future_is_marked(text: str) -> None:
    (reading,) = readings(text)
    assert reading.is_future


@pytest.mark.parametrize(
    "text",
    ["which device", "the last device", "may I ask", "march on", "a few", "device 3", "top 5", "good morning",
     "the second TV", "is it between 210 and 230 V", "at 5 kW", "after 6 cycles", "used 2000 W",
     "per hour",
     "energy by month", "which weekday", "the third highest", "the first device", "right now", "12 % THD",
     "which day of the week", "how many nights", "usage by day", "on an average day", "at 1500 W",
     "over 17 h",
     "is the power factor between 0.8 and 0.9", "half of it", "in total", "a second", "cluster 12"],
)  # fmt: skip
def test_find_times_other_words_are_no_times(text: str) -> None:
    assert times(text) == Times((), ())


@pytest.mark.parametrize("text", ["at dawn", "since the accident", "on my birthday", "during the semester"])
def test_find_times_a_time_that_is_not_understood_is_told(text: str) -> None:
    found = times(f"how much did we use {text}")
    assert found.expressions == ()
    assert found.unread


def test_find_times_before_and_after_a_day_leave_both_words_to_the_question() -> None:
    words = ["before", "and", "after", "3", "march"]
    (found,) = find_times(words, NOW).expressions
    assert words[found.first : found.last] == ["3", "march"]


def test_find_times_weekend_recurs_where_a_habit_is_asked_about() -> None:
    assert readings("do we use more at the weekend")[0].recurs
    assert not readings("how much did we use at the weekend")[0].recurs


def test_find_times_state_word_on_is_left_to_the_question() -> None:
    words = ["was", "the", "oven", "on", "yesterday"]
    (found,) = find_times(words, NOW).expressions
    assert words[found.first : found.last] == ["yesterday"]


MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))
ZONES = st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Adelaide"])
PHRASES = st.sampled_from([case.phrase for case in ALL_CASES])
WORDS = st.lists(
    st.sampled_from(
        """between and from to since after before until on in at the of last this past next first second half
        week weeks month day days hours 2 3 4 12 30 31 2025 am pm monday sundays march may q 1 - , yesterday
        today morning mornings night every weekday ago noon 25:00 12/03 quarter year christmas all so far now
        a few not""".split()  # noqa: SIM905
    ),
    max_size=14,
)


@given(PHRASES, MOMENTS, ZONES)
def test_find_times_past_windows_never_reach_beyond_now(phrase: str, now: datetime, zone: str) -> None:
    for found in times(phrase, Moment(now, ZoneInfo(zone))).expressions:
        for reading in found.readings:
            if reading.window is not None and not reading.is_future:
                assert reading.window.start < reading.window.end <= now + timedelta(seconds=1)


@given(WORDS, MOMENTS, ZONES)
def test_find_times_any_words_give_spans_in_order_and_never_raise(
    words: list[str], now: datetime, zone: str
) -> None:
    found = find_times(words, Moment(now, ZoneInfo(zone)))
    edges = [edge for expression in found.expressions for edge in (expression.first, expression.last)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(words) for edge in edges)
    assert all(a.first < a.last for a in found.expressions)
    assert all(0 < reading.certainty <= 1 for a in found.expressions for reading in a.readings)


@given(MOMENTS, ZONES)
def test_find_times_seven_weekdays_make_the_week(now: datetime, zone: str) -> None:
    moment = Moment(now, ZoneInfo(zone))
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    parts = [readings(f"last week {day}", moment)[0].window for day in days]
    whole = readings("last week", moment)[0].window
    assert whole is not None
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)  # type: ignore[union-attr]
    assert sum(part.seconds for part in parts if part) == whole.seconds


TUESDAY = Moment(datetime(2026, 3, 17, 18, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("how does this Monday compare to last Monday", "2026-03-16", "2026-03-09"),
        ("was it more last Monday than this Monday", "2026-03-09", "2026-03-16"),
        ("compare last Monday to yesterday", "2026-03-09", "2026-03-16"),
        ("yesterday against the same day last week", "2026-03-16", "2026-03-09"),
        ("today against the same day last week", "2026-03-17", "2026-03-10"),
        ("was Monday higher than the Monday before?", "2026-03-16", "2026-03-09"),
        ("compare Tuesday with the Tuesday before", "2026-03-10", "2026-03-03"),
        ("compare last Sunday with this Monday", "2026-03-15", "2026-03-16"),
    ],
)
def test_two_days_that_lean_on_one_another_are_two_days(text: str, first: str, second: str) -> None:
    found = times(text, TUESDAY).expressions
    starts = [found_.readings[0].window for found_ in found]
    days = [window.start.astimezone(TUESDAY.timezone).date().isoformat() for window in starts if window]
    assert days == [first, second]


@pytest.mark.parametrize(
    "text",
    [
        "what was our cheapest day so far",
        "the highest power so far",
        "total energy so far",
        "what's the most the oven has ever drawn, so far",
        "how much have we used so far",
        "which device has used the most so far?",
    ],
)
def test_find_times_so_far_alone_is_no_time_of_its_own(text: str) -> None:
    """It is the whole record, as in the sentences that the reader learns from; "today" was a guess."""
    assert times(text).expressions == ()
    assert times(text).unread == ()


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("how much so far this month", "2026-03-01T00:00"),
        ("the cheapest day this week so far", "2026-03-09T00:00"),
        ("what have we used so far today", "2026-03-12T00:00"),
    ],
)
def test_find_times_so_far_beside_a_time_belongs_to_it(text: str, start: str) -> None:
    window = readings(text)[0].window
    assert window is not None
    assert (window.start, window.end) == (utc(start, NOW), NOW.now)


@pytest.mark.parametrize(
    "text",
    ["the night from Monday to Wednesday", "from Friday night to Sunday", "night of the 3rd to the 5th"],
)
def test_find_times_days_that_do_not_follow_each_other_are_no_single_night(text: str) -> None:
    window = readings(text)[0].window
    assert window is None or window.end - window.start > timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("week to date against the week before", "2026-03-02T00:00", "2026-03-05T15:37"),
        ("month to date versus last month", "2026-02-01T00:00", "2026-02-12T15:37"),
        (
            "compare this week with the previous week up to the same point",
            "2026-03-02T00:00",
            "2026-03-05T15:37",
        ),
        ("more so far today than yesterday at this time", "2026-03-11T00:00", "2026-03-11T15:37"),
        ("this week versus last week", "2026-03-02T00:00", "2026-03-09T00:00"),
        ("compare today with yesterday", "2026-03-11T00:00", "2026-03-12T00:00"),
    ],
)
def test_find_times_earlier_side_is_cut_only_where_words_ask_for_the_same_point(
    text: str, start: str, end: str
) -> None:
    window = times(text).expressions[-1].readings[0].window
    assert window is not None
    assert (window.start, window.end) == (utc(start, NOW), utc(end, NOW))


def test_find_times_at_this_time_after_a_question_about_today_is_up_to_then() -> None:
    words = [token.text for token in tokenize("more than yesterday at this time?")]
    earlier = Window(utc("2026-03-12T00:00", NOW), NOW.now, "today")
    (found,) = find_times(words, NOW, earlier).expressions
    window = found.readings[0].window
    assert window is not None
    assert window.end == utc("2026-03-11T15:37", NOW)
