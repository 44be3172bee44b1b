"""Single days and times of day: "yesterday", "on Tuesday", "10 March", "at 3 pm"."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.phrases import vocabulary as tw

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Dates beyond are slips of the finger; nothing was metered then."""

DayResolver = Callable[[SiteCalendar, re.Match[str]], tuple[date, bool] | None]
"""A day, and whether it is surely the one that was meant."""


def _relative_day(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool]:
    back = {"yesterday": 1, "day before yesterday": 2}.get(match.group("name"), 0)
    return calendar.today - timedelta(days=back), True


def _before_yesterday(calendar: SiteCalendar, _match: re.Match[str]) -> tuple[date, bool]:
    return calendar.today - timedelta(days=2), True


def _days_ago(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool] | None:
    back = tw.number(match.group("n")) * (7 if match.group("unit").startswith("week") else 1)
    return (calendar.today - timedelta(days=int(back)), True) if 1 <= back <= 3660 else None


def _iso_date(_calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool] | None:
    year, month, day = (int(part) for part in match.group("iso").split("-"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day), True
    except ValueError:
        return None


def _numeric_date(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool] | None:
    day, month, year = (int(match.group(name)) for name in ("day", "month", "year"))
    year += 2000 if year < 100 else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    sure = day > 12 or month > 12 or day == month or "." in match.group()
    if month > 12:
        day, month = month, day
    found = calendar.past_date(day, month, year)
    return None if found is None else (found, sure)


def _named_date(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool] | None:
    named = match.groupdict()
    month = tw.MONTH_NUMBERS[named["month"]] if named.get("month") else None
    year = int(named["year"]) if named.get("year") else None
    found = calendar.past_date(tw.day_number(named["day"]), month, year)
    return None if found is None else (found, True)


def _weekday(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool]:
    named = match.groupdict()
    number = tw.WEEKDAY_NUMBERS[named["weekday"] or named["weekday2"] or named.get("weekday3") or ""]
    if named["which"] == "this":
        return calendar.this_weekday(number), True
    sure = number != calendar.today.weekday() or named["which"] is not None
    return calendar.past_weekday(number), sure


def _weekday_of_week(calendar: SiteCalendar, match: re.Match[str]) -> tuple[date, bool]:
    named = match.groupdict()
    day = calendar.this_weekday(tw.WEEKDAY_NUMBERS[named["weekday"] or named["weekday2"]])
    weeks = 0 if (named["which"] or named["which2"]) == "this" else 1
    return day - timedelta(weeks=weeks), True


def clock_of(match: re.Match[str]) -> time | None:
    """The time of day of a match of `time_words.CLOCK`; None where no clock shows it."""
    named = match.groupdict()
    if named["word"]:
        return time(0 if named["word"] == "midnight" else 12)
    hour = int(named["h12"] or named["h24"] or named["oclock"])
    minute = int(named["m12"] or named["m24"] or 0)
    if named["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if named["half"] == "pm" else 0)
    return time(hour % 24, minute) if hour <= 24 and minute < 60 else None


DAYS: tuple[tuple[re.Pattern[str], DayResolver], ...] = (
    (tw.BEFORE_YESTERDAY, _before_yesterday),
    (tw.RELATIVE_DAY, _relative_day),
    (tw.DAYS_AGO, _days_ago),
    (tw.ISO_DATE, _iso_date),
    (tw.NUMERIC_DATE, _numeric_date),
    (tw.DAY_MONTH, _named_date),
    (tw.MONTH_DAY, _named_date),
    (tw.NTH, _named_date),
    (tw.WEEKDAY_OF_WEEK, _weekday_of_week),
    (tw.WEEKDAY, _weekday),
)
"""How days are named, the clearest first."""
