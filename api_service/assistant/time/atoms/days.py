"""Single days: "yesterday", "on Tuesday", "10 March", "12/03", "three days ago", "at Christmas"."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from api_service.assistant.time.atoms.lexicon import number_of, ordinal_of, table
from api_service.assistant.time.atoms.rules import CUES, INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import MONTHS, SiteCalendar
from api_service.assistant.time.parts import Alone, DaySpan, Grain, Parts, Yearly, YearlyKind

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Dates beyond are slips of the finger; nothing was metered then."""

_LIKELY, _UNLIKELY = 0.6, 0.4
_DATE_CUES = CUES - {"with", "of", "all", "in", "or", "each", "early", "late", "mid"}
_NTH_CUES = frozenset(
    {"on", "since", "until", "till", "from", "before", "after", "by", "between", "to", "and"}
)
_TYPICAL = frozenset({"normal", "typical", "average", "usual", "ordinary"})
_AFTER_SHORT = frozenset({"-", "–", "to", "through", "thru", "till", "until", "last"})
_AFTER_KEYWORD = frozenset({"", "?", ".", ",", "/", "vs", "versus", "and"})
_ENGLISH_WORDS = frozenset({"sun", "sat", "wed", "mon"})
_MONTH_FIRST_ZONES = ("America/", "US/", "Pacific/Honolulu")
_MAX_BACK = 4000


def one_day(calendar: SiteCalendar, day: date) -> DaySpan:
    """A single day with its usual label."""
    return DaySpan(day, day, calendar.day_label(day), Grain.DAY)


