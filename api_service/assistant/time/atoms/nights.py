"""One night by both of its days: "the night from Sunday to Monday", "Mon/Tue night", "Friday night to
Saturday morning"; from the evening of the first to the morning of the second, by the hours of `words.toml`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from api_service.assistant.time.atoms.day_parts import hours_of
from api_service.assistant.time.atoms.days import one_day
from api_service.assistant.time.atoms.lexicon import ordinal_of, table
from api_service.assistant.time.atoms.rules import Readings, Rule, RuleMatch
from api_service.assistant.time.parts import Hours, Parts, Yearly, YearlyKind

_LONGEST_MONTH, _SHORTEST_MONTH = 31, 28


def _night(hit: RuleMatch) -> Readings:
    """The part of the day that begins on the first day; `()` where the second is not the next one."""
    is_list = hit.group("joint") == "and" and hit.group("opener") != "between"
    evening = None if is_list else _first_day(hit)
    return () if evening is None else (replace(evening, hours=_hours(hit)),)


def _hours(hit: RuleMatch) -> Hours:
    part = hit.group("part")
    night = hours_of("night")
    if part != "evening":
        return night
    evening = hours_of("evening")
    if not hit.group("morning"):
        return evening
    return Hours(((evening.start, night.spans[-1][1]),))


def _first_day(hit: RuleMatch) -> Parts | None:
    return _of_weekdays(hit) or _of_dates(hit) or _of_relative_days(hit)


def _of_weekdays(hit: RuleMatch) -> Parts | None:
    names = table("weekdays", "short_weekdays")
    first, second = names.get(hit.group("weekday1")), names.get(hit.group("weekday2"))
    if first is None or second is None or second != (first + 1) % 7:
        return None
    return Parts(weekday=first)


def _of_relative_days(hit: RuleMatch) -> Parts | None:
    backs = table("days_back")
    first, second = backs.get(hit.group("back1")), backs.get(hit.group("back2"))
    if first is None or second != first - 1:
        return None
    return Parts(days=one_day(hit.calendar, hit.calendar.today - timedelta(days=first)))


def _of_dates(hit: RuleMatch) -> Parts | None:
    """The 12th and the 13th, also across the end of a month; the month may stand with one of them."""
    both = hit.group("both").split("/")
    one, other = both if len(both) == 2 else (hit.group("dom1"), hit.group("dom2"))
    if not one or not other:
        return None
    first, second = ordinal_of(one), ordinal_of(other)
    crosses = second == 1 and _SHORTEST_MONTH <= first <= _LONGEST_MONTH
    if not (crosses or second == first + 1):
        return None
    months = table("months", "months_like_words")
    month = months.get(hit.group("month1")) or months.get(hit.group("month0"))
    later = months.get(hit.group("month2"))
    if month is None and later is not None:
        month = (later - 2) % 12 + 1 if crosses else later
    if month is None:
        return Parts(day_of_month=first)
    yearly = Yearly(YearlyKind.DATE, first, month)
    return Parts(yearly=yearly) if yearly.is_ever else None


def _edge(place: int) -> str:
    """A day: a weekday, a date, "yesterday"."""
    weekday = rf"(?P<weekday{place}>{{SHORT_WEEKDAY}})"
    date = rf"(?:the )?(?P<dom{place}>{{DAYNUM}})(?: (?:of )?(?P<month{place}>{{MONTH}}))?"
    month_first = r"(?:(?P<month0>{MONTH}) (?:the )?)?" if place == 1 else ""
    return rf"(?:{weekday}|{month_first}{date}|(?P<back{place}>{{DAYS_BACK}}))"


_PART = r"(?P<part>night|nite|evening|overnight|over night)"
_LATE = r"(?P<part>night|nite|evening)"
_JOINT = r"(?P<joint>to|into|in to|until|till|til|and|on|onto|through|thru|/|-|–|—)"
_DASH = r"(?P<joint>/|-|–|—)"
_TO = r"(?P<joint>to|into|in to|until|till|til|through|thru|/|-|–|—)"
_MORNING = r"(?P<morning>(?: early)? morning)"
_BOTH = r"(?P<both>\d{1,2}/\d{1,2}) (?P<month2>{MONTH})"
RULES: Sequence[Rule] = (
    (
        rf"(?:the )?{_PART} (?:(?P<opener>of|from|between|on) )?{_edge(1)} {_JOINT} "
        rf"(?:the )?(?P<morning>(?:early )?morning (?:of )?)?{_edge(2)}(?: morning)?",
        _night,
    ),
    (rf"(?:the )?{_PART} (?:of|from) (?:the )?{_BOTH}", _night),
    (rf"{_BOTH} {_PART}", _night),
    (rf"(?:the )?{_edge(1)} {_DASH} {_edge(2)} {_PART}", _night),
    (rf"(?:from )?{_edge(1)} {_TO} {_edge(2)} (?P<part>overnight|over night)", _night),
    (rf"(?:the )?{_edge(1)} {_LATE} {_TO} (?:the )?{_edge(2)}{_MORNING}", _night),
    (
        rf"(?:the )?{_edge(1)} {_LATE} {_TO} (?:the )?(?:early )?(?P<morning>morning of )(?:the )?{_edge(2)}",
        _night,
    ),
)
