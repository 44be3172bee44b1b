"""An earlier period up to the point that the present one has reached: "last week up to the same point", "by
this time yesterday", and the week before in "week to date against the week before".
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from api_service.assistant.time.atoms.days import one_day
from api_service.assistant.time.atoms.periods import unit_span
from api_service.assistant.time.atoms.rules import Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import WEEKDAYS, SiteCalendar
from api_service.assistant.time.comparing import is_comparing
from api_service.assistant.time.parts import DaySpan, Instants, Parts
from api_service.assistant.time.resolution import at_minute

_POINT = r"(?:time|point|stage|moment|hour|clock time|time of (?:the )?day|day and time|day and hour)"
_UP_TO = r"(?:up to|up until|up till|until|till|til|by|as of|at|to)"
_OF_IT = r"(?: of (?:the )?(?:day|week|month|year))?"
_SAME = rf"(?:{_UP_TO} (?:(?:the |that )?(?:very )?same|this|that) {_POINT}{_OF_IT})"
_END = r"(?= (?:[^\w]|in|by|for|per|as|and|energy|power|cost)(?!\S)|$)"
_SO_FAR = r"(?:up to now|until now|till now|up until now)"
_EVEN = re.compile(rf"(?<!\S){_SAME}(?!\S)")
_AT_THIS_TIME = re.compile(r"(?<!\S)at (?:this|that|the same) (?:time|moment|hour)(?!\S)")
_PROGRESS = re.compile(r"(?<!\S)(?:so far|up to now|until now|by now|already|to date|wtd|mtd|ytd)(?!\S)")
_TO_DATE = re.compile(r"(?<!\S)(?:(?:week|month|quarter|year) to date|wtd|mtd|ytd)(?!\S)")
_UNIT = (
    r"(?:(?P<day>yesterday|the day before)"
    r"|(?:this time |(?:the )?same (?:time|point|day) )?"
    r"(?:the )?(?:last|previous|past|preceding|prior) (?P<unit>week|month|quarter|year)"
    rf"|the (?P<before>week|month|quarter|year) before{_END})"
)
_JOINT = r"(?: (?:in|of|on|for|,))?(?: the)?"


def _cut(hit: RuleMatch) -> Readings:
    """The period up to the point; `()` where no word speaks of one."""
    if not _speaks_of_a_point(hit):
        return ()
    unit = hit.group("unit") or hit.group("before")
    calendar = hit.calendar
    if not unit:
        day = calendar.today - timedelta(days=1)
        return (_until(calendar, one_day(calendar, day), day),)
    span, now = unit_span(calendar, unit, 1), unit_span(calendar, unit, 0)
    day = _as_far(span, now, calendar.today, unit)
    return (Parts(days=span) if day > span.last else _until(calendar, span, day),)


def _speaks_of_a_point(hit: RuleMatch) -> bool:
    line, here = hit.match.string, hit.match.group()
    if re.search(rf"(?<!\S){_SO_FAR}(?!\S)", here):
        return hit.words_before() not in ("from", "since")
    if _EVEN.search(line):
        # "at the same time yesterday" is a moment, unless something is compared that is still going on.
        is_moment = _AT_THIS_TIME.search(line) and not _is_under_way(hit)
        return not is_moment
    return bool(_TO_DATE.search(line)) and is_comparing(_with_against(line))


def _is_under_way(hit: RuleMatch) -> bool:
    """Whether a period that is not over is spoken of, here or in the question before."""
    earlier = hit.calendar.earlier
    was_today = earlier is not None and abs((earlier.end - hit.calendar.now).total_seconds()) < 1
    return was_today or bool(_PROGRESS.search(hit.match.string))


def _with_against(line: str) -> list[str]:
    return ["versus" if word == "against" else word for word in line.split()]


def _as_far(span: DaySpan, now: DaySpan, today: date, unit: str) -> date:
    """The day of the earlier period that is as far in it as today is in its own."""
    if unit != "year":
        return span.first + (today - now.first)
    try:
        return today.replace(year=span.first.year)
    except ValueError:  # 29 February
        return today.replace(year=span.first.year, day=28)


def _until(calendar: SiteCalendar, span: DaySpan, day: date) -> Parts:
    local = calendar.local_now
    start, end = at_minute(calendar, span.first, 0), at_minute(calendar, day, local.hour * 60 + local.minute)
    clock = f"{local:%H:%M}"
    if span.first == span.last:
        point = clock
    elif (span.last - span.first).days < len(WEEKDAYS):
        point = f"{WEEKDAYS[day.weekday()]} at {clock}"
    else:
        point = f"{calendar.date_words(day)} at {clock}"
    return Parts(
        instants=Instants(start, max(end, start + timedelta(seconds=1)), f"{span.label} until {point}")
    )


RULES: Sequence[Rule] = ((rf"(?:{_SAME}{_JOINT} |{_SO_FAR} )?{_UNIT}(?:(?: ,)? {_SAME})?", _cut),)
