"""A window cut into pieces of local time, each belonging to one period, or left out by a condition; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from api_service.metering.analysis.calendar.local_time import LocalClock, weekday
from api_service.metering.blocks import BoolArray, FloatArray, IntArray
from api_service.metering.power_curve import DAY_US, HOUR_US, MICROSECONDS

LEFT_OUT = -1


class Period(StrEnum):
    """What time is grouped by. The last three gather periods of many days."""

    WINDOW = "window"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HOUR_OF_DAY = "hour_of_day"
    WEEKDAY = "weekday"
    WEEKDAY_OR_WEEKEND = "weekday_or_weekend"


GATHERING = frozenset((Period.HOUR_OF_DAY, Period.WEEKDAY, Period.WEEKDAY_OR_WEEKEND))


@dataclass(frozen=True)
class Recurrence:
    """A part of the day on some weekdays: `[start_s, end_s)` seconds after local midnight, 0 is Monday.

    With `end_s` <= `start_s` it runs past midnight and belongs to the weekday on which it begins.
    """

    start_s: int = 0
    end_s: int = 86_400
    weekdays: frozenset[int] = frozenset(range(7))

    def holds(self, day: IntArray, second: IntArray) -> BoolArray:
        """True where local day (counted from 1970-01-01) and second of the day lie in it."""
        today = np.isin(weekday(day), list(self.weekdays))
        if self.start_s < self.end_s:
            return np.asarray(today & (second >= self.start_s) & (second < self.end_s))
        yesterday = np.isin(weekday(day - 1), list(self.weekdays))
        return np.asarray((today & (second >= self.start_s)) | (yesterday & (second < self.end_s)))


@dataclass(frozen=True)
class Term:
    """In any of these recurring parts of days, or in none of them if `negated`."""

    recurrences: tuple[Recurrence, ...]
    negated: bool = False

    def holds(self, day: IntArray, second: IntArray) -> BoolArray:
        """True where local day and second of the day fulfil it."""
        found = np.any([part.holds(day, second) for part in self.recurrences], axis=0)
        return np.asarray(found ^ self.negated)


@dataclass(frozen=True)
class TimeFilter:
    """Terms that must all hold; none: any time."""

    terms: tuple[Term, ...] = ()

    def __and__(self, other: "TimeFilter") -> "TimeFilter":
        return TimeFilter((*self.terms, *other.terms))

    def holds(self, day: IntArray, second: IntArray) -> BoolArray:
        """True where local day and second of the day fulfil all terms."""
        found = np.ones(len(day), np.bool_)
        for term in self.terms:
            found &= term.holds(day, second)
        return found

    @property
    def depends_on_weekday(self) -> bool:
        """Whether some days of the week never fulfil it as others do."""
        return any(len(part.weekdays) < 7 for term in self.terms for part in term.recurrences)

    @property
    def seconds(self) -> frozenset[int]:
        """The seconds of the day at which it may begin or end to hold."""
        parts = [part for term in self.terms for part in term.recurrences]
        ends = {end % 86_400 for part in parts for end in (part.start_s, part.end_s)}
        return frozenset(ends | {0}) if parts else frozenset()


ANY_TIME = TimeFilter()


@dataclass(frozen=True)
class Pieces:
    """Piece `i` is `[edges_us[i], edges_us[i + 1])`.

    `key[i]` is its period: an ordinal, the hour of the day, the weekday, 0 or 1 for weekdays and weekends, or
    `LEFT_OUT`. `instance[i]` numbers the local day (the local hour for `HOUR_OF_DAY`) of gathering periods
    and equals the key otherwise. `cut` holds the instances that the window does not contain wholly. `price`
    is per kWh, where costs are wanted.
    """

    edges_us: IntArray
    key: IntArray
    instance: IntArray
    cut: frozenset[int]
    price: FloatArray | None = None

    def of(self, at_us: IntArray) -> IntArray:
        """The piece of each moment; `LEFT_OUT` outside the window and in pieces that are left out."""
        place = np.searchsorted(self.edges_us, at_us, side="right") - 1
        inside = (place >= 0) & (place < len(self.key))
        place = np.where(inside, place, 0)
        return np.where(inside & (self.key[place] != LEFT_OUT), place, LEFT_OUT)

    def within(self, start_us: int, end_us: int) -> "Pieces":
        """The part of the window in `[start_us, end_us)`, which must lie in it and not be empty."""
        inner = self.edges_us[(self.edges_us > start_us) & (self.edges_us < end_us)]
        return self._cut(np.concatenate(([start_us], inner, [end_us])))

    def cut_further(self, clock: LocalClock, cuts_us: Sequence[int]) -> "Pieces":
        """The same window cut at these local times of day (microseconds) too."""
        start_us, end_us = self.edges_us[[0, -1]].tolist()
        return self._cut(np.union1d(self.edges_us, _edges_us(clock, start_us, end_us, cuts_us)))

    def only(self, windows_us: Sequence[tuple[int, int]]) -> "Pieces":
        """The same span with everything left out that lies in none of these windows."""
        edges = [edge for window in windows_us for edge in window]
        start_us, end_us = self.edges_us[[0, -1]].tolist()
        inner = [edge for edge in edges if start_us < edge < end_us]
        finer = self._cut(np.union1d(self.edges_us, np.array(inner, np.int64)))
        begins = finer.edges_us[:-1]
        inside = np.any([(begins >= start) & (begins < end) for start, end in windows_us], axis=0)
        return replace(finer, key=np.where(inside, finer.key, LEFT_OUT))

    def with_price(self, price: FloatArray) -> "Pieces":
        """The pieces with a price each."""
        return replace(self, price=price)

    def _cut(self, edges_us: IntArray) -> "Pieces":
        place = np.searchsorted(self.edges_us, edges_us[:-1], side="right") - 1
        price = None if self.price is None else self.price[place]
        return Pieces(edges_us, self.key[place], self.instance[place], self.cut, price)

    def span_us(self, key: int, instance: int | None = None) -> tuple[int, int]:
        """From the first to the last edge of a period; raises `ValueError` for one that has no piece."""
        mine = self.key == key if instance is None else (self.key == key) & (self.instance == instance)
        places = np.flatnonzero(mine)
        if not len(places):
            raise ValueError(f"no piece of period {key}")
        return int(self.edges_us[places[0]]), int(self.edges_us[places[-1] + 1])

    def seconds(self, key: int, instance: int | None = None) -> float:
        """The total length of a period's pieces."""
        mine = self.key == key if instance is None else (self.key == key) & (self.instance == instance)
        return float(np.diff(self.edges_us)[mine].sum()) / MICROSECONDS


