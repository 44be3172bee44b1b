"""Which window is meant where a question names no time."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.implied_window import implied_window, implied_windows
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter

NOW = datetime(2026, 3, 17, 18, 30, tzinfo=UTC)
WEEKENDS = TimeFilter((Term((Recurrence(0, 86_400, frozenset((5, 6))),)),))


def label_of(linear: str) -> str | None:
    query = parse(re.sub(r"<(\d)>", r"<extra_id_\1>", linear))
    assert isinstance(query, Query)
    window = implied_window(query, Bindings(hours={Slot(9): WEEKENDS}), NOW)
    return window.label if window else None


@pytest.mark.parametrize(
    "linear",
    [
        "when voltage where below <0>",
        "when power max",
        "when power min",
        "when state these <0> where on",
        "value power max these <0>",
        "value on_time max these <0>",
        "value on_time mean these <0>",
        "value voltage count where below <0>",
        "value switch_ons these <0>",
        "whether energy trend more",
        "whether voltage where below <0>",
        "which power where above <0>",
        "when energy per hour these <0> most",
        "which gaps most",
        "value samples these <0>",
        "value coverage",
        "value power max where during <9>",
    ],
)
def test_what_is_rare_is_looked_for_in_thirty_days(linear: str) -> None:
    assert label_of(linear) == "in the last 30 days"


@pytest.mark.parametrize(
    "linear",
    [
        "value energy",
        "value power these <0>",
        "value power median these <0>",
        "which energy most",
        "value on_time these <0>",
        "value duration these <0> where power above <1>",
        "list energy per hour these <0>",
        "whether energy these <0> having above <1>",
        "value energy these <0> share",
        "whether power max usual more",
    ],
)
def test_means_and_sums_stay_with_the_last_day(linear: str) -> None:
    assert label_of(linear) == "in the last 24 hours"


def test_days_take_the_whole_record_and_weekdays_a_week() -> None:
    assert label_of("when energy per day most") is None
    assert label_of("value energy where during <9>") == "in the last 7 days"


def test_what_is_too_much_for_thirty_days_is_looked_for_in_seven_then_one() -> None:
    query = parse("whether voltage where below <extra_id_0>")
    assert isinstance(query, Query)
    windows = implied_windows(query, Bindings(), NOW)
    assert [NOW - window.start for window in windows] == [timedelta(days=n) for n in (30, 7, 1)]
