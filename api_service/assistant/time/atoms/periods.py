"""Weeks, months, years and rolling spans: "last week", "the past fortnight", "the last 90 minutes"."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from api_service.assistant.time.atoms.clock_times import INSTANT_MINUTES
from api_service.assistant.time.atoms.lexicon import number_of, table, unit_of
from api_service.assistant.time.atoms.rules import INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import SiteCalendar, before
from api_service.assistant.time.parts import Alone, DaySpan, Grain, Instants, Parts

_VAGUE = 0.85
_MAX_COUNT = 100_000
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1_209_600}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
SATURDAY = 5


def rolling(calendar: SiteCalendar, n: float, unit: str, certainty: float = 1.0) -> Readings:
    """The last `n` units up to now; months and years by the calendar, all else by the clock."""
    if not 0 < n <= _MAX_COUNT:
        return INVALID
    start = _rolled_back(calendar, n, unit)
    if start is None:
        return INVALID
    if n == 0.5 and unit in ("hour", "day"):
        n, unit = (30, "minute") if unit == "hour" else (12, "hour")
    span = unit if n == 1 else f"{n:g} {unit}s"
    return (Parts(instants=Instants(start, calendar.now, f"in the last {span}"), certainty=certainty),)


def _rolled_back(calendar: SiteCalendar, n: float, unit: str) -> datetime | None:
    if unit in _SECONDS:
        try:
            return before(calendar.now, n * _SECONDS[unit])
        except OverflowError:
            return None
    year, month = calendar.month_back(round(n * _MONTHS[unit]))
    if not year >= 1900:
        return None
    day = min(calendar.today.day, _days_in(year, month))
    local = calendar.local_now.replace(tzinfo=None, microsecond=0, year=year, month=month, day=day)
    return local.replace(tzinfo=calendar.moment.timezone).astimezone(UTC)


def _days_in(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


def unit_span(calendar: SiteCalendar, unit: str, back: int) -> DaySpan:
    """The `back`-th calendar unit before this one (0 is this one, -1 the next)."""
    names = {0: f"this {unit}", 1: f"last {unit}", 2: f"the {unit} before last", -1: f"next {unit}"}
    label = names.get(back, f"{back} {unit}s ago")
    today = calendar.today
    monday = today - timedelta(days=today.weekday() + 7 * back)
    if unit == "week":
        return DaySpan(monday, monday + timedelta(days=6), label, Grain.WEEK)
    if unit == "weekend":
        return DaySpan(monday + timedelta(days=5), monday + timedelta(days=6), label)
    if unit == "fortnight":
        return DaySpan(monday - timedelta(days=7 * back), monday + timedelta(days=13 - 7 * back), label)
    months = _MONTHS.get(unit, 3)
    year, month = calendar.month_back(0)
    first_month = (month - 1) // months * months if months <= 12 else 0
    index = (year if months <= 12 else year // 10 * 10) * 12 + first_month - back * months
    if unit == "season":
        index = (year * 12 + month) // 3 * 3 - 1 - 3 * back
    end = index + months
    first, last = date(index // 12, index % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
    grain = {"month": Grain.MONTH, "year": Grain.YEAR}.get(unit, Grain.OTHER)
    return DaySpan(first, last, label, grain)


_BACK = {
    "this": 0,
    "current": 0,
    "last": 1,
    "previous": 1,
    "past": 1,
    "preceding": 1,
    "next": -1,
    "coming": -1,
}
_BACK["upcoming"] = _BACK["following"] = -1


def _unit(hit: RuleMatch) -> Readings:
    """ "last week" is the calendar's; "the last week" and "past week" are the seven days before now."""
    which, unit = hit.group("which"), hit.group("unit")
    is_rolling = which in ("past", "preceding") or (which == "last" and bool(hit.group("the")))
    if unit == "fortnight" and which in ("last", "previous"):
        is_rolling = True
    if is_rolling and unit not in ("weekend", "season"):
        if unit in ("week", "month", "year"):
            n = {"week": 7, "month": 30, "year": 365}[unit]
            return rolling(hit.calendar, n, "day")
        return rolling(hit.calendar, 1, unit)
    return (Parts(days=unit_span(hit.calendar, unit, _BACK[which])),)


def _hour(hit: RuleMatch) -> Readings:
    which, unit = hit.group("which"), unit_of(hit.group("unit"))
    if unit == "day" and which in ("previous", "preceding"):
        return _yesterday(hit)
    if which in ("this", "current"):
        local = hit.calendar.local_now.replace(minute=0, second=0, microsecond=0)
        start = local.astimezone(UTC)
        return (Parts(instants=Instants(start, start + timedelta(hours=1), "this hour")),)
    n = 24 if unit == "day" else 1
    return rolling(hit.calendar, n, "hour" if unit == "day" else unit)