def pieces_of(clock: LocalClock, start_us: int, end_us: int, period: Period, condition: TimeFilter) -> Pieces:
    """`[start_us, end_us)` cut wherever its period or the truth of the condition may change."""
    cuts_us = _cuts_us(period, condition)
    edges_us = _edges_us(clock, start_us, end_us, cuts_us)
    local_us = clock.local_us(edges_us[:-1])
    day, second = local_us // DAY_US, local_us % DAY_US // MICROSECONDS
    key, instance = _keys(period, edges_us[:-1], local_us)
    cut = _cut_periods(clock, (start_us, end_us), period, instance)
    holds = condition.holds(day, second)
    return Pieces(edges_us, np.where(holds, key, LEFT_OUT), instance, cut)


def _cuts_us(period: Period, condition: TimeFilter) -> list[int]:
    cuts_s = set(condition.seconds)
    if period in (Period.HOUR, Period.HOUR_OF_DAY):
        cuts_s |= set(range(0, 86_400, 3600))
    elif period is not Period.WINDOW:
        cuts_s.add(0)
    return [second * MICROSECONDS for second in sorted(cuts_s)]


def _edges_us(clock: LocalClock, start_us: int, end_us: int, cuts_us: Sequence[int]) -> IntArray:
    edges = [np.array([start_us, end_us], np.int64)]
    if cuts_us:
        ends_us = [*clock.starts_us[1:].tolist(), end_us]
        spans = zip(clock.starts_us.tolist(), ends_us, clock.offsets_us.tolist(), strict=True)
        for span_start, span_end, offset in spans:
            days = np.arange((span_start + offset) // DAY_US, (span_end + offset) // DAY_US + 1)
            moments = (days[:, None] * DAY_US + np.array(cuts_us)).ravel() - offset
            edges.append(moments[(moments > span_start) & (moments < span_end)])
        edges.append(clock.starts_us[1:])
    return np.unique(np.concatenate(edges))


def _keys(period: Period, start_us: IntArray, local_us: IntArray) -> tuple[IntArray, IntArray]:
    day = local_us // DAY_US
    if period is Period.HOUR_OF_DAY:
        return local_us % DAY_US // HOUR_US, local_us // HOUR_US
    if period is Period.WEEKDAY:
        return weekday(day), day
    if period is Period.WEEKDAY_OR_WEEKEND:
        return (weekday(day) >= 5).astype(np.int64), day
    key = _ordinals(period, start_us, local_us)
    return key, key


def _ordinals(period: Period, start_us: IntArray, local_us: IntArray) -> IntArray:
    day = local_us // DAY_US
    if period is Period.HOUR:
        # A repeated local hour is two hours: count from the moment at which this one began.
        into_hour_us = local_us % HOUR_US
        ordinal: IntArray = (start_us - into_hour_us) // (15 * 60 * MICROSECONDS)
        return ordinal
    if period is Period.DAY:
        return day
    if period is Period.WEEK:
        return np.asarray((day + 3) // 7, np.int64)
    if period is Period.MONTH:
        return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.zeros(len(day), np.int64)


def _cut_periods(
    clock: LocalClock, window_us: tuple[int, int], period: Period, instance: IntArray
) -> frozenset[int]:
    if period is Period.WINDOW or not len(instance):
        return frozenset()
    cut = set()
    start_us, end_us = clock.local_us(np.array(window_us, np.int64)).tolist()
    if not _begins(period, start_us):
        cut.add(int(instance[0]))
    if not _begins(period, end_us):
        cut.add(int(instance[-1]))
    return frozenset(cut)


def _begins(period: Period, local_us: int) -> bool:
    """True if a period (an instance of gathering ones) begins at this local time."""
    if period in (Period.HOUR, Period.HOUR_OF_DAY):
        return local_us % HOUR_US == 0
    day = local_us // DAY_US
    if local_us % DAY_US:
        return False
    if period is Period.WEEK:
        return (day + 3) % 7 == 0
    if period is Period.MONTH:
        date = np.datetime64(day, "D")
        return bool(date == date.astype("datetime64[M]"))
    return True
