"""Which span of time a question speaks of: words like "yesterday" or "in the last 3 hours" to a window."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import partial

from api_service.assistant.text import words
from api_service.assistant.text.words import Line
from api_service.assistant.time.calendar import SiteCalendar, before
from api_service.assistant.time.phrases import vocabulary as tw
from api_service.assistant.time.phrases.days import DAYS, DayResolver, clock_of
from api_service.assistant.time.phrases.spans import SPANS, SpanBuilder, Tense, TimeContext, TimeExpression
from api_service.assistant.types import Moment, Window

__all__ = ["Tense", "TimeExpression", "Times", "default_window", "find_times", "last_hour"]

_UNSURE_DAY = 0.75


@dataclass(frozen=True)
class Times:
    """The line with each expression masked (`<when>` or `<now>`), and the expressions in order."""

    line: Line
    found: tuple[TimeExpression, ...]

    def first(self, tense: Tense) -> TimeExpression | None:
        """The first expression of that tense."""
        return next((found for found in self.found if found.tense is tense), None)

    @property
    def unresolved(self) -> str | None:
        """Words that speak of a time which was not understood: "on 31 February", "in winter"."""
        for pattern in tw.UNRESOLVED:
            for _, _, match in self.line.find(pattern):
                return match.group()
        return None


def default_window(moment: Moment) -> Window:
    """The 24 hours before now, which are meant where a question names no window."""
    return Window(before(moment.now, 24 * 3600), moment.now, "in the last 24 hours")


def last_hour(moment: Moment) -> Window:
    """The hour before now: what "now" means for quantities that are only known as means."""
    return Window(before(moment.now, 3600), moment.now, "in the last hour")


def find_times(line: Line, moment: Moment) -> Times:
    """Every expression of time in `line`, resolved at `moment` in the site's zone."""
    return TimeExtractor(line, SiteCalendar(moment)).read()


@dataclass
class TimeExtractor:
    """Masks single days and times of day first, then the spans made of them."""

    line: Line
    calendar: SiteCalendar
    days: dict[int, date] = field(default_factory=dict)
    clocks: dict[int, time] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    found: list[tuple[int, TimeExpression]] = field(default_factory=list)

    def read(self) -> Times:
        self._mask(tw.FUTURE, words.WINDOW, lambda match: self._keep(match, TimeExpression(Tense.FUTURE)))
        for pattern, resolve in DAYS:
            self._mask(pattern, "<day>", partial(self._keep_day, resolve))
        self._mask(tw.CLOCK, "<clock>", self._keep_clock)
        self._mask(tw.NOW, words.NOW, lambda match: self._keep(match, TimeExpression(Tense.NOW)))
        for pattern, build in SPANS:
            self._mask(pattern, words.WINDOW, partial(self._keep_span, build))
        self.found.sort(key=lambda item: item[0])
        return Times(self.line, tuple(found for _, found in self.found))

    def _mask(self, pattern: re.Pattern[str], mask: str, keep: Callable[[re.Match[str]], bool]) -> None:
        """Mask every match that `keep` accepts."""
        again = True
        while again:
            again = False
            for first, last, match in self.line.find(pattern):
                if keep(match):
                    # "since the 5th" and "from Monday to" keep the word that makes a span of the day.
                    opening = match.group().split()[0] in ("since", "for") and mask == "<day>"
                    self.line = self.line.masked(first + opening, last, mask)
                    again = True
                    break

    def _scene(self) -> TimeContext:
        return TimeContext(self.line, self.calendar, self.days, self.clocks)

    def _places(self, match: re.Match[str]) -> tuple[int, int]:
        """Where the match stands in the original text."""
        first = self.line.text[: match.start()].count(" ")
        return self.line.span(first, first + len(match.group().split()))

    def _keep(self, match: re.Match[str], found: TimeExpression | None) -> bool:
        if found is None:
            return False
        start, end = self._places(match)
        doubtful = any(start <= place < end for place in self.unsure)
        certainty = found.certainty * (_UNSURE_DAY if doubtful else 1.0)
        self.found.append((start, replace(found, words=match.group(), certainty=certainty)))
        return True

    def _keep_span(self, build: SpanBuilder, match: re.Match[str]) -> bool:
        return self._keep(match, build(self._scene(), match))

    def _keep_day(self, resolve: DayResolver, match: re.Match[str]) -> bool:
        resolved = resolve(self.calendar, match)
        if resolved is None:
            return False
        day, sure = resolved
        first = self.line.text[: match.start()].count(" ")
        opening = match.group().split()[0] in ("since", "for")
        place = self.line.words[first + opening].start
        self.days[place] = day
        if not sure:
            self.unsure.add(place)
        return True

    def _keep_clock(self, match: re.Match[str]) -> bool:
        clock = clock_of(match)
        if clock is None:
            return False
        self.clocks[self._places(match)[0]] = clock
        return True
