"""Counted weekdays, weekends and nights: "the last two Sundays", "two weekends ago"."""

from collections.abc import Sequence
from datetime import timedelta

from api_service.assistant.time.atoms.day_parts import hours_of
from api_service.assistant.time.atoms.lexicon import number_of, table
from api_service.assistant.time.atoms.periods import unit_span
from api_service.assistant.time.atoms.rules import INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.parts import DaySpan, Grain, Parts


def _last_days(hit: RuleMatch) -> Readings:
    """ "the last two Sundays", "the last 3 nights", "the last two weekends"."""
    n, word, calendar = number_of(hit.group("n")), hit.group("what").removesuffix("s"), hit.calendar
    if not 1 <= n <= 1000 or n != int(n):
        return INVALID
    count, weekdays = int(n), table("weekdays")
    label = f"on the last {count} {word.capitalize() if word in weekdays else word}s"
    if word in weekdays:
        last = calendar.past_weekday(weekdays[word])
        days = DaySpan(last - timedelta(days=7 * (count - 1)), last, label)
        return (Parts(days=days, weekdays=frozenset({weekdays[word]})),)
    if word in ("weekend", "weekday", "workday"):
        wanted = frozenset(table("weekday_groups_single")[word])
        return (Parts(days=_last_matching(calendar, wanted, count, word, label), weekdays=wanted),)
    last = calendar.today - timedelta(days=1)
    return (Parts(days=DaySpan(last - timedelta(days=count - 1), last, label), hours=hours_of(word)),)


def _last_matching(
    calendar: SiteCalendar, wanted: frozenset[int], count: int, word: str, label: str
) -> DaySpan:
    """The last `count` weekends, or single weekdays, that are over."""
    if word == "weekend":
        last = unit_span(calendar, "weekend", 1).last
        return DaySpan(last - timedelta(days=7 * (count - 1) + 1), last, label)
    days = [calendar.today - timedelta(days=back) for back in range(1, 2 * count + 7)]
    chosen = [day for day in days if day.weekday() in wanted][:count]
    return DaySpan(chosen[-1], chosen[0], label)


def _nth_back(hit: RuleMatch) -> Readings:
    """ "two weekends ago", "three Fridays ago"."""
    n, word, calendar = number_of(hit.group("n")), hit.group("what").removesuffix("s"), hit.calendar
    if not 1 <= n <= 1000 or n != int(n):
        return INVALID
    if word == "weekend":
        return (Parts(days=unit_span(calendar, "weekend", int(n))),)
    if word in table("day_parts"):
        day = calendar.today - timedelta(days=int(n))
        return (Parts(days=DaySpan(day, day, calendar.day_label(day), Grain.DAY), hours=hours_of(word)),)
    day = calendar.past_weekday(table("weekdays")[word]) - timedelta(days=7 * (int(n) - 1))
    return (Parts(days=DaySpan(day, day, calendar.day_label(day), Grain.DAY)),)


RULES: Sequence[Rule] = (
    (
        r"(?:(?:the|these) )?(?:last|past|previous) (?P<n>{N}) (?P<what>{WEEKDAYS}|weekends|weekdays|workdays"
        r"|nights|mornings|evenings|afternoons)",
        _last_days,
    ),
    (r"(?P<n>{N}) (?P<what>{WEEKDAY}|{WEEKDAYS}|weekends?|nights?|mornings?|evenings?) ago", _nth_back),
)
