"""Half-open spans: "since 6 pm Monday", "after 18:00 yesterday", "before 8 am", "until March"."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.parts import MINUTES_PER_DAY, Alone, Hours, Instants, Parts
from api_service.assistant.time.ranges import once_or_every_day
from api_service.assistant.time.resolution import at_minute, place, resolve

_OPEN_START, _INCLUSIVE, _PLAIN_FROM, _OPEN_FROM = 0.9, 0.75, 0.8, 0.45

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1_209_600}

Opening = Callable[[Parts, SiteCalendar], tuple[Parts, ...]]


def since(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """From its beginning until now."""
    if parts.alone is Alone.REPEATS or parts.named() == {"hours"}:
        parts = replace(parts, alone=Alone.PAST)
    found = resolve(parts, calendar)
    if found is None or found.window is None:
        return (Parts(is_invalid=True),) if parts.is_invalid else ()
    if parts.instants is not None and parts.instants.start is None:
        return (parts,)
    start = found.window.start
    label = f"since {_start_label(parts, found.label)}"
    if label == "since today":
        label = "today"
    is_edge = parts.portion is not None and parts.portion.nth == 1  # "the start of March" has an exact start
    certainty = 1.0 if is_edge else parts.certainty
    return (Parts(instants=Instants(start, max(start, calendar.now), label), certainty=certainty),)


def _start_label(parts: Parts, label: str) -> str:
    """ "Monday 9 March", "18:00 yesterday", "Tuesday 10 March at 18:00"."""
    if parts.hours is None or not parts.hours.is_point:
        return _bare_label(label)
    day = _bare_label(label.partition(" between ")[0])
    clock = _clock_of(parts)
    return f"{clock} {day}" if day in ("today", "yesterday") else f"{day} at {clock}"


def _bare_label(label: str) -> str:
    return label.removeprefix("on ").removeprefix("in ")


def after(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """Hours: the rest of the day; days: from the next one until now."""
    if parts.hours is not None:
        begin = parts.hours.start if parts.hours.is_point else parts.hours.spans[-1][1]
        end = MINUTES_PER_DAY if begin < MINUTES_PER_DAY else begin + MINUTES_PER_DAY // 4
        if begin == 0:
            end = 6 * 60  # "after midnight" ends with the night
        return _restricted(parts, Hours(((begin, end),)))
    edges = _edges(parts, calendar)
    if edges is None:
        return _nothing(parts)
    start = parts.instants.start if parts.instants and parts.instants.is_point else edges[1]
    label = f"after {_bare_label(edges[2])}"
    return (Parts(instants=Instants(start, max(edges[1], calendar.now), label), certainty=parts.certainty),)


def before(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """Hours: the day up to them; days: everything up to their beginning."""
    if parts.hours is not None:
        end = parts.hours.start or MINUTES_PER_DAY
        return _restricted(parts, Hours(((0, end),)))
    edges = _edges(parts, calendar)
    if edges is None or edges[0] is None:
        return _nothing(parts)
    label = f"before {_bare_label(edges[2])}"
    return (Parts(instants=Instants(None, edges[0], label), certainty=parts.certainty * _OPEN_START),)


def until(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """Like `before`; whole days are included."""
    if parts.hours is not None:
        return before(parts, calendar)
    edges = _edges(parts, calendar)
    if edges is None:
        return _nothing(parts)
    label = f"until {_bare_label(edges[2])}"
    return (Parts(instants=Instants(None, edges[1], label), certainty=parts.certainty * _INCLUSIVE),)


def by(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """ "by 8 am" is a time; "by Monday" and "by month" are not."""
    return before(parts, calendar) if parts.hours is not None and parts.hours.is_point else ()


def from_(parts: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """ "from 6 pm" is since then; "from Monday" is on that day, or since then."""
    if parts.hours is not None and parts.hours.is_point:
        return since(parts, calendar)
    plain = replace(parts, certainty=parts.certainty * _PLAIN_FROM)
    opened = tuple(replace(found, certainty=found.certainty * _OPEN_FROM) for found in since(parts, calendar))
    return (plain, *opened)


def beside(
    parts: Parts, n: float, unit: str, *, is_before: bool, calendar: SiteCalendar
) -> tuple[Parts, ...]:
    """ "3 hours before noon", "the week after Christmas": so long a span that ends or begins there."""
    if parts.named() == {"hours"}:
        parts = replace(parts, alone=Alone.PAST)
    found = resolve(parts, calendar)
    if found is None or found.window is None or unit not in UNIT_SECONDS:
        return _nothing(parts)
    edges = None if found.is_moment or parts.hours is not None else _edges(parts, calendar)
    start, end = (edges[0], edges[1]) if edges else (found.window.start, found.window.end)
    if start is None:
        return ()
    words = unit if n == 1 else f"{n:g} {unit}s"
    label = f"in the {words} {'before' if is_before else 'after'} {_bare_label(found.label)}"
    if found.is_moment:
        label = f"{label.partition(' between ')[0]} at {_clock_of(parts)}"
        end = start
    near, far = (
        (start, _moved(start, -n, unit, calendar)) if is_before else (end, _moved(end, n, unit, calendar))
    )
    instants = Instants(min(near, far), max(near, far), label)
    return (Parts(instants=instants, certainty=parts.certainty),)


def _moved(moment: datetime, n: float, unit: str, calendar: SiteCalendar) -> datetime:
    """Days and weeks by the site's calendar, shorter units by the clock."""
    seconds = n * UNIT_SECONDS[unit]
    if unit in ("second", "minute", "hour"):
        return moment + timedelta(seconds=seconds)
    local = moment.astimezone(calendar.moment.timezone).replace(tzinfo=None) + timedelta(seconds=seconds)
    return at_minute(calendar, local.date(), local.hour * 60 + local.minute)


def _clock_of(parts: Parts) -> str:
    minute = parts.hours.start if parts.hours else 0
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _restricted(parts: Parts, hours: Hours) -> tuple[Parts, ...]:
    if parts.is_invalid:
        return (parts,)
    restricted = replace(parts, hours=hours)
    return once_or_every_day(restricted) if parts.named() == {"hours"} else (restricted,)


def _nothing(parts: Parts) -> tuple[Parts, ...]:
    return (Parts(is_invalid=True),) if parts.is_invalid else ()


def _edges(parts: Parts, calendar: SiteCalendar) -> tuple[datetime | None, datetime, str] | None:
    """Start, whole end (not cut at now) and label of days or instants."""
    if parts.is_invalid:
        return None
    if parts.instants is not None:
        return parts.instants.start, parts.instants.end, parts.instants.label
    placed = place(parts, calendar)
    if placed is None:
        return None
    days = placed.days
    return at_minute(calendar, days.first, 0), at_minute(calendar, days.last, MINUTES_PER_DAY), days.label


OPENINGS: Mapping[str, Opening] = {
    "since": since,
    "ever since": since,
    "starting": since,
    "starting from": since,
    "beginning": since,
    "as of": since,
    "from": from_,
    "after": after,
    "later than": after,
    "before": before,
    "prior to": before,
    "earlier than": before,
    "until": until,
    "till": until,
    "up to": until,
    "up until": until,
    "up to and including": until,
    "by": by,
}
"""What makes a half-open span of a time."""

ONWARDS = frozenset({"on", "onward", "onwards", "forward"})