def dated(calendar: SiteCalendar, year: int, month: int, day: int) -> Readings:
    """A full date; INVALID where the calendar has none."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return INVALID
    try:
        return (Parts(days=one_day(calendar, date(year, month, day))),)
    except ValueError:
        return INVALID


def _relative(hit: RuleMatch) -> Readings:
    back = table("days_back")[hit.group("day")]
    return (Parts(days=one_day(hit.calendar, hit.calendar.today - timedelta(days=back))),)


def _this_day(hit: RuleMatch) -> Readings:
    return (Parts(days=one_day(hit.calendar, hit.calendar.today)),)


def _iso(hit: RuleMatch) -> Readings:
    year, month, day = (int(part) for part in hit.match.group().split("-"))
    return dated(hit.calendar, year, month, day)


def _numeric(hit: RuleMatch) -> Readings:
    """ "12/03" and "12/03/2026": day first or month first; the other way round is a second reading."""
    numbers = [int(part) for part in re.split(r"[./]", hit.match.group())]
    has_cue = {hit.words_before(), hit.word_after()} & (_DATE_CUES | {"-", "to"})
    if len(numbers) == 2 and not has_cue and not _ends_as_date(hit, numbers):
        return ()
    is_us = hit.calendar.moment.timezone.key.startswith(_MONTH_FIRST_ZONES)
    orders = [(numbers[0], numbers[1]), (numbers[1], numbers[0])]
    if is_us and "/" in hit.match.group():
        orders.reverse()
    if "." in hit.match.group():
        orders = orders[:1]
    year = numbers[2] + (2000 if numbers[2] < 100 else 0) if len(numbers) == 3 else None
    found = [parts for day, month in dict.fromkeys(orders) for parts in _day_of_month(hit, day, month, year)]
    valid = [parts for parts in found if not parts.is_invalid]
    if len(valid) == 2:
        sure, unsure = valid
        return (_with_certainty(sure, _LIKELY), _with_certainty(unsure, _UNLIKELY))
    return tuple(valid) or INVALID


def _ends_as_date(hit: RuleMatch, numbers: Sequence[int]) -> bool:
    """Whether it ends the text and can only be a date: "tv 14/3", not "1/2" or "24/7"."""
    low, high = sorted(numbers)
    return (
        "/" in hit.match.group()
        and hit.word_after() == ""
        and 1 <= low <= 12 < high <= 31
        and (high, low) != (24, 7)
    )


def _with_certainty(parts: Parts, certainty: float) -> Parts:
    return Parts(days=parts.days, yearly=parts.yearly, weekday=parts.weekday, certainty=certainty)


def _day_of_month(hit: RuleMatch, day: int, month: int, year: int | None) -> Readings:
    if year is not None:
        return dated(hit.calendar, year, month, day)
    yearly = Yearly(YearlyKind.DATE, day, month)
    return (Parts(yearly=yearly),) if 1 <= month <= 12 and yearly.is_ever else INVALID


def _named_date(hit: RuleMatch) -> Readings:
    """ "10 March", "Monday 9 March 2026", "March the 3rd"."""
    month = table("months", "months_like_words")[hit.group("month")]
    year = int(hit.group("year")) if hit.group("year") else None
    found = _day_of_month(hit, ordinal_of(hit.group("dom")), month, year)
    weekday = hit.group("weekday")
    if weekday and found is not INVALID and found[0].days is None:
        return (Parts(yearly=found[0].yearly, weekday=table("weekdays", "short_weekdays")[weekday]),)
    return found


def _nth(hit: RuleMatch) -> Readings:
    """ "on the 5th": the day of a month that is not named."""
    day, of_month = ordinal_of(hit.group("dom")), hit.group("of_month")
    named = bool(hit.group("weekday")) or bool(of_month)
    is_word = hit.group("dom").replace(" ", "").isalpha()
    if is_word and not named and not hit.match.group().startswith("the "):
        return ()  # "when did it come on first"
    if hit.words_before() == "and" and not hit.match.string[: hit.match.start()].removesuffix("and "):
        return ()  # "and the 2nd?" asks for the next place
    cues = _NTH_CUES - {"and", "to"} if is_word else _NTH_CUES
    is_of_part = hit.words_before() == "of" and hit.words_before(2).split()[0] in table("day_parts")
    if not named and not is_of_part and hit.words_before() not in cues:
        return ()
    if not 1 <= day <= 31:
        return INVALID
    back = 1 if "last" in of_month else 0
    calendar = hit.calendar
    if "this" in of_month or back:
        year, month = calendar.month_back(back)
        return dated(calendar, year, month, day)
    weekday = table("weekdays", "short_weekdays").get(hit.group("weekday"))
    return (Parts(day_of_month=day, weekday=weekday),)


def _weekday(hit: RuleMatch) -> Readings:
    calendar, which = hit.calendar, hit.group("which")
    word = hit.group("weekday")
    number = table("weekdays", "short_weekdays")[word]
    is_short = word in table("short_weekdays")
    is_cued = (
        _is_beside_a_clock(hit)
        or hit.words_before() in CUES
        or hit.word_after() in _AFTER_SHORT
        or hit.word_after() in table("day_parts")
        or _is_keyword(hit)
    )
    if is_short and not which and (not is_cued or hit.match.group() == "the sun"):
        return ()
    if hit.words_before() in _TYPICAL:
        return (Parts(weekdays=frozenset({number}), alone=Alone.REPEATS),)
    if not which:
        return (Parts(weekday=number),)
    if which in ("next", "coming", "upcoming"):
        ahead = (number - calendar.today.weekday() - 1) % 7 + 1
        return (Parts(days=one_day(calendar, calendar.today + timedelta(days=ahead))),)
    is_this = which == "this"
    day = calendar.this_weekday(number) if is_this else calendar.past_weekday(number)
    return (Parts(days=one_day(calendar, day)),)


def _weekday_before(hit: RuleMatch) -> Readings:
    """ "the Monday before": that of the week before the last one, unless a day stands beside it."""
    calendar = hit.calendar
    day = calendar.past_weekday(table("weekdays")[hit.group("weekday")]) - timedelta(days=7)
    return (Parts(days=one_day(calendar, day)),)


def _is_keyword(hit: RuleMatch) -> bool:
    """ "median watts pc mon", "load tue vs wed": a day without any preposition in a line of keywords."""
    is_english = hit.group("weekday") in _ENGLISH_WORDS and hit.words_before() in (
        "",
        "the",
        "a",
        "has",
        "have",
    )
    is_apart = hit.word_after() in _AFTER_KEYWORD or hit.words_before() == "/"
    return not is_english and is_apart


def _is_beside_a_clock(hit: RuleMatch) -> bool:
    """ "tue 5pm", "17:00 tue"."""
    after = hit.match.string[hit.match.end() :].split()[:2]
    is_before = bool(after) and after[0][0].isdecimal() and (":" in after[0] or after[-1] in ("am", "pm"))
    return is_before or hit.words_before() in ("am", "pm") or ":" in hit.words_before()


def _days_ago(hit: RuleMatch) -> Readings:
    """ "3 days ago" is a day; "two weeks ago" is a day or a week, "a year ago" a day or a year."""
    n, calendar = number_of(hit.group("n")), hit.calendar
    unit = hit.group("unit").removesuffix("s")
    if not 1 <= n <= _MAX_BACK or n != int(n):
        return INVALID
    day = _back(calendar, int(n), unit)
    if day is None or day.year < FIRST_YEAR:
        return INVALID
    if unit == "day":
        return (Parts(days=one_day(calendar, day)),)
    whole = _whole(calendar, day, unit)
    return (Parts(days=one_day(calendar, day), certainty=_LIKELY), Parts(days=whole, certainty=_UNLIKELY))


def _same_day(hit: RuleMatch) -> Readings:
    day = _back(hit.calendar, 1, hit.group("unit"))
    return (Parts(days=one_day(hit.calendar, day)),) if day else INVALID


def _back(calendar: SiteCalendar, n: int, unit: str) -> date | None:
    """The day so many days, weeks, months or years before today; the month's last where it is shorter."""
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit)
    if days is not None:
        return calendar.today - timedelta(days=days * n)
    year, month = calendar.month_back(n * (12 if unit == "year" else 1))
    for day in range(calendar.today.day, 27, -1):
        found = Yearly(YearlyKind.DATE, day, month).in_year(year)
        if found:
            return found[0]
    return date(year, month, calendar.today.day) if calendar.today.day <= 28 and year > 0 else None


