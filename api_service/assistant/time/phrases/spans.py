"""Spans of time: "since Monday", "between 8 am and noon yesterday", "in the last 3 hours", "last week"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from api_service.assistant.text.words import Line
from api_service.assistant.time.calendar import MONTHS, SiteCalendar, before
from api_service.assistant.time.phrases import vocabulary as tw
from api_service.assistant.types import Window

INSTANT = timedelta(minutes=15)
"""A single time of day stands for so long a window, so that slow meters have a reading in it."""

NIGHT_FROM, NIGHT_TO = time(tw.NIGHT_FROM_H), time(tw.NIGHT_TO_H)
_VAGUE = 0.85
SATURDAY = 5


class Tense(StrEnum):
    """Which time is spoken of."""

    NOW = "now"
    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True)
class TimeExpression:
    """One expression of time: `window` is set for PAST; `instant` where a single time of day was meant."""

    tense: Tense
    words: str = ""
    window: Window | None = None
    certainty: float = 1.0
    instant: bool = False


@dataclass(frozen=True)
class TimeContext:
    """A line in which single days stand as `<day>` and times of day as `<clock>`, with what they are.

    `days` and `clocks` are keyed by the place in the original text where the expression begins.
    """

    line: Line
    calendar: SiteCalendar
    days: dict[int, date]
    clocks: dict[int, time]

    def day(self, match: re.Match[str], *groups: str) -> date | None:
        """The day that stands under the first of the groups that matched."""
        for group in groups:
            if match.group(group) == "<day>":
                return self.days[self._place(match.start(group))]
        return None

    def clock(self, match: re.Match[str], *groups: str) -> time | None:
        """The time of day under the first of the groups that matched; a bare number is a full hour."""
        for group in groups:
            text = match.group(group)
            if text == "<clock>":
                return self.clocks[self._place(match.start(group))]
            if text is not None and text.isdecimal() and int(text) <= 24:
                return time(int(text) % 24)
        return None

    def past(self, start: datetime, end: datetime, label: str) -> TimeExpression:
        """A window that is cut at now; FUTURE where it begins later than that."""
        now = self.calendar.now
        if start > now:
            return TimeExpression(Tense.FUTURE)
        end = max(min(end, now), start + timedelta(seconds=1))
        return TimeExpression(Tense.PAST, window=Window(start, end, label))

    def past_window(self, window: Window) -> TimeExpression:
        """Like `past`."""
        return self.past(window.start, window.end, window.label)

    def _place(self, offset: int) -> int:
        return self.line.words[self.line.text[:offset].count(" ")].start


SpanBuilder = Callable[[TimeContext, re.Match[str]], TimeExpression | None]


def _whole_day(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    day = scene.day(match, "day")
    if day is None:
        return None
    return scene.past_window(scene.calendar.span(day, day, scene.calendar.day_label(day)))


def _all_day(scene: TimeContext, _match: re.Match[str]) -> TimeExpression:
    today = scene.calendar.today
    return scene.past_window(scene.calendar.span(today, today, "today"))


def _clock_range(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    begin, finish = scene.clock(match, "from"), scene.clock(match, "to")
    day = scene.day(match, "before", "after")
    if begin is None or finish is None or ("<clock>" not in match.group() and day is None):
        return None
    calendar = scene.calendar
    chosen = day or calendar.today
    if day is None and match.group("after") is None and calendar.at(chosen, begin) > calendar.now:
        chosen -= timedelta(days=1)
    last = chosen if finish > begin else chosen + timedelta(days=1)
    label = f"{calendar.day_label(chosen)} between {begin:%H:%M} and {finish:%H:%M}"
    return scene.past(calendar.at(chosen, begin), calendar.at(last, finish), label)


def _at_clock(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    clock, day = scene.clock(match, "clock"), scene.day(match, "day", "after")
    if clock is None:
        return None
    calendar = scene.calendar
    chosen = day or calendar.today
    if day is None and calendar.at(chosen, clock) > calendar.now:
        chosen -= timedelta(days=1)
    return _instant(scene, calendar.at(chosen, clock))


def _ago(scene: TimeContext, match: re.Match[str]) -> TimeExpression:
    seconds = tw.number(match.group("n")) * tw.UNIT_SECONDS[tw.unit(match.group("unit"))]
    return _instant(scene, scene.calendar.now - timedelta(seconds=seconds))


def _instant(scene: TimeContext, start: datetime) -> TimeExpression:
    calendar = scene.calendar
    end = start + INSTANT
    local, local_end = (moment.astimezone(calendar.moment.timezone) for moment in (start, end))
    label = f"{calendar.day_label(local.date())} between {local:%H:%M} and {local_end:%H:%M}"
    found = scene.past(start, end, label)
    return TimeExpression(found.tense, window=found.window, instant=True)


def _day_range(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    first, last = scene.day(match, "from"), scene.day(match, "to")
    if first is None or last is None:
        return None
    first, last = min(first, last), max(first, last)
    words_of = scene.calendar.date_words
    return scene.past_window(scene.calendar.span(first, last, f"from {words_of(first)} to {words_of(last)}"))


def _since_unit(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    """ "since this morning", "since last week"."""
    calendar = scene.calendar
    if match.group("part"):
        morning = match.group("part") == "this morning"
        day = calendar.today - timedelta(days=0 if morning else 1)
        start = calendar.at(day, time(tw.DAY_PARTS["morning"][0]) if morning else NIGHT_FROM)
        return scene.past(start, calendar.now, f"since {match.group('part')}")
    which, unit = match.group("unit").split()
    window = calendar_unit(calendar, unit, 0 if which == "this" else 1)
    label = window.label if which == "this" else f"since the start of {window.label}"
    return scene.past(window.start, calendar.now, label)


def _since(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    calendar = scene.calendar
    day, clock = scene.day(match, "day", "day2"), scene.clock(match, "clock", "clock2")
    chosen = day or calendar.today
    begin = clock or time()
    if day is None and calendar.at(chosen, begin) > calendar.now:
        chosen -= timedelta(days=1)
    start = calendar.at(chosen, begin)
    if chosen == calendar.today and begin == time():
        return scene.past(start, calendar.now, "today")
    label = calendar.day_label(chosen).removeprefix("on ")
    if clock is not None:
        label = f"{clock:%H:%M} {label}" if label in ("today", "yesterday") else f"{label} at {clock:%H:%M}"
    return scene.past(start, calendar.now, f"since {label}")


def _day_part(scene: TimeContext, match: re.Match[str]) -> TimeExpression:
    calendar = scene.calendar
    named = match.groupdict()
    part = named["part"] or named["part2"] or named["part3"] or "night"
    day = scene.day(match, "day", "day2")
    if named["tonight"] or (named["which"] == "this" and part == "night"):
        start = calendar.at(calendar.today, time(tw.DAY_PARTS["evening"][0]))
        return scene.past(start, calendar.at(calendar.today + timedelta(days=1)), "tonight")
    if part == "night":
        evening = day or calendar.today - timedelta(days=2 if named["earlier"] else 1)
        end = calendar.at(evening + timedelta(days=1), NIGHT_TO)
        plain = (day is None and not named["earlier"]) or evening == calendar.today - timedelta(days=1)
        label = "last night" if plain else f"in the night of {calendar.date_words(evening)}"
        return scene.past(calendar.at(evening, NIGHT_FROM), end, label)
    chosen = day or calendar.today - timedelta(days=1 if named["which"] == "last" else 0)
    return scene.past_window(_part_window(calendar, chosen, part))


def _part_window(calendar: SiteCalendar, day: date, part: str) -> Window:
    begin, finish = tw.DAY_PARTS[part]
    end = calendar.at(day, time(finish)) if finish < 24 else calendar.at(day + timedelta(days=1))
    labels = {calendar.today: f"this {part}", calendar.today - timedelta(days=1): f"yesterday {part}"}
    label = labels.get(day, f"on the {part} of {calendar.date_words(day)}")
    return Window(calendar.at(day, time(begin)), end, label)


def _rolling(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    """ "in the last 3 hours"; "last week" without a number is the calendar's and not ours."""
    unit, n_text = tw.unit(match.group("unit")), match.group("n")
    is_article = match.group("the") is not None and match.group("which") not in ("previous", "preceding")
    if n_text is None and unit in ("week", "month", "year"):
        if match.group("which") != "past" and not (is_article and match.group("lead")):
            return None
        n_text, unit = {"week": ("7", "day"), "month": ("30", "day"), "year": ("365", "day")}[unit]
    if n_text is None and unit == "day":
        n_text, unit = "24", "hour"
    n = tw.number(n_text or "1")
    if not 0 < n <= 100_000:
        return None
    now = scene.calendar.now
    seconds = n * {"month": 30 * 86400.0, "year": 365 * 86400.0}.get(unit, tw.UNIT_SECONDS.get(unit, 0))
    if n == 0.5 and unit in ("hour", "day"):
        n, unit = (30, "minute") if unit == "hour" else (12, "hour")
    span = unit if n == 1 else f"{n:g} {unit}s"
    found = scene.past(before(now, seconds), now, f"in the last {span}")
    certainty = _VAGUE if n_text and tw.is_vague(n_text) else 1.0
    return TimeExpression(found.tense, window=found.window, certainty=certainty)


