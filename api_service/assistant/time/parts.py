"""What words say of a time, piece by piece; pieces that stand side by side are merged ("Monday" + "8 am")."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Any

from api_service.assistant.time.calendar import MONTHS, SiteCalendar

MINUTES_PER_DAY = 1440
MAX_READINGS = 4


class Grain(StrEnum):
    """How long a span of days is; a weekday can be placed in a week, a month in a year."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Whole days of the site's calendar, both ends included."""

    first: date
    last: date
    label: str
    grain: Grain = Grain.OTHER


class YearlyKind(StrEnum):
    """How something that returns every year is defined."""

    DATE = "date"
    MONTHS = "months"
    ISO_WEEK = "iso_week"
    EASTER = "easter"
    NTH_WEEKDAY = "nth_weekday"


@dataclass(frozen=True, slots=True)
class Yearly:
    """What each year has once.

    DATE: day `a` of month `b`; MONTHS: `b` months from month `a` on; ISO_WEEK: week `a`; EASTER: `a` days
    after Easter Sunday; NTH_WEEKDAY: month `a`, and `b` is ten times n plus the weekday. `name` is written in
    labels ("in March", "in Q1").
    """

    kind: YearlyKind
    a: int
    b: int = 0
    name: str = ""

    def in_year(self, year: int) -> tuple[date, date] | None:
        """First and last day; None where that year has none."""
        try:
            if self.kind is YearlyKind.DATE:
                return date(year, self.b, self.a), date(year, self.b, self.a)
            if self.kind is YearlyKind.ISO_WEEK:
                monday = date.fromisocalendar(year, self.a, 1)
                return monday, monday + timedelta(days=6)
            if self.kind is YearlyKind.NTH_WEEKDAY:
                nth, weekday = divmod(self.b, 10)
                first = date(year, self.a, 1)
                day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
                return day, day
            if self.kind is YearlyKind.EASTER:
                day = easter_sunday(year) + timedelta(days=self.a)
                return day, day
            end = year * 12 + self.a - 1 + self.b
            return date(year, self.a, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
        except ValueError:
            return None

    @property
    def is_ever(self) -> bool:
        """Whether any year has it: 29 February is, 30 February is not."""
        return any(self.in_year(year) for year in (2020, 2021))

    @property
    def grain(self) -> Grain:
        """How long it is."""
        if self.kind in (YearlyKind.DATE, YearlyKind.EASTER, YearlyKind.NTH_WEEKDAY):
            return Grain.DAY
        if self.kind is YearlyKind.ISO_WEEK:
            return Grain.WEEK
        return Grain.MONTH if self.b == 1 else Grain.OTHER

    def label(self, calendar: SiteCalendar, first: date) -> str:
        """ "on Tuesday 10 March", "in March", "in week 11"; with the year where it is not this one."""
        if self.grain is Grain.DAY:
            return calendar.day_label(first)
        name = self.name or f"in {MONTHS[self.a - 1]}"
        year = first.isocalendar().year if self.kind is YearlyKind.ISO_WEEK else first.year
        return name if year == calendar.today.year else f"{name} {year}"


def easter_sunday(year: int) -> date:
    """The Gregorian Easter (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of day as spans `[from, to)` in minutes after midnight; beyond 1440 is the next day.

    `is_point` marks a single time of day, `name` the words of a part of the day ("morning").
    """

    spans: tuple[tuple[int, int], ...]
    name: str = ""
    is_point: bool = False

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.spans[0][0]


@dataclass(frozen=True, slots=True)
class Instants:
    """A span of moments in UTC; without a start it reaches back to the first reading."""

    start: datetime | None
    end: datetime
    label: str
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a longer span, of `of_days` days each: the `nth` one (negative: from the end).

    `of_days` 0 divides the span into `parts` equal ones. `around`: the "week" or "weekend" of the day, or
    the week "ending" with it. `of_months`: so many whole months of it.
    """

    nth: int
    label: str
    of_days: int = 0
    parts: int = 1
    weekday: int | None = None
    around: str = ""
    of_months: int = 0


class Alone(StrEnum):
    """What a piece means where no day stands beside it: its last occurrence, every one, or no time at all."""

    PAST = "past"
    REPEATS = "repeats"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Parts:
    """One reading of an expression; None is what it leaves open. `weekdays` recur (0 is Monday)."""

    days: DaySpan | None = None
    yearly: Yearly | None = None
    day_of_month: int | None = None
    weekday: int | None = None
    weekdays: frozenset[int] | None = None
    portion: Portion | None = None
    hours: Hours | None = None
    instants: Instants | None = None
    alone: Alone = Alone.PAST
    certainty: float = 1.0
    is_invalid: bool = False

    def without(self, names: frozenset[str]) -> "Parts":
        """These parts with some of their fields left open, and certain."""
        kept: dict[str, Any] = {name: None if name in names else getattr(self, name) for name in _CONTENT}
        return Parts(**kept, alone=self.alone, is_invalid=self.is_invalid)

    @property
    def is_long(self) -> bool:
        """Whether it surely spans more than a day."""
        if self.instants is not None:
            return not self.instants.is_point
        if {"weekday", "day_of_month"} & self.named():
            return False
        if self.portion is not None:
            return self.portion.weekday is None and self.portion.of_days != 1
        if self.yearly is not None:
            return self.yearly.grain is not Grain.DAY
        return self.days is not None and self.days.first != self.days.last

    def named(self) -> frozenset[str]:
        """The fields that are said."""
        return frozenset(name for name in _CONTENT if getattr(self, name) is not None)


_CONTENT = tuple(
    field.name for field in fields(Parts) if field.name not in ("alone", "certainty", "is_invalid")
)
# Which of two pieces may be one expression. Hours belong to a day; beside a longer span they recur in it and
# are an expression of their own, as recurring weekdays are ("how much of last month's use was at night").
_DAYS_WITH = {
    Grain.YEAR: {"yearly", "portion"},
    Grain.MONTH: {"day_of_month", "weekday", "portion"},
    Grain.WEEK: {"weekday", "portion"},
    Grain.DAY: {"portion"},
    Grain.OTHER: {"portion", "weekday"},
}
_PAIRS = {
    frozenset(pair)
    for pair in (
        ("yearly", "weekday"), ("yearly", "portion"), ("day_of_month", "weekday"),
        ("yearly", "day_of_month"), ("weekday", "portion"),
    )
}  # fmt: skip


def merged(one: Parts, other: Parts) -> Parts | None:
    """Both together as one expression; None where they do not belong together."""
    mine, theirs = one.named(), other.named()
    if "hours" in mine & theirs:
        return _hours_in_part(one, other) or _hours_in_part(other, one)
    if mine & theirs or not all(_fits(one, other, a, b) for a in mine for b in theirs):
        return None
    both = replace(one, **{name: getattr(other, name) for name in theirs})
    alone = Alone.REPEATS if Alone.REPEATS in (one.alone, other.alone) else Alone.PAST
    return replace(
        both,
        alone=alone,
        certainty=one.certainty * other.certainty,
        is_invalid=one.is_invalid or other.is_invalid,
    )


def _hours_in_part(clock: Parts, part: Parts) -> Parts | None:
    """ "quarter to nine" + "yesterday evening", "weekday evenings" + "after 8": what lies in the part."""
    if clock.hours is None or part.hours is None or clock.hours.name or not part.hours.name:
        return None
    inside = _intersection(clock.hours, part.hours)
    rest = replace(part, hours=None)
    if inside is None or clock.named() & rest.named():
        return None
    certainty = 1.0 if clock.hours.is_point else max(clock.certainty, _TOLD_BY_PART)
    clock = replace(clock, hours=inside, certainty=certainty)
    return merged(clock, rest) if rest.named() else clock


def _intersection(clock: Hours, part: Hours) -> Hours | None:
    """The hours of `clock` within a part of the day; "last night" begins with the evening for a clock."""
    (start, end), *others = clock.spans
    part_start, part_end = part.spans[0]
    part_start = _CLOCKS_FROM.get(part.name, part_start)
    for shift in (0, MINUTES_PER_DAY):
        low, high = max(start + shift, part_start), min(end + shift, part_end)
        if not others and low < high and (not clock.is_point or low == start + shift):
            return Hours(((low, end + shift if clock.is_point else high),), is_point=clock.is_point)
    return None


_TOLD_BY_PART = 0.9
_CLOCKS_FROM = {"night": 17 * 60, "evening": 17 * 60, "morning": 0}
"""A clock counts as of that part from this minute on: "3 am this morning", "7 pm last night"."""


def _fits(one: Parts, other: Parts, a: str, b: str) -> bool:
    if "hours" in (a, b):
        own, other_parts = (one, other) if a == "hours" else (other, one)
        is_one_day = own.weekday is not None or not other_parts.is_long
        return not {"instants", "hours"} & other_parts.named() and is_one_day
    for days, name in ((one.days, b), (other.days, a)):
        if days is not None and name in _DAYS_WITH[days.grain]:
            return True
    return frozenset((a, b)) in _PAIRS


def merge_all(ones: tuple[Parts, ...], others: tuple[Parts, ...]) -> tuple[Parts, ...]:
    """Every pair of readings that fits, the most certain first."""
    pairs = (merged(one, other) for one, other in product(ones, others))
    found = [pair for pair in pairs if pair is not None]
    return tuple(sorted(found, key=lambda parts: -parts.certainty))[:MAX_READINGS]
