"""Spans between two ends: "between 2 and 4 pm", "from Monday to Wednesday", "10-12 March"."""

from dataclasses import dataclass, replace
from datetime import timedelta

from api_service.assistant.time.atoms.clock_times import NOON, clock
from api_service.assistant.time.atoms.lexicon import table
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.parts import (
    MINUTES_PER_DAY,
    Alone,
    DaySpan,
    Grain,
    Hours,
    Instants,
    Parts,
    Yearly,
    YearlyKind,
)
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.time.resolution import place, resolve

_ONCE, _EVERY = 0.65, 0.35
_HALF_GUESSED, _HALF_TURNED = 0.6, 0.4
_AFTERNOON_FROM = 7
_UNITS = frozenset(
    """% percent kwh kw wh mwh w watt watts kilowatt kilowatts v volt volts amp amps a hz hertz va kva
    var kvar times degrees euro euros cents devices""".split()  # noqa: SIM905
)
_VAGUE = frozenset({"a", "an", "half", "few", "couple"})


@dataclass(frozen=True, slots=True)
class Bare:
    """A number whose sense comes from the other end: the 10 of "10 to 12 March", the 2 of "2 and 4 pm"."""

    number: int
    follows_twelve_hour_clock: bool = False


End = Parts | Bare


def bare_number(word: str, after: str) -> int | None:
    """A number that carries no unit: it may be an hour or a day of the month."""
    if after in _UNITS:
        return None
    if word.isdecimal() and len(word) <= 2:
        return int(word)
    if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
        return int(word[:-2])
    number = table("numbers").get(word) if word not in _VAGUE else None
    number = table("ordinals").get(word) if number is None else number
    return int(number) if number is not None and number == int(number) else None


def between(left: End, right: End, calendar: SiteCalendar) -> tuple[Parts, ...]:
    """The span from one end to the other; empty where the two do not belong together."""
    if isinstance(left, Bare) and isinstance(right, Bare):
        return _bare_clocks(left.number, right.number)
    if isinstance(left, Bare):
        assert isinstance(right, Parts)  # noqa: S101 - two bare numbers were handled
        completed = _like(left, right, forward=False)
        return () if completed is None else _between(completed, right, calendar)
    if isinstance(right, Bare):
        completed = _like(right, left, forward=True)
        return () if completed is None else _between(left, completed, calendar)
    return _between(left, right, calendar)


def _like(bare: Bare, other: Parts, *, forward: bool) -> Parts | None:
    """The bare number as the same sort of time as the other end; `forward`: it comes after it."""
    number = bare.number
    if other.hours is not None and other.hours.is_point and number <= 24:
        return clock(_nearest_clock(bare, other.hours.start, forward=forward))
    if other.yearly is not None and other.yearly.kind is YearlyKind.ISO_WEEK and 1 <= number <= 53:
        week = Yearly(YearlyKind.ISO_WEEK, number, 0, f"in week {number}")
        return Parts(yearly=week, days=other.days)
    if other.yearly is not None and other.yearly.kind is YearlyKind.DATE:
        yearly = Yearly(YearlyKind.DATE, number, other.yearly.b)
        return Parts(yearly=yearly, days=other.days) if yearly.is_ever else Parts(is_invalid=True)
    if other.days is not None and other.days.grain is Grain.DAY and other.hours is None and 1 <= number <= 31:
        return _same_month(number, other.days)
    if other.day_of_month is not None:
        return Parts(day_of_month=number)
    return None


def _same_month(number: int, days: DaySpan) -> Parts:
    yearly = Yearly(YearlyKind.DATE, number, days.first.month)
    span = yearly.in_year(days.first.year)
    return Parts(days=DaySpan(*span, "", Grain.DAY)) if span else Parts(is_invalid=True)


def _nearest_clock(bare: Bare, other: int, *, forward: bool) -> int:
    """Of both halves of the day the one nearer to the other end, unless the dial has 24 hours."""
    hour = bare.number * 60
    if bare.number > 12 or bare.number == 0 or (not forward and not bare.follows_twelve_hour_clock):
        return hour % MINUTES_PER_DAY
    options = [hour % NOON, hour % NOON + NOON]
    return min(options, key=lambda minute: _ahead(other, minute) if forward else _ahead(minute, other))


def _ahead(start: int, end: int) -> int:
    return (end - start) % MINUTES_PER_DAY or MINUTES_PER_DAY


def _bare_clocks(left: int, right: int) -> tuple[Parts, ...]:
    """ "between 2 and 4" beside a day: hours, of which half of the day is a guess."""
    if left > 24 or right > 24:
        return ()
    if left > 12 or right > 12 or left == 0:
        return (_hours(left * 60, right * 60, 1.0),)
    if right <= left:
        return (_hours(left * 60, right * 60 + NOON, _ONCE),)
    early = _hours(left * 60, right * 60, _HALF_GUESSED if left >= _AFTERNOON_FROM else _HALF_TURNED)
    late = _hours(left * 60 + NOON, right * 60 + NOON, 1 - early.certainty)
    return tuple(sorted((early, late), key=lambda parts: -parts.certainty))


def _hours(start: int, end: int, certainty: float) -> Parts:
    """Hours of a day; an end before the start is on the next day."""
    end = end if end > start else end + MINUTES_PER_DAY
    return Parts(hours=Hours(((start, end),)), certainty=certainty)


