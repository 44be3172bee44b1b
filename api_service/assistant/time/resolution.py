"""From what was said to windows: "Monday" + "8 am" becomes a span of moments, right across clock changes."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.labels import condition_label, day_and_hours_label
from api_service.assistant.time.parts import (
    MINUTES_PER_DAY,
    Alone,
    DaySpan,
    Grain,
    Hours,
    Parts,
    Portion,
    Yearly,
)
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import Window

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a window begins that is open to the past."""

_TODAYS_WEEKDAY, _MISMATCH, _LOOSE_WEEKDAY = 0.75, 0.5, 0.6
_ALL_WEEK = frozenset(range(7))
_HALVES, _ROUGH_PARTS = 2, 3


@dataclass(frozen=True, slots=True)
class Placed:
    """Days with how sure they are; `weekdays` where a weekday became a condition."""

    days: DaySpan
    certainty: float = 1.0
    weekdays: frozenset[int] = frozenset()


def at_minute(calendar: SiteCalendar, day: date, minute: int) -> datetime:
    """A time of day in UTC; one that the clock change skips is the moment of the change, one that occurs
    twice the first of both. `minute` beyond 1440 is the next day.
    """
    days, rest = divmod(minute, MINUTES_PER_DAY)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    zone = calendar.moment.timezone
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None) != wall:  # within the skipped hour: back to its start
        wall -= timedelta(minutes=1)
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment + timedelta(minutes=1)
    return moment


def resolve(parts: Parts, calendar: SiteCalendar) -> TimeReading | None:
    """What these parts mean now; None where they name no time that exists."""
    if parts.is_invalid or (parts.alone is Alone.NOTHING and parts.named() == {"days"}):
        return None
    if parts.instants is not None:
        return _of_instants(parts, calendar)
    if parts.named() <= {"hours", "weekdays"}:
        return _without_days(parts, calendar)
    if parts.portion is not None and parts.hours is None:
        half = _half_of_a_week(parts, parts.portion, calendar)
        if half is not None:
            return half
    placed = place(parts, calendar)
    return None if placed is None else _of_days(parts, placed, calendar)