def _calendar(scene: TimeContext, match: re.Match[str]) -> TimeExpression | None:
    if match.group("weekend"):
        is_weekend = scene.calendar.today.weekday() >= SATURDAY
        return scene.past_window(calendar_unit(scene.calendar, "weekend", 0 if is_weekend else 1))
    back = 0 if match.group("which") in ("this", "current") else 1
    unit = match.group("unit")
    if unit == "hour":
        if back:
            return None
        start = scene.calendar.local_now.replace(minute=0, second=0, microsecond=0)
        return scene.past(start.astimezone(scene.calendar.now.tzinfo), scene.calendar.now, "this hour")
    return scene.past_window(calendar_unit(scene.calendar, unit, back))


def _to_date(scene: TimeContext, match: re.Match[str]) -> TimeExpression:
    return scene.past_window(calendar_unit(scene.calendar, match.group("unit"), 0))


def calendar_unit(calendar: SiteCalendar, unit: str, back: int) -> Window:
    """This (`back` 0) or the last (1) week, weekend, month or year."""
    label = f"{'last' if back else 'this'} {unit}"
    today = calendar.today
    monday = today - timedelta(days=today.weekday() + 7 * back)
    if unit == "week":
        return calendar.span(monday, monday + timedelta(days=6), label)
    if unit == "weekend":
        return calendar.span(monday + timedelta(days=5), monday + timedelta(days=6), label)
    if unit == "month":
        return calendar.month(*calendar.month_back(back), label)
    year = today.year - back
    return calendar.span(date(year, 1, 1), date(year, 12, 31), label)


def _month(scene: TimeContext, match: re.Match[str]) -> TimeExpression:
    calendar = scene.calendar
    number = tw.MONTH_NUMBERS[match.group("month")]
    if match.group("year"):
        year = int(match.group("year"))
    else:
        year = calendar.today.year - (1 if number > calendar.today.month else 0)
    label = f"in {MONTHS[number - 1]}" + ("" if year == calendar.today.year else f" {year}")
    return scene.past_window(calendar.month(year, number, label))


SPANS: tuple[tuple[re.Pattern[str], SpanBuilder], ...] = (
    (tw.CLOCK_RANGE, _clock_range),
    (tw.DAY_RANGE, _day_range),
    (tw.SINCE_UNIT, _since_unit),
    (tw.SINCE, _since),
    (tw.DAY_PART, _day_part),
    (tw.AT_CLOCK, _at_clock),
    (tw.AGO, _ago),
    (tw.ROLLING, _rolling),
    (tw.CALENDAR, _calendar),
    (tw.TO_DATE, _to_date),
    (tw.MONTH, _month),
    (tw.WHOLE_DAY, _whole_day),
    (tw.ALL_DAY, _all_day),
)
"""How spans are named, the most composed first."""
