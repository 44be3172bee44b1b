"""Times that lean on one another: "this Monday" and "last", "yesterday" and "the same day last week"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from api_service.assistant.time.atoms.lexicon import table
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.neighbours import Found
from api_service.assistant.time.parts import DaySpan, Grain
from api_service.assistant.time.resolution import place

_BACK = {"week": 7, "fortnight": 14}
_SAME = re.compile(
    r"(?:the )?same (?:day|date|weekday)(?: of)?(?: the)? (?:last|previous|before) (?P<unit>week|fortnight)"
)
_BEFORE = re.compile(r"the (?P<weekday>\w+day) before(?: that)?$")
_EARLIER = frozenset({"last", "previous", "past"})


def leaning(words: Sequence[str], all_found: Sequence[Found], calendar: SiteCalendar) -> list[Found]:
    """The expressions of a line, each with the days that it has beside the others."""
    if len(all_found) != 2:
        return list(all_found)
    days = [_day(found, calendar) for found in all_found]
    for at, other in ((0, 1), (1, 0)):
        text = " ".join(words[all_found[at].first : all_found[at].last])
        beside = days[other]
        if beside is None:
            continue
        same = _SAME.search(text)
        if same and not _SAME.search(" ".join(words[all_found[other].first : all_found[other].last])):
            return _with_day(all_found, at, beside - timedelta(days=_BACK[same["unit"]]), calendar)
        before = _BEFORE.search(text)
        if before:
            back = (beside.weekday() - table("weekdays")[before["weekday"]] - 1) % 7 + 1
            return _with_day(all_found, at, beside - timedelta(days=back), calendar)
        if days[at] == beside and _is_last_weekday(text.split()):
            return _with_day(all_found, at, beside - timedelta(days=7), calendar)
    return list(all_found)


def _is_last_weekday(words: Sequence[str]) -> bool:
    """ "last Monday", which beside this week's Monday is the one before it."""
    return not _EARLIER.isdisjoint(words) and not table("weekdays", "short_weekdays").keys().isdisjoint(words)


def _day(found: Found, calendar: SiteCalendar) -> date | None:
    """The one day that an expression is about; None for other times."""
    parts = found.readings[0]
    placed = None if parts.is_invalid or parts.instants is not None else place(parts, calendar)
    is_day = placed is not None and placed.days.first == placed.days.last
    return placed.days.first if placed is not None and is_day else None


def _with_day(all_found: Sequence[Found], at: int, day: date, calendar: SiteCalendar) -> list[Found]:
    span = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
    readings = tuple(replace(parts, days=span, weekday=None) for parts in all_found[at].readings)
    return [replace(found, readings=readings) if n == at else found for n, found in enumerate(all_found)]