def _half_of_a_week(parts: Parts, portion: Portion, calendar: SiteCalendar) -> TimeReading | None:
    """ "the first half of last week": Monday to Thursday noon, for no half of seven days ends at midnight."""
    is_half = portion.parts == _HALVES and not (portion.around or portion.of_days or portion.of_months)
    base = _base(parts, calendar) if is_half and portion.weekday is None else None
    if base is None or base.days.grain is not Grain.WEEK:
        return None
    days = base.days
    noon = at_minute(calendar, days.first + (days.last - days.first) // 2, MINUTES_PER_DAY // 2)
    start, end = at_minute(calendar, days.first, 0), at_minute(calendar, days.last, MINUTES_PER_DAY)
    label = f"{portion.label} {days.label.removeprefix('in ')}"
    window = Window(start, noon, label) if portion.nth == 1 else Window(noon, end, label)
    return _finished(parts, calendar, window, ((), frozenset()))


def place(parts: Parts, calendar: SiteCalendar) -> Placed | None:
    """The days that are meant, the most recent ones where the words leave it open; None where none exist."""
    placed = _base(parts, calendar)
    if placed is None or parts.portion is None:
        return placed
    part = portion_of(parts.portion, placed.days, calendar)
    return None if part is None else replace(placed, days=part)


def _base(parts: Parts, calendar: SiteCalendar) -> Placed | None:
    if parts.yearly is not None:
        return _with_weekday(_yearly(parts.yearly, parts.days, calendar), parts.weekday)
    if parts.day_of_month is not None:
        return _with_weekday(_nth_day(parts.day_of_month, parts.days, calendar), parts.weekday)
    if parts.days is not None:
        return _with_weekday(parts.days, parts.weekday, calendar)
    if parts.weekday is not None:
        day = calendar.past_weekday(parts.weekday)
        is_today = parts.weekday == calendar.today.weekday()
        span = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
        return Placed(span, _TODAYS_WEEKDAY if is_today else 1.0)
    return None


def _yearly(yearly: Yearly, year: DaySpan | None, calendar: SiteCalendar) -> DaySpan | None:
    years = [year.first.year] if year else [calendar.today.year + 1 - back for back in range(10)]
    for number in years:
        span = yearly.in_year(number)
        if span is not None and (year is not None or span[0] <= calendar.today):
            return DaySpan(*span, yearly.label(calendar, span[0]), yearly.grain)
    return None


def _nth_day(day: int, month: DaySpan | None, calendar: SiteCalendar) -> DaySpan | None:
    if month is None:
        found = calendar.past_date(day, None, None)
    else:
        found = calendar.past_date(day, month.first.month, month.first.year)
    return None if found is None else DaySpan(found, found, calendar.day_label(found), Grain.DAY)


def _with_weekday(
    days: DaySpan | None, weekday: int | None, calendar: SiteCalendar | None = None
) -> Placed | None:
    """A weekday within days: the only one there is, else a condition; of a single day it must be right."""
    if days is None or weekday is None:
        return None if days is None else Placed(days)
    first = days.first + timedelta(days=(weekday - days.first.weekday()) % 7)
    if days.grain is Grain.DAY:
        return Placed(days, 1.0 if first == days.first else _MISMATCH)
    if first <= days.last < first + timedelta(days=7) and calendar is not None:
        return Placed(DaySpan(first, first, calendar.day_label(first), Grain.DAY))
    return Placed(days, _LOOSE_WEEKDAY, frozenset({weekday}))


def portion_of(portion: Portion, days: DaySpan, calendar: SiteCalendar) -> DaySpan | None:
    """A part of a span of days; None where the span is too short for it."""
    if portion.around:
        return _around(portion, days, calendar)
    length = (days.last - days.first).days + 1
    label = (
        f"{portion.label} {days.label.removeprefix('in ')}" if portion.label.endswith("of") else portion.label
    )
    if portion.weekday is not None:
        return _nth_weekday(portion, days, calendar)
    if portion.of_months:
        return _months_of(portion, days, label)
    if portion.of_days:
        return _counted(portion, days, label, calendar)
    if length < portion.parts:
        return days if portion.parts == _ROUGH_PARTS else None
    edges = [days.first + timedelta(days=round(length * i / portion.parts)) for i in range(portion.parts + 1)]
    if days.grain is not Grain.WEEK and portion.parts == 2 and days.first.day == 1:
        edges[1] = _middle(days)
    return DaySpan(edges[portion.nth - 1], edges[portion.nth] - timedelta(days=1), label)


def _months_of(portion: Portion, days: DaySpan, label: str) -> DaySpan | None:
    """ "the first six months of": whole months; None where the span has fewer."""
    begin = days.first.year * 12 + days.first.month - 1
    end = days.last.year * 12 + days.last.month
    if portion.of_months > end - begin or days.first.day != 1:
        return None
    first, after = (begin, begin + portion.of_months) if portion.nth > 0 else (end - portion.of_months, end)
    last = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return DaySpan(date(first // 12, first % 12 + 1, 1), last, label)


def _counted(portion: Portion, days: DaySpan, label: str, calendar: SiteCalendar) -> DaySpan | None:
    """ "the first week of", "the last day of"."""
    count, index = portion.of_days, portion.nth - 1 if portion.nth > 0 else None
    first = days.last - timedelta(days=count - 1) if index is None else days.first + timedelta(index * count)
    last = min(days.last, first + timedelta(days=count - 1))
    if not days.first <= first <= days.last:
        return None
    if count == 1:
        return DaySpan(first, first, calendar.day_label(first), Grain.DAY)
    return DaySpan(first, last, label)


def _around(portion: Portion, days: DaySpan, calendar: SiteCalendar) -> DaySpan | None:
    """The week or weekend that holds a single day."""
    if days.first != days.last:
        return None
    monday = days.first - timedelta(days=days.first.weekday())
    if portion.around == "ending":
        monday = days.first - timedelta(days=6)
    first = monday + timedelta(days=5 if portion.around == "weekend" else 0)
    label = f"{portion.label} {calendar.date_words(days.first)}"
    return DaySpan(first, monday + timedelta(days=6), label, Grain.WEEK)


def _middle(days: DaySpan) -> date:
    """Where the second half of a month (the 16th) or of months begins."""
    months = (days.last.year - days.first.year) * 12 + days.last.month - days.first.month + 1
    if months % 2:
        half = days.first.month - 1 + months // 2
        return date(days.first.year + half // 12, half % 12 + 1, 16)
    half = days.first.month - 1 + months // 2
    return date(days.first.year + half // 12, half % 12 + 1, 1)


def _nth_weekday(portion: Portion, days: DaySpan, calendar: SiteCalendar) -> DaySpan | None:
    first = days.first + timedelta(days=((portion.weekday or 0) - days.first.weekday()) % 7)
    matching = [
        first + timedelta(days=7 * n) for n in range(54) if first + timedelta(days=7 * n) <= days.last
    ]
    index = portion.nth - 1 if portion.nth > 0 else -1
    if not matching or index >= len(matching):
        return None
    day = matching[index]
    return DaySpan(day, day, calendar.day_label(day), Grain.DAY)


def _of_instants(parts: Parts, calendar: SiteCalendar) -> TimeReading:
    assert parts.instants is not None  # noqa: S101 - the caller asked
    instants = parts.instants
    hours, weekdays = _conditions(parts)
    label = f"{instants.label} {condition_label(parts.hours, weekdays)}".strip()
    window = Window(instants.start or BEGINNING, instants.end, label)
    reading = _finished(parts, calendar, window, (hours, weekdays))
    return replace(reading, is_moment=instants.is_point, from_first_reading=instants.start is None)


def _without_days(parts: Parts, calendar: SiteCalendar) -> TimeReading | None:
    if parts.alone is Alone.NOTHING:
        return None
    if parts.alone is Alone.REPEATS or parts.hours is None or parts.weekdays is not None:
        hours, weekdays = _conditions(parts)
        label = condition_label(parts.hours, weekdays)
        return TimeReading(None, hours, weekdays, label, parts.certainty)
    day = calendar.today
    if at_minute(calendar, day, parts.hours.start) > calendar.now:
        day -= timedelta(days=1)
    days = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
    return _of_days(parts, Placed(days), calendar)


def _of_days(parts: Parts, placed: Placed, calendar: SiteCalendar) -> TimeReading:
    days, hours = placed.days, parts.hours
    sure = replace(parts, certainty=parts.certainty * placed.certainty)
    if hours is not None and days.first == days.last and len(hours.spans) == 1:
        start, end = (at_minute(calendar, days.first, minute) for minute in hours.spans[0])
        window = Window(start, end, day_and_hours_label(calendar, days, hours))
        reading = _finished(sure, calendar, window, ((), frozenset()))
        return replace(reading, is_moment=hours.is_point)
    start_minute, end_minute = _night_edges(hours)
    window = Window(
        at_minute(calendar, days.first, start_minute), at_minute(calendar, days.last, end_minute), days.label
    )
    conditions = _conditions(replace(sure, weekdays=placed.weekdays or parts.weekdays))
    label = condition_label(hours, conditions[1])
    if label and not (conditions[1] and days.label.startswith("on the last")):
        window = replace(window, label=f"{days.label} {label}")
    return _finished(sure, calendar, window, conditions)


def _night_edges(hours: Hours | None) -> tuple[int, int]:
    """Nights of several days: from the first evening to the last morning."""
    if hours is None or hours.spans[-1][1] <= MINUTES_PER_DAY:
        return 0, MINUTES_PER_DAY
    return hours.spans[0][0], hours.spans[-1][1]


def _conditions(parts: Parts) -> tuple[tuple[tuple[int, int], ...], frozenset[int]]:
    weekdays = parts.weekdays or frozenset()
    return parts.hours.spans if parts.hours else (), frozenset() if weekdays == _ALL_WEEK else weekdays


def _finished(
    parts: Parts,
    calendar: SiteCalendar,
    window: Window,
    conditions: tuple[tuple[tuple[int, int], ...], frozenset[int]],
) -> TimeReading:
    """The window ends now where it would reach into the future; one that is all future is marked so."""
    is_future = window.start > calendar.now or (window.start == calendar.now and "next" in window.label)
    if not is_future:
        end = max(min(window.end, calendar.now), window.start + timedelta(seconds=1))
        window = Window(window.start, end, window.label)
    hours, weekdays = conditions
    return TimeReading(window, hours, weekdays, window.label, parts.certainty, is_future=is_future)