def _whole(calendar: SiteCalendar, day: date, unit: str) -> DaySpan:
    if unit in ("week", "fortnight"):
        monday = day - timedelta(days=day.weekday())
        return DaySpan(
            monday, monday + timedelta(days=6), f"in the week of {calendar.date_words(monday)}", Grain.WEEK
        )
    if unit == "month":
        first, last = Yearly(YearlyKind.MONTHS, day.month, 1).in_year(day.year) or (day, day)
        return DaySpan(first, last, f"in {MONTHS[day.month - 1]} {day.year}", Grain.MONTH)
    return DaySpan(date(day.year, 1, 1), date(day.year, 12, 31), f"in {day.year}", Grain.YEAR)


def _holiday(hit: RuleMatch) -> Readings:
    name = hit.group("name")
    moving = table("moving_holidays")
    if name in moving:
        return (Parts(yearly=Yearly(YearlyKind.EASTER, moving[name])),)
    if name in table("weekday_holidays"):
        month, nth, weekday = table("weekday_holidays")[name]
        return (Parts(yearly=Yearly(YearlyKind.NTH_WEEKDAY, month, 10 * nth + weekday)),)
    month, day = table("holidays")[name]
    return (Parts(yearly=Yearly(YearlyKind.DATE, day, month)),)


_WEEKDAY = r"(?:(?P<weekday>{SHORT_WEEKDAY}) (?:, )?)?"
_YEAR = r"(?: (?:, )?(?:of |in )?(?P<year>{YEAR}))?"
_NO_UNIT = r"(?! (?:%|percent|kwh|kw|wh|w|watts?|v|volts?|a|amps?|hz|va|var|:|am|pm)(?!\S))"
RULES: Sequence[Rule] = (
    (r"(?P<day>{DAYS_BACK})", _relative),
    (r"(?:this|the current) day", _this_day),
    (r"\d{4}-\d{1,2}-\d{1,2}", _iso),
    (r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)|\d{1,2}/\d{1,2}", _numeric),
    (_WEEKDAY + r"(?:the )?(?P<dom>{DAYNUM}) (?:day )?(?:of )?(?P<month>{MONTH})" + _YEAR, _named_date),
    (_WEEKDAY + r"(?P<month>{MONTH}) (?:the )?(?P<dom>{DAYNUM})" + _NO_UNIT + _YEAR, _named_date),
    (
        _WEEKDAY + r"(?:the )?(?P<dom>{ORD})(?P<of_month> of (?:the|this|last) month)?"
        r"(?! (?:\S*est|most|least|device|hour|half|quarter|week|one|place)(?!\S))",
        _nth,
    ),
    (
        r"(?:the )?(?:(?P<which>last|this past|past|this|previous|next|coming|upcoming) )?"
        r"(?P<weekday>{SHORT_WEEKDAY})",
        _weekday,
    ),
    (r"(?:the )(?P<weekday>{WEEKDAY}) before(?: that)?(?= (?:[^\w]|too|please)(?!\S)|$)", _weekday_before),
    (
        r"(?P<n>{N}) (?P<unit>days?|weeks?|fortnights?|months?|years?) (?:ago|back|before today|earlier)",
        _days_ago,
    ),
    (
        r"(?:this time|(?:the )?same (?:day|date|time)|(?:on )?this (?:day|date)|today)"
        r" last (?P<unit>week|month|year)",
        _same_day,
    ),
    (r"(?:the )?(?P<name>{HOLIDAY})", _holiday),
)