def _yesterday(hit: RuleMatch, back: int = 1) -> Readings:
    day = hit.calendar.today - timedelta(days=back)
    return (Parts(days=DaySpan(day, day, hit.calendar.day_label(day), Grain.DAY)),)


def _business_day(hit: RuleMatch) -> Readings:
    """The last day from Monday to Friday that is over."""
    back = next(n for n in range(1, 4) if (hit.calendar.today - timedelta(days=n)).weekday() < SATURDAY)
    return _yesterday(hit, back)


def _whole_unit(hit: RuleMatch) -> Readings:
    """ "the last full month"."""
    return (Parts(days=unit_span(hit.calendar, hit.group("unit"), 1)),)


def _of_the_unit(hit: RuleMatch) -> Readings:
    """ "the start of the year", but not "day of the week"."""
    if hit.words_before(2).split()[0] in ("day", "days", "time", "hour", "hours", "times", "part"):
        return ()
    return (Parts(days=unit_span(hit.calendar, hit.group("unit"), 0)),)


def _weekend(hit: RuleMatch) -> Readings:
    is_weekend = hit.calendar.today.weekday() >= SATURDAY
    days = unit_span(hit.calendar, "weekend", 0 if is_weekend else 1)
    if hit.match.group().startswith("over"):
        return (Parts(days=days),)
    every = Parts(weekdays=frozenset({5, 6}), alone=Alone.REPEATS, certainty=1 - _VAGUE)
    return (Parts(days=days, certainty=_VAGUE), every)


def _before_last(hit: RuleMatch) -> Readings:
    return (Parts(days=unit_span(hit.calendar, hit.group("unit"), 2)),)


def _one_before(hit: RuleMatch) -> Readings:
    """ "the quarter before": before this one, or before "last quarter" where that was said."""
    unit = hit.group("unit")
    if unit == "day":
        return _yesterday(hit, 2 if "yesterday" in hit.match.string[: hit.match.start()] else 1)
    is_said = f"last {unit}" in hit.match.string[: hit.match.start()]
    return (Parts(days=unit_span(hit.calendar, unit, 2 if is_said else 1)),)


def _to_date(hit: RuleMatch) -> Readings:
    unit = {"ytd": "year", "mtd": "month", "wtd": "week"}.get(hit.match.group(), hit.group("unit"))
    return (Parts(days=unit_span(hit.calendar, unit, 0)),)


_BESIDE_THIS = re.compile(
    r"(?<!\S)(?:this|the current) (?P<unit>week|month|quarter|year|weekend)(?: \S+){0,3}? "
    r"(?:than|vs|versus|and|or|against|with|to|from|over)(?: in| the| on)?$"
)


def _last_of_the_kind(hit: RuleMatch) -> Readings:
    """ "this week than last": what stood beside it."""
    named = _BESIDE_THIS.search(hit.match.string[: hit.match.start()].rstrip())
    return (Parts(days=unit_span(hit.calendar, named["unit"], 1)),) if named else ()


def _rolling(hit: RuleMatch) -> Readings:
    words, unit = hit.group("n"), unit_of(hit.group("unit"))
    certainty = _VAGUE if words in table("vague_numbers")["words"] else 1.0
    return rolling(hit.calendar, number_of(words), unit, certainty)


def _rolling_sum(hit: RuleMatch) -> Readings:
    """ "the last 2 days and 6 hours": both lengths together."""
    parts = [
        (number_of(hit.group(n)), unit_of(hit.group(unit))) for n, unit in (("n", "unit"), ("m", "rest"))
    ]
    if any(unit not in _SECONDS or not 0 < n <= _MAX_COUNT for n, unit in parts):
        return ()
    start = before(hit.calendar.now, sum(n * _SECONDS[unit] for n, unit in parts))
    lengths = " and ".join(f"{n:g} {unit}{'' if n == 1 else 's'}" for n, unit in parts)
    return (Parts(instants=Instants(start, hit.calendar.now, f"in the last {lengths}")),)


def _coming(hit: RuleMatch) -> Readings:
    """ "in 2 hours", "the next 3 days": the future, which is declined and not read as the past."""
    n, unit, calendar = number_of(hit.group("n")), unit_of(hit.group("unit")), hit.calendar
    seconds = n * _SECONDS.get(unit, 86400 * 30 * _MONTHS.get(unit, 1))
    if (
        hit.group("n") in ("a", "an", "one")
        and hit.match.group().startswith("in")
        and not hit.group("surely")
    ):
        return ()  # "how much do we use in a week"
    if not 0 < n <= _MAX_COUNT:
        return INVALID
    try:
        end = calendar.now + timedelta(seconds=seconds)
    except OverflowError:
        return INVALID
    return (Parts(instants=Instants(calendar.now, end, f"in the next {n:g} {unit}s")),)


