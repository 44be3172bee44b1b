"""Every expression of time in a line of words, resolved at a moment in the site's zone.

In: words (lower case, punctuation as words of its own) and now. Out: expressions with their meanings, and the
words that speak of a time but were not read; those must never be replaced by a default window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from api_service.assistant.time.atoms import (
    clock_times,
    counted_days,
    day_parts,
    days,
    earlier_moment,
    earlier_window,
    nights,
    periods,
    same_point,
    years,
)
from api_service.assistant.time.atoms.earlier_window import on_the_day_before
from api_service.assistant.time.atoms.lexicon import table, vocabulary
from api_service.assistant.time.atoms.rules import Rule, find_atoms
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.composition import Composer
from api_service.assistant.time.neighbours import Found
from api_service.assistant.time.parts import Alone
from api_service.assistant.time.reading import TimeExpression, TimeReading
from api_service.assistant.time.resolution import resolve
from api_service.assistant.time.sides import leaning
from api_service.assistant.types import Moment, Window

RULES: tuple[Rule, ...] = (
    *same_point.RULES,
    *earlier_moment.RULES,
    *earlier_window.RULES,
    *nights.RULES,
    *days.RULES,
    *clock_times.RULES,
    *day_parts.RULES,
    *periods.RULES,
    *counted_days.RULES,
    *years.RULES,
)
_LEADS = frozenset({"in", "of", "at", "during", "over", "for", "throughout", "within", "across", "the"})
_NAMED_DAY = frozenset({"the", "a"})
_ALL_OF_IT = (
    ("so", "far"), ("all", "day", "long"), ("all", "day"), ("the", "whole", "day"),
    ("the", "entire", "day"), ("earlier",),
    ("to", "date"), ("the", "whole", "of"), ("all", "of"), ("the", "day", "of"), ("all",),
)  # fmt: skip
_HABITUAL = frozenset(
    "do does usually typically normally generally often always typical usual average avg tend".split()  # noqa: SIM905
)
_EVERY_DAY = frozenset({"every", "each", "daily", "ever", "never"})
_YES_OR_NO = frozenset("did was were has have is are does do".split())  # noqa: SIM905
_PAST = frozenset("did was were had used consumed drew ran went".split())  # noqa: SIM905

_PASSIVE = frozenset("is are gets get being be do does".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Times:
    """`expressions` in order; `unread` are the places of words of time that are in none of them."""

    expressions: tuple[TimeExpression, ...]
    unread: tuple[int, ...]


def find_times(words: Sequence[str], moment: Moment, earlier: Window | None = None) -> Times:
    """All times in `words`; `earlier` is the window that was spoken of before."""
    calendar = SiteCalendar(moment, earlier)
    words = [table("short").get(word, word) for word in words]
    atoms = find_atoms(words, calendar, RULES)
    is_habit = not _speaks_of_the_past(words) and not _HABITUAL.isdisjoint(words)
    is_habit = is_habit or not _EVERY_DAY.isdisjoint(words)
    expressions: list[TimeExpression] = []
    all_found = Composer(words, atoms, calendar).expressions()
    if len(all_found) == 1 and not is_habit:
        all_found = [replace(all_found[0], readings=on_the_day_before(all_found[0].readings, calendar))]
    for found in leaning(words, all_found, calendar):
        expression = _expression(found, calendar, is_habit=is_habit)
        if expression is not None:
            previous = expressions[-1].last if expressions else 0
            expressions.append(_with_words_around(words, expression, found.apart, previous))
    if not expressions:
        expressions.extend(_whole_day(words, calendar))
    return Times(tuple(expressions), _unread(words, expressions))


def _speaks_of_the_past(words: Sequence[str]) -> bool:
    """Whether a verb stands in the past; in "is used" it does not."""
    return any(word in _PAST and not (at and words[at - 1] in _PASSIVE) for at, word in enumerate(words))


def _expression(found: Found, calendar: SiteCalendar, *, is_habit: bool) -> TimeExpression | None:
    if all(parts.is_invalid for parts in found.readings):
        return TimeExpression(found.first, found.last, ())
    resolved = [resolve(parts, calendar) for parts in found.readings if not parts.is_invalid]
    readings = [reading for reading in resolved if reading is not None]
    if not readings:
        exists = all(
            (parts.named() <= {"hours", "weekdays", "portion"} or parts.alone is Alone.NOTHING)
            for parts in found.readings
        )
        return None if exists else TimeExpression(found.first, found.last, ())
    return TimeExpression(found.first, found.last, _ordered(readings, is_habit=is_habit))


def _ordered(readings: Sequence[TimeReading], *, is_habit: bool) -> tuple[TimeReading, ...]:
    """Each meaning once, with the certainties of its ways added up; habits first where one is asked about."""
    by_meaning: dict[TimeReading, float] = {}
    for reading in readings:
        meaning = replace(reading, certainty=0.0)
        by_meaning[meaning] = by_meaning.get(meaning, 0.0) + reading.certainty
    certainties = sorted(by_meaning.values(), reverse=True)
    meanings = sorted(by_meaning, key=lambda meaning: -by_meaning[meaning])
    if any(meaning.recurs for meaning in meanings):
        meanings.sort(key=lambda meaning: meaning.recurs is not is_habit)
    pairs = zip(meanings, certainties, strict=True)
    return tuple(replace(meaning, certainty=min(1.0, certainty)) for meaning, certainty in pairs)


def _with_words_around(
    words: Sequence[str], found: TimeExpression, apart: tuple[int, int] | None, floor: int
) -> TimeExpression:
    """With the prepositions of all its words."""
    if apart is None:
        return _widened(words, found, floor)
    far = _widened(words, TimeExpression(*apart, ()), found.last if found.last <= apart[0] else floor)
    near = _widened(words, found, far.last if far.last <= found.first else floor)
    return replace(near, apart=(far.first, far.last))


def _widened(words: Sequence[str], found: TimeExpression, floor: int) -> TimeExpression:
    """With the prepositions before it, and "so far" or "all day" on either side."""
    first, last = found.first, found.last
    changed = True
    while changed:
        changed = False
        for phrase in _ALL_OF_IT:
            length = len(phrase)
            is_there = first - length >= floor and tuple(words[first - length : first]) == phrase
            if is_there and words[max(0, first - 2)] != "at":
                first, changed = first - length, True
            if len(phrase) > 1 and tuple(words[last : last + length]) == phrase and phrase[-1] != "of":
                last, changed = last + length, True
        if first > floor and (_leads(words, first) or _is_on_a_day(words, first)):
            first, changed = first - 1, True
    return replace(found, first=first, last=last)


def _leads(words: Sequence[str], first: int) -> bool:
    """Whether the word before is a preposition of the time; in "kick in today" it is not."""
    particle = words[first - 1] in ("in", "over") and words[first] in table("days_back")
    holds = words[first - 1] == "throughout" and words[0] in _YES_OR_NO  # "was it above 210 throughout ..."
    return words[first - 1] in _LEADS and not particle and not holds


def _is_on_a_day(words: Sequence[str], first: int) -> bool:
    """ "on" belongs to "Monday" and "the 5th", but to the oven in "was the oven on yesterday"."""
    if words[first - 1] != "on":
        return False
    word = words[first]
    return word in _NAMED_DAY or word in _on_words() or word[0].isdecimal()


@cache
def _on_words() -> frozenset[str]:
    named = vocabulary()
    days = {*named["weekdays"], *named["short_weekdays"], *named["months"], *named["months_like_words"]}
    plural = {f"{day}s" for day in named["weekdays"]}
    groups = {
        word.split()[0]
        for word in (
            *named["weekday_groups"],
            *named["holidays"],
            *named["weekday_holidays"],
            *named["moving_holidays"],
            *named["ordinals"],
        )
    }
    return frozenset(days | plural | groups)


def _whole_day(words: Sequence[str], calendar: SiteCalendar) -> list[TimeExpression]:
    """ "all day" alone: today. "So far" alone is no time of its own: the record is meant."""
    line = f" {' '.join(words)} "
    for phrase in ("all day long", "all day", "the whole day", "the entire day"):
        at = line.find(f" {phrase} ")
        if at >= 0:
            first = line.count(" ", 0, at)
            window = Window(calendar.at(calendar.today), calendar.now, "today")
            reading = TimeReading(window, label="today", certainty=0.85)
            return [TimeExpression(first, first + len(phrase.split()), (reading,))]
    return []


def _unread(words: Sequence[str], expressions: Sequence[TimeExpression]) -> tuple[int, ...]:
    spans = [(found.first, found.last) for found in expressions]
    spans += [found.apart for found in expressions if found.apart]
    covered = {at for first, last in spans for at in range(first, last)}
    always = vocabulary()["leftovers"]["words"]
    last = max(covered, default=-1)  # "since the repair on 3 March" has its time
    return tuple(
        at
        for at, word in enumerate(words)
        if word in always and at not in covered
        if not (word == "since" and (at < last or "when" in words[at : at + 2]))
    )
