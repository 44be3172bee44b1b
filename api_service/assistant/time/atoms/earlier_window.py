"""Times that lean on the one spoken of before: "that day", "the week before", "the same period"."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from api_service.assistant.time.atoms.lexicon import ordinal_of
from api_service.assistant.time.atoms.rules import INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import MONTHS, SiteCalendar
from api_service.assistant.time.parts import MINUTES_PER_DAY, DaySpan, Grain, Hours, Instants, Parts
from api_service.assistant.types import Window

_DAYS = {"day": 1, "week": 7, "weekend": 7}
_LIKELY_HALF = 0.9
_MOST_PLACES = 5
"""Up to here "and the third?" may ask for a place in a ranking."""
_LONGEST_DAY = timedelta(hours=25)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _the_same(hit: RuleMatch) -> Readings:
    """ "in the same period": the window itself."""
    earlier = hit.calendar.earlier
    if earlier is None:
        return ()
    return (Parts(instants=Instants(earlier.start, earlier.end, earlier.label)),)


def _nth_of_its_month(hit: RuleMatch) -> Readings:
    """ "and the 13th?" after "on the 12th": of that month, at the end of what is asked."""
    earlier, calendar = hit.calendar.earlier, hit.calendar
    if earlier is None:
        return ()
    zone = calendar.moment.timezone
    first, last = (
        moment.astimezone(zone).date() for moment in (earlier.start, earlier.end - timedelta(microseconds=1))
    )
    number = ordinal_of(hit.group("dom"))
    if first != last or not _MOST_PLACES < number <= monthrange(first.year, first.month)[1]:
        return ()
    day = first.replace(day=number)
    span = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
    return (Parts(days=span),) if calendar.at(day) <= calendar.now else ()


def _the_same_hours(hit: RuleMatch) -> Readings:
    """ "yesterday at the same time": the hours of the window, where it is a part of one day."""
    found = _clock_of(hit.calendar)
    return (Parts(hours=Hours((found[1],))),) if found else ()


def on_the_day_before(readings: Readings, calendar: SiteCalendar) -> Readings:
    """ "and at 8?" after "at 7 am yesterday": on that day, and in its half."""
    found = _clock_of(calendar)
    if found is None or any(parts.named() != {"hours"} or parts.is_invalid for parts in readings):
        return readings
    day, (start, _) = found
    span = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
    ordered = sorted(readings, key=lambda parts: parts.hours is None or abs(parts.hours.start - start))
    certainties = (
        (_LIKELY_HALF, 1 - _LIKELY_HALF) if len(ordered) == 2 else tuple(p.certainty for p in ordered)
    )
    return tuple(
        replace(parts, days=span, certainty=certainty)
        for parts, certainty in zip(ordered, certainties, strict=True)
    )


def _clock_of(calendar: SiteCalendar) -> tuple[date, tuple[int, int]] | None:
    """Day and minutes after its midnight of the earlier window; None where it is no part of a day."""
    if calendar.earlier is None:
        return None
    zone = calendar.moment.timezone
    start, end = (moment.astimezone(zone) for moment in (calendar.earlier.start, calendar.earlier.end))
    minutes = start.hour * 60 + start.minute
    length = (end.replace(tzinfo=None) - start.replace(tzinfo=None)) // timedelta(minutes=1)
    is_part = 0 < length < MINUTES_PER_DAY and minutes + length <= MINUTES_PER_DAY
    return (start.date(), (minutes, minutes + length)) if is_part else None


def _that(hit: RuleMatch) -> Readings:
    """ "that week": the one that holds what was spoken of; of several days none is "that day"."""
    earlier, unit = hit.calendar.earlier, hit.group("unit")
    if earlier is None:
        return ()
    if unit == "day" and earlier.end - earlier.start > _LONGEST_DAY:
        return INVALID
    return (Parts(days=_unit_of(hit.calendar, earlier, unit, 0)),)


def _beside(hit: RuleMatch) -> Readings:
    """ "the week before", "the day after that", "a month earlier"; `()` where a word says beside what."""
    earlier, unit = hit.calendar.earlier, hit.group("unit")
    if earlier is None or f"last {unit}" in hit.match.string or hit.match.string.startswith("yesterday"):
        return ()
    step = -1 if hit.group("way") in ("after", "following", "later", "next") else 1
    days = _unit_of(hit.calendar, earlier, unit, step)
    return (Parts(days=days),) if hit.calendar.at(days.first) <= hit.calendar.now else ()


def _moved(hit: RuleMatch) -> Readings:
    """ "a year earlier": days as many as those spoken of, so much before or after them."""
    earlier, calendar = hit.calendar.earlier, hit.calendar
    if earlier is None:
        return ()
    step = -1 if hit.group("way") == "later" else 1
    zone = calendar.moment.timezone
    first, end = (
        moment.astimezone(zone).date() for moment in (earlier.start, earlier.end - timedelta(microseconds=1))
    )
    first, last = (_day_moved(day, hit.group("unit"), step) for day in (first, end))
    following = first.replace(day=28) + timedelta(days=4)
    if (
        first.day == 1
        and first.month == last.month
        and last < following
        and (end + timedelta(days=1)).day == 1
    ):
        return (Parts(days=_months(first, "month", 0)),)
    is_day = first == last
    label = (
        calendar.day_label(first)
        if is_day
        else f"from {calendar.date_words(first)} to {calendar.date_words(last)}"
    )
    return (Parts(days=DaySpan(first, last, label, Grain.DAY if is_day else Grain.OTHER)),)


def _day_moved(day: date, unit: str, back: int) -> date:
    """The same day so many units before; the last of its month where that is shorter."""
    if unit in _DAYS:
        return day - timedelta(days=_DAYS[unit] * back)
    index = day.year * 12 + day.month - 1 - _MONTHS[unit] * back
    for number in range(day.day, 27, -1):
        try:
            return date(index // 12, index % 12 + 1, number)
        except ValueError:
            continue
    return date(index // 12, index % 12 + 1, day.day)


def _unit_of(calendar: SiteCalendar, earlier: Window, unit: str, back: int) -> DaySpan:
    """The calendar unit that lies `back` units before the one in which `earlier` begins."""
    first = earlier.start.astimezone(calendar.moment.timezone).date()
    if unit == "day":
        day = first - timedelta(days=back)
        return DaySpan(day, day, calendar.day_label(day), Grain.DAY)
    monday = first - timedelta(days=first.weekday() + 7 * back)
    if unit == "week":
        label = f"in the week of {calendar.date_words(monday)}"
        return DaySpan(monday, monday + timedelta(days=6), label, Grain.WEEK)
    if unit == "weekend":
        saturday = monday + timedelta(days=5)
        label = f"on the weekend of {calendar.date_words(saturday)}"
        return DaySpan(saturday, saturday + timedelta(days=1), label)
    return _months(first, unit, back)


def _months(day: date, unit: str, back: int) -> DaySpan:
    length = _MONTHS[unit]
    index = (day.year * 12 + day.month - 1) // length * length - back * length
    end = index + length
    first, last = date(index // 12, index % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
    if unit == "month":
        return DaySpan(first, last, f"in {MONTHS[first.month - 1]} {first.year}", Grain.MONTH)
    if unit == "year":
        return DaySpan(first, last, f"in {first.year}", Grain.YEAR)
    return DaySpan(first, last, f"in Q{(first.month + 2) // 3} {first.year}")


_UNIT = r"(?P<unit>day|week|weekend|month|quarter|year)"
_END = r"(?= (?:[^\w]|too|also|please|then|instead|as well|in|by|for|per|as|and|or)(?!\S)|$)"
RULES: Sequence[Rule] = (
    (r"the (?P<dom>{ORD})(?= \?| please| then|$)", _nth_of_its_month),
    (
        r"(?:at|during|in|over|for) (?:that|the same|those|the very same) (?:time|hours?)(?: of day)?"
        r"(?! (?:as|of|last|in)(?!\S))",
        _the_same_hours,
    ),
    (
        r"(?:(?:in|during|over|for|on|at) )?(?:that|the same) (?:period|span|time frame|timeframe|window)",
        _the_same,
    ),
    (r"(?:(?:in|during|over|for|on) )?(?:that|the same) " + _UNIT + r"(?! (?:last|before|of|in|as))", _that),
    (r"(?:the )?" + _UNIT + r"(?: just)? (?P<way>before|after) (?:that|it|this|then)(?: one)?", _beside),
    (r"the " + _UNIT + r"(?: just)? (?P<way>before|after)" + _END, _beside),
    (r"(?:the|one) (?P<way>previous|preceding|following|next) " + _UNIT + _END, _beside),
    (r"(?:a|one) " + _UNIT + r" (?P<way>earlier|later)" + _END, _moved),
    (r"(?:a|one) " + _UNIT + r" (?P<way>before|after)(?: that)?" + _END, _beside),
)