def _ago(hit: RuleMatch) -> Readings:
    """ "2 hours ago": a moment."""
    n, unit = number_of(hit.group("n")), unit_of(hit.group("unit"))
    if not 0 < n <= _MAX_COUNT:
        return INVALID
    start = hit.calendar.now - timedelta(seconds=n * _SECONDS[unit])
    local = start.astimezone(hit.calendar.moment.timezone)
    label = f"{hit.calendar.day_label(local.date())} at {local:%H:%M}"
    end = start + timedelta(minutes=INSTANT_MINUTES)
    return (Parts(instants=Instants(start, end, label, is_point=True)),)


def _later(hit: RuleMatch) -> Readings:
    """ "later today", "the rest of the week": the future, up to its end."""
    calendar, unit = hit.calendar, hit.group("unit") or "day"
    last = calendar.today if unit == "day" else unit_span(calendar, unit, 0).last
    end = max(calendar.at(last + timedelta(days=1)), calendar.now + timedelta(seconds=1))
    return (Parts(instants=Instants(calendar.now, end, f"in the next hours of this {unit}")),)


def _record(certainty: float, hit: RuleMatch) -> Readings:
    instants = Instants(None, hit.calendar.now, "since the first reading")
    return (Parts(instants=instants, certainty=certainty),)


def _whole_record(hit: RuleMatch) -> Readings:
    return _record(1.0, hit)


def _perhaps_whole_record(hit: RuleMatch) -> Readings:
    return _record(0.5, hit)


_UNITS = r"(?P<unit>week|fortnight|month|quarter|season|year|decade|weekend)"
_END = r"(?= (?:[^\w]|too|please|then|instead|in|by|for|per|as|at|is|was|did)(?!\S)|$)"
RULES: Sequence[Rule] = (
    (r"(?:last|the last|the previous|previous)(?: one)?" + _END, _last_of_the_kind),
    (r"later (?:today|tonight|this (?P<unit>week|month|year)|on today)", _later),
    (r"(?:for )?the rest of (?:the|this) (?P<unit>day|week|month|year)", _later),
    (
        r"(?:(?P<the>the )|this (?=past))?"
        r"(?P<which>this|current|last|previous|past|preceding|next|coming|upcoming|following) " + _UNITS,
        _unit,
    ),
    (
        r"(?:the )?(?P<which>this|current|last|previous|past|preceding)"
        r" (?P<unit>hour|minute|second|day|hr|min|sec)",
        _hour,
    ),
    (r"(?:at |over |during |on )?the weekend", _weekend),
    (r"(?:the )?(?P<unit>week|weekend|fortnight|month|quarter|year) before last", _before_last),
    (r"(?:the )?(?:last|previous) (?:business|working|work) day", _business_day),
    (
        r"(?:the )?(?:last|previous) (?:full|complete|whole|entire|calendar)"
        r" (?P<unit>week|month|quarter|year|weekend)",
        _whole_unit,
    ),
    (r"(?<=of )the (?P<unit>week|month|quarter|year)", _of_the_unit),
    (
        r"the (?P<unit>day|week|month|quarter|year)(?: just)? before"
        r"(?= (?:[^\w]|in|by|for|per|as|and|or)(?!\S)|$)",
        _one_before,
    ),
    (r"(?:(?P<unit>week|month|quarter|year) to date|ytd|mtd|wtd)", _to_date),
    (
        r"(?:(?:the|these|this) )?(?:last|past|previous|preceding|latest|recent|trailing|rolling)"
        r" (?P<n>{N}) (?P<unit>{UNIT})",
        _rolling,
    ),
    (
        r"(?:(?:the|these) )?(?:last|past|previous) (?P<n>{N}) (?P<unit>{UNIT})"
        r" and (?P<m>{N}) (?P<rest>{UNIT})",
        _rolling_sum,
    ),
    (r"(?:since|for) (?P<n>{N}) (?P<unit>{UNIT})(?= (?:now|already)(?!\S))", _rolling),
    (r"(?:the )?(?:next|coming|following) (?P<n>{N}) (?P<unit>{UNIT})", _coming),
    (r"in (?P<n>{N}) (?P<unit>{UNIT})(?P<surely> time| from now)?(?! (?:total|all|a row)(?!\S))", _coming),
    (
        r"(?:about |around )?(?P<n>{N}) (?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|h) (?:ago|back)",
        _ago,
    ),
    *((text, _whole_record) for text in table("whole_record")["sure"]),
    *((text, _perhaps_whole_record) for text in table("whole_record")["unsure"]),
)
