"""Does the label of an answer's window tell the truth about the window's start and end?"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.assistant.gold.ground_truth import Truth, Window
from benchmarks.assistant.gold.spans import WEEKDAYS, day_window
from benchmarks.assistant.judging.answer_parser import MONTH_NAMES, find_name, read_answer
from benchmarks.assistant.judging.evidence import parse_moment

_EDGE_S = 1.0
_NOW_S = 60.0
_LEAD = re.compile(r"^(?:in|on|over|during|for|within)\s+")
_COUNTS = {"": 1.0, "a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_ROLLING = re.compile(
    r"(?:the )?(?:last|past|previous) ?(\d+(?:\.\d+)?|a|one|two|three|four|five|)"
    r" ?(minutes?|mins?|hours?|hrs?|h|days?|weeks?)"
)
_WEEKDAY = re.compile("|".join(WEEKDAYS), re.IGNORECASE)
_DAY_WORDS = re.compile(
    rf"(?:{'|'.join(WEEKDAYS)}|{MONTH_NAMES}|\d+(?:st|nd|rd|th)?|the|of|last|past|this|[\s,.-])+",
    re.IGNORECASE,
)


def label_faults(body: dict[str, Any], truth: Truth) -> tuple[str, ...]:
    """A complaint where the label can be read and its window is another one."""
    window = body.get("window") or {}
    if _judged(window, truth) is False:
        return (f"label {window['label']!r} is not {window.get('start')} to {window.get('end')}",)
    return ()


def label_places(body: dict[str, Any], truth: Truth) -> list[tuple[int, int]]:
    """Where the words repeat a label that was found true; the numbers in there need no other support."""
    window = body.get("window") or {}
    if _judged(window, truth):
        return find_name(str(body.get("response", "")), str(window["label"]))
    return []


def _judged(window: dict[str, Any], truth: Truth) -> bool | None:
    start, end = parse_moment(window.get("start")), parse_moment(window.get("end"))
    if not window.get("label") or start is None or end is None:
        return None
    return tells_the_truth(str(window["label"]), (start.timestamp(), end.timestamp()), truth)


def tells_the_truth(label: str, window: Window, truth: Truth) -> bool | None:
    """Whether the window is what its label says; None for a label that this reader does not know."""
    words = _LEAD.sub("", " ".join(label.lower().split()))
    calendar = dict(_calendar(truth))
    if words.removeprefix("the ") in calendar:
        return _spans(window, calendar[words.removeprefix("the ")], truth)
    rolling = _ROLLING.fullmatch(words)
    if rolling:
        return _lasts(window, rolling[1], rolling[2], truth)
    if _DAY_WORDS.fullmatch(words) and (_WEEKDAY.search(words) or read_answer(words, ()).dates):
        return _is_day(words, window, truth)
    return None


def _lasts(window: Window, written: str, unit: str, truth: Truth) -> bool:
    """The length as rounded in the label, up to now; a day may have 23 or 25 hours."""
    count, unit_s = _COUNTS.get(written) or float(written), _SECONDS[unit[0]]
    decimals = len(written.partition(".")[2]) if "." in written else 0
    rounding_s = min(0.5 * 10.0**-decimals * unit_s, max(60.0, 0.01 * count * unit_s))
    if unit_s >= _SECONDS["d"]:
        rounding_s = max(rounding_s, 3600.0)
    length_s = window[1] - window[0]
    return abs(length_s - count * unit_s) <= rounding_s and abs(window[1] - truth.now_s) <= _NOW_S


def _calendar(truth: Truth) -> Iterator[tuple[str, tuple[date, date]]]:
    """Names of periods with their first day and the day after their last one."""
    today = truth.now.date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    new_year = today.replace(month=1, day=1)
    yield "today", (today, today + timedelta(days=1))
    yield "yesterday", (today - timedelta(days=1), today)
    yield "day before yesterday", (today - timedelta(days=2), today - timedelta(days=1))
    yield "this week", (monday, monday + timedelta(days=7))
    yield "last week", (monday - timedelta(days=7), monday)
    yield "this month", (first, (first + timedelta(days=31)).replace(day=1))
    yield "last month", (before, first)
    yield "this year", (new_year, new_year.replace(year=today.year + 1))
    yield "last year", (new_year.replace(year=today.year - 1), new_year)


def _spans(window: Window, days: tuple[date, date], truth: Truth) -> bool:
    """From midnight to midnight, or to now where the period is not over."""
    start_s, end_s = day_window(truth, days[0])[0], day_window(truth, days[1])[0]
    to_now = start_s <= truth.now_s < end_s and abs(window[1] - truth.now_s) <= _NOW_S
    return abs(window[0] - start_s) <= _EDGE_S and (abs(window[1] - end_s) <= _EDGE_S or to_now)


def _is_day(words: str, window: Window, truth: Truth) -> bool:
    day = datetime.fromtimestamp(window[0] + _EDGE_S, truth.zone).date()
    if not _spans(window, (day, day + timedelta(days=1)), truth):
        return False
    return names_day(words, day, truth.now.date())


def names_day(words: str, day: date, today: date) -> bool:
    """Whether every weekday and date in the words is this day, and the words leave no other day open."""
    dates = read_answer(words, ()).dates
    weekdays = {found.lower() for found in _WEEKDAY.findall(words)}
    if weekdays - {WEEKDAYS[day.weekday()].lower()}:
        return False
    if any(found not in ((day.year, day.month, day.day), (None, day.month, day.day)) for found in dates):
        return False
    ago = (today - day).days
    if any(found[0] is not None for found in dates):
        return True
    return 0 <= ago < 366 if dates else bool(weekdays) and 0 <= ago <= 7
