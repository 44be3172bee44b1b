"""How times are named in answers: "yesterday evening", "on weekdays between 14:00 and 16:00"."""

from datetime import datetime, time, timedelta

from api_service.assistant.time.calendar import MONTHS, WEEKDAYS, SiteCalendar
from api_service.assistant.time.parts import MINUTES_PER_DAY, DaySpan, Hours

_ALL_WEEK = frozenset(range(7))
DAYS_PER_WEEK = 7


def day_and_hours_label(calendar: SiteCalendar, days: DaySpan, hours: Hours) -> str:
    """ "yesterday evening", "on Tuesday 10 March between 14:00 and 16:00"."""
    plain = calendar.day_label(days.first + timedelta(days=hours.start // MINUTES_PER_DAY))
    if not hours.name:
        return f"{plain} {clock_label(hours)}"
    if days.label != plain:
        return days.label
    if hours.name == "night":
        is_last = days.first == calendar.today - timedelta(days=1)
        return "last night" if is_last else f"in the night of {calendar.date_words(days.first)}"
    part = hours.name.removeprefix("at ").removeprefix("the ")
    if part.endswith("s"):
        return f"in the {part} of {calendar.date_words(days.first)}"
    names = {"today": f"this {part}", "yesterday": f"yesterday {part}"}
    return names.get(plain, f"on the {part} of {calendar.date_words(days.first)}")


def clock_label(hours: Hours) -> str:
    """ "between 14:00 and 16:00"."""
    return " and ".join(f"between {_clock(start)} and {_clock(end)}" for start, end in hours.spans)


def _clock(minute: int) -> str:
    minute = (minute - 1) % MINUTES_PER_DAY + 1 if minute else 0
    return f"{minute // 60:02d}:{minute % 60:02d}"


_NAMES = {
    frozenset(range(5)): "on weekdays",
    frozenset({5, 6}): "on weekends",
}


def condition_label(hours: Hours | None, weekdays: frozenset[int]) -> str:
    """ "on weekdays between 14:00 and 16:00", "on Sundays", "in the evening"; "" for no condition."""
    days = ""
    if weekdays and weekdays != _ALL_WEEK:
        names = " and ".join(f"{WEEKDAYS[day]}s" for day in sorted(weekdays))
        days = _NAMES.get(weekdays, f"on {names}")
    if hours is None:
        return days
    return f"{days} {_part_label(hours)}".strip()


def _part_label(hours: Hours) -> str:
    if not hours.name:
        return clock_label(hours)
    if hours.name.split()[0] in ("at", "during", "by", "in", "after"):
        return hours.name
    return "at night" if hours.name == "night" else f"in the {hours.name.removeprefix('the ')}"


def span_label(calendar: SiteCalendar, start: datetime, end: datetime) -> str:
    """A span as its edges tell: "yesterday", "in March 2026", "yesterday between 19:00 and 20:00"."""
    zone = calendar.moment.timezone
    first, last = start.astimezone(zone), end.astimezone(zone)
    days = (last.date() - first.date()).days
    if first.time() == last.time() == time():
        final = last.date() - timedelta(days=1)
        if days == 1:
            return calendar.day_label(first.date())
        if days == DAYS_PER_WEEK and first.weekday() == 0:
            return f"in the week of {calendar.date_words(first.date())}"
        if first.day == last.day == 1 and final.month == first.month:
            return f"in {MONTHS[first.month - 1]} {first.year}"
        return f"from {calendar.date_words(first.date())} to {calendar.date_words(final)}"
    if days == 0 or (days == 1 and last.time() == time()):
        until = f"{last:%H:%M}" if days == 0 else "24:00"
        return f"{calendar.day_label(first.date())} between {first:%H:%M} and {until}"
    edges = (f"{_plain_day(calendar, moment)} at {moment:%H:%M}" for moment in (first, last))
    return "from {} to {}".format(*edges)


def moment_label(calendar: SiteCalendar, moment: datetime) -> str:
    """ "yesterday at 06:25"."""
    local = moment.astimezone(calendar.moment.timezone)
    return f"{calendar.day_label(local.date())} at {local:%H:%M}"


def _plain_day(calendar: SiteCalendar, moment: datetime) -> str:
    return calendar.day_label(moment.date()).removeprefix("on ")