def once_or_every_day(parts: Parts) -> tuple[Parts, ...]:
    """Hours beside no day: those of the last day, or of every day."""
    return (
        replace(parts, alone=Alone.PAST, certainty=parts.certainty * _ONCE),
        replace(parts, alone=Alone.REPEATS, certainty=parts.certainty * _EVERY),
    )


def _between(left: Parts, right: Parts, calendar: SiteCalendar) -> tuple[Parts, ...]:
    if left.is_invalid or right.is_invalid:
        return (Parts(is_invalid=True),)
    certainty = left.certainty * right.certainty
    if left.hours is not None and right.hours is not None:
        if right.named() == {"hours"} and _is_one_day(left, calendar):
            return (replace(left, hours=_span(left.hours, right.hours), certainty=certainty),)
        if left.named() == {"hours"} and right.named() != {"hours"}:
            return (replace(right, hours=_span(left.hours, right.hours), certainty=certainty),)
    span = _days_between(left, right, calendar)
    return () if span is None else (Parts(instants=span, certainty=certainty),)


def _is_one_day(parts: Parts, calendar: SiteCalendar) -> bool:
    if parts.named() == {"hours"}:
        return True
    placed = place(parts, calendar)
    return placed is not None and placed.days.first == placed.days.last


def _span(left: Hours, right: Hours) -> Hours:
    start, end = left.start, right.start if right.is_point else right.spans[-1][1]
    if end - start > MINUTES_PER_DAY:  # "between 1 and 3 am last night": both after midnight
        start += MINUTES_PER_DAY
    return Hours(((start, end if end > start else end + MINUTES_PER_DAY),))


def _days_between(left: Parts, right: Parts, calendar: SiteCalendar) -> Instants | None:
    left, right = _shared(left, right)
    right = _after_start(left, right, calendar)
    last = resolve(right, calendar)
    left = _before(left, right, calendar)
    first = resolve(left, calendar)
    if first is None or last is None or first.window is None or last.window is None:
        return None
    if first.window.start >= last.window.end or (first.is_future and not last.is_future):
        return None
    end = last.window.start if last.is_moment else last.window.end
    label = f"from {_end_label(first, calendar)} to {_end_label(last, calendar)}"
    return Instants(first.window.start, end, label)


def _after_start(left: Parts, right: Parts, calendar: SiteCalendar) -> Parts:
    """ "1 to 15 March" in the middle of March: the end that follows the last such beginning."""
    if (
        left.yearly is None
        or right.yearly is None
        or left.days
        or right.days
        or left.yearly.b != right.yearly.b
    ):
        return right
    begin = place(left, calendar)
    if begin is None or left.yearly.kind not in (YearlyKind.DATE, YearlyKind.ISO_WEEK):
        return right
    span = right.yearly.in_year(begin.days.first.year)
    if span is None or span[0] < begin.days.first:
        return right
    label = right.yearly.label(calendar, span[0])
    return replace(right, yearly=None, weekday=None, days=DaySpan(*span, label, right.yearly.grain))


def _shared(left: Parts, right: Parts) -> tuple[Parts, Parts]:
    """Week, month or year that only one end names, for both: "from Monday to Wednesday last week"."""
    if left.day_of_month and right.yearly is not None and right.yearly.kind is YearlyKind.DATE:
        left = Parts(yearly=Yearly(YearlyKind.DATE, left.day_of_month, right.yearly.b), days=right.days)
    for name in ("weekday", "yearly", "day_of_month"):
        if getattr(left, name) is None or getattr(right, name) is None:
            continue
        if left.days is None and right.days is not None:
            left = replace(left, days=right.days)
        elif right.days is None and left.days is not None:
            right = replace(right, days=left.days)
    return left, right


def _before(left: Parts, right: Parts, calendar: SiteCalendar) -> Parts:
    """The last such start before the right end, where the left one leaves it open."""
    placed = place(right, calendar)
    end = placed.days if placed else None
    if end is None and right.instants is not None:
        local = right.instants.end.astimezone(calendar.moment.timezone).date()
        end = DaySpan(local, local, "")
    if end is None:
        return left
    if left.named() <= {"weekday", "hours"} and left.weekday is not None:
        back = (end.last.weekday() - left.weekday) % 7
        day = end.last - timedelta(days=back)
        span = DaySpan(day, day, calendar.day_label(day), Grain.DAY)
        return replace(left, weekday=None, days=span)
    if left.yearly is not None:
        return _earlier_year(left, end, calendar)
    return left


def _earlier_year(left: Parts, end: DaySpan, calendar: SiteCalendar) -> Parts:
    assert left.yearly is not None  # noqa: S101 - the caller asked
    for year in (end.last.year, end.last.year - 1):
        span = left.yearly.in_year(year)
        if span is not None and span[0] <= end.last:
            label = left.yearly.label(calendar, span[0])
            return replace(left, yearly=None, weekday=None, days=DaySpan(*span, label, left.yearly.grain))
    return left


def _end_label(reading: TimeReading, calendar: SiteCalendar) -> str:
    """ "Monday 9 March", "18:00 on Monday 9 March", "January"."""
    assert reading.window is not None  # noqa: S101 - the caller asked
    local = reading.window.start.astimezone(calendar.moment.timezone)
    if reading.is_moment:
        return f"{local:%H:%M} {calendar.day_label(local.date())}"
    is_day = reading.label == calendar.day_label(local.date())
    return calendar.date_words(local.date()) if is_day else reading.label.removeprefix("in ")
