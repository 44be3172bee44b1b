"""Atoms of time put together: what stands side by side is merged, openings and ranges are applied."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from api_service.assistant.time.atoms.clock_times import bare_hour
from api_service.assistant.time.atoms.lexicon import table, unit_of
from api_service.assistant.time.atoms.rules import Atom, Readings
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.comparing import are_apart, is_comparing, is_growth
from api_service.assistant.time.neighbours import (
    GLUE,
    LISTING,
    Found,
    borrowed,
    joins_a_list,
    union,
    with_hours_of_the_day,
    with_recurring_hours,
)
from api_service.assistant.time.openings import ONWARDS, OPENINGS, beside, since
from api_service.assistant.time.parts import MAX_READINGS, Parts, Yearly, YearlyKind, merge_all
from api_service.assistant.time.ranges import Bare, End, bare_number, between, once_or_every_day

_TO = frozenset({"to", "-", "–", "—", "until", "till", "til", "through", "thru", "and", "&", "up"})
_NOW = frozenset({"now", "today", "present"})
_HALVES = frozenset({"am", "pm", "a.m.", "p.m.", "m", "morning", "afternoon", "evening", "night"})
_SPAN_UNITS = frozenset(
    "hour hours minute minutes day days week weeks fortnight hr hrs min mins".split()  # noqa: SIM905
)
_BESIDE = frozenset({"before", "after", "preceding", "following", "starting", "beginning"})
_MAX_GLUE = 2


class Composer:
    """Reads one line. Every method takes the index of a word and returns what begins there."""

    def __init__(self, words: Sequence[str], atoms: Sequence[Atom], calendar: SiteCalendar) -> None:
        self._words = words
        self._atoms = {atom.first: atom for atom in atoms}
        self._calendar = calendar
        self._is_growth = is_growth(words)
        self._is_comparing = is_comparing(words)

    def expressions(self) -> list[Found]:
        """All expressions, left to right."""
        all_found: list[Found] = []
        at = 0
        while at < len(self._words):
            listed = self._date_list(at)
            found = listed or tuple(self._phrase(at))
            all_found += found
            at = found[-1].last if found else at + 1
        all_found = with_recurring_hours(all_found)
        if self._is_one_time(all_found):
            all_found = with_hours_of_the_day(all_found)
        neighbours: list[Found | None] = [None, *all_found, None]
        return [
            self._completed(found, neighbours[at], neighbours[at + 2]) for at, found in enumerate(all_found)
        ]

    def _is_one_time(self, all_found: Sequence[Found]) -> bool:
        """Whether two expressions are not two sides, and not a part and its whole."""
        is_listed = any(self._is_listed(one, other) for one, other in pairwise(all_found))
        return not is_listed and not are_apart(self._words)

    def _completed(self, found: Found, before: Found | None, after: Found | None) -> Found:
        """What a neighbour across an "and" says for both: "at 18:00 and at 20:00 yesterday"."""
        if after is not None and self._is_listed(found, after):
            found = replace(found, readings=borrowed(found.readings, after.readings))
        if before is not None and self._is_listed(before, found) and found.readings[0].named() == {"hours"}:
            found = replace(found, readings=borrowed(found.readings, before.readings))
        return found

    def _is_listed(self, one: Found, other: Found) -> bool:
        return joins_a_list(self._words[one.last : other.first])

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _phrase(self, at: int) -> Iterator[Found]:
        """An expression with all that follows and belongs to it."""
        found = self._core(at)
        if found is None:
            return
        while True:
            longer = self._joined(found) or self._united(found)
            if longer is None:
                break
            found = longer
        yield found

    def _joined(self, found: Found) -> Found | None:
        """With the next expression merged in, where both fit: "yesterday" + "after 6 pm"."""
        for skipped in range(_MAX_GLUE + 1):
            follower = self._core(found.last + skipped)
            if follower is not None:
                readings = merge_all(found.readings, follower.readings)
                return Found(found.first, follower.last, readings) if readings else None
            if self._word(found.last + skipped) not in GLUE:
                return None
        return None

    def _united(self, found: Found) -> Found | None:
        """With another recurring time: "mornings and evenings"; two sides of a comparison stay apart."""
        connector = self._word(found.last)
        if self._is_comparing or connector not in ("and", ",", "&"):
            return None
        follower = self._core(found.last + 1) or (
            self._core(found.last + 2) if self._word(found.last + 1) in ("and", "on", "in") else None
        )
        if follower is None:
            return None
        readings = tuple(union(found.readings[0], follower.readings[0]))
        return Found(found.first, follower.last, readings) if readings else None

    def _core(self, at: int) -> Found | None:
        return (
            self._range(at) or self._opened(at) or self._beside(at) or self._edge_range(at) or self._edge(at)
        )

    def _beside(self, at: int) -> Found | None:
        """ "3 hours before noon", "the week after Christmas"."""
        count = table("numbers").get(self._word(at))
        count = float(self._word(at)) if self._word(at).isdecimal() else count
        unit_at = at + (count is not None)
        unit = self._word(unit_at)
        if unit not in _SPAN_UNITS or (count is None and unit.endswith("s")):
            return None
        direction = self._word(unit_at + 1)
        if at in self._atoms or direction not in _BESIDE:
            return None
        operand = self._operand(unit_at + 2)
        if operand is None or count == 0:
            return None
        is_before = direction in ("before", "preceding")
        readings = [
            parts
            for one in operand.readings
            for parts in beside(one, count or 1, unit_of(unit), is_before=is_before, calendar=self._calendar)
        ]
        return Found(at, operand.last, tuple(readings)) if readings else None

    def _edge(self, at: int) -> Found | None:
        """Atoms side by side: "Monday" + "morning" + "of last week"."""
        atom = self._atoms.get(at)
        return None if atom is None else self._extended(Found(atom.first, atom.last, atom.readings))

    def _extended(self, found: Found) -> Found:
        for skipped in range(_MAX_GLUE + 1):
            atom = self._atoms.get(found.last + skipped)
            if atom is not None:
                readings = merge_all(found.readings, atom.readings)
                return self._extended(Found(found.first, atom.last, readings)) if readings else found
            if self._word(found.last + skipped) not in GLUE - {"and"}:
                return found
        return found

    def _bare(self, at: int) -> int | None:
        return None if at in self._atoms else bare_number(self._word(at), self._word(at + 1))

    def _ends(self, at: int) -> tuple[int, tuple[End, ...]] | None:
        """One end of a range: an edge, else a bare number."""
        at += self._word(at) == "the" and at not in self._atoms
        at += self._word(at) in ("on", "at") and at not in self._atoms
        edge = self._edge(at)
        if edge is not None:
            return edge.last, edge.readings
        number = self._bare(at)
        return None if number is None else (at + 1, (Bare(number),))

    def _range(self, at: int) -> Found | None:
        """ "between A and B", "from A to B"."""
        opener = self._word(at)
        if opener not in ("between", "from"):
            return None
        connectors = _TO - {"and", "&"} if opener == "from" else {"and", "&", "to", "-", "–"}
        found = self._spanned(at, at + 1, frozenset(connectors))
        is_clock = found is not None and "hours" in found.readings[0].named()
        return None if self._is_growth and not is_clock else found

    def _edge_range(self, at: int) -> Found | None:
        """ "Monday to Wednesday", "10-12 March", "2 to 4 pm"."""
        if self._is_comparing or (self._bare(at) is None and at not in self._atoms):
            return None
        return self._spanned(at, at, _TO - {"and", "&", "up"})

    def _spanned(self, first: int, at: int, connectors: frozenset[str]) -> Found | None:
        left = self._ends(at)
        if left is None or self._word(left[0]) not in connectors:
            return None
        middle = left[0] + 1 + (self._word(left[0]) == "up" and self._word(left[0] + 1) == "to")
        if self._word(middle) in _NOW and middle not in self._atoms:
            return self._until_now(first, left, middle + 1)
        right = self._ends(middle)
        if right is None:
            return None
        bare = isinstance(left[1][0], Bare) and isinstance(right[1][0], Bare)
        if bare and not self._stands_beside_a_day(first, right[0]):
            return None
        spans = self._spans(left, right, middle)
        return Found(first, right[0], spans) if spans else None

    def _spans(
        self, left: tuple[int, tuple[End, ...]], right: tuple[int, tuple[End, ...]], middle: int
    ) -> Readings:
        halves = not _HALVES.isdisjoint(self._words[middle : right[0]])
        lefts = [
            replace(one, follows_twelve_hour_clock=halves) if isinstance(one, Bare) else one
            for one in left[1]
        ]
        found = [
            parts for one in lefts for other in right[1] for parts in between(one, other, self._calendar)
        ]
        if all(parts.named() == {"hours"} and not parts.is_invalid for parts in found):
            found = [variant for parts in found for variant in once_or_every_day(parts)]
        found.sort(key=lambda parts: -parts.certainty)
        return tuple(found[:MAX_READINGS])

    def _until_now(self, first: int, left: tuple[int, tuple[End, ...]], last: int) -> Found | None:
        readings = [
            parts for end in left[1] if isinstance(end, Parts) for parts in since(end, self._calendar)
        ]
        return Found(first, last, tuple(readings)) if readings else None

    def _stands_beside_a_day(self, first: int, last: int) -> bool:
        """Whether a day stands next to two bare numbers, so that they are hours."""
        after = last + (self._word(last) in ("on", "in", "of", "the", "every", ","))
        return (
            any(atom.last == first for atom in self._atoms.values())
            or last in self._atoms
            or after in self._atoms
        )

    def _opened(self, at: int) -> Found | None:
        """ "since A", "after A", "before A"."""
        for length in (4, 2, 1):
            opening = OPENINGS.get(" ".join(self._words[at : at + length]))
            if opening is None or (self._is_growth and self._word(at) == "from"):
                continue
            if self._word(at - 2) in ("before", "after") and self._word(at - 1) in LISTING | {"n"}:
                return None  # "before and after 3 March" compares both sides of it
            operand = self._range(at + length) or self._operand(at + length)
            if operand is None:
                return None
            is_onwards = self._word(operand.last) in ONWARDS and self._word(at) == "from"
            apply = since if is_onwards else opening
            readings = [parts for one in operand.readings for parts in apply(one, self._calendar)]
            readings.sort(key=lambda parts: -parts.certainty)
            last = self._past_now(operand.last + is_onwards)
            return Found(at, last, tuple(readings[:MAX_READINGS])) if readings else None
        return None

    def _past_now(self, last: int) -> int:
        """After "until now", "to now", "onwards", which add nothing to "since"."""
        if self._word(last) in ("until", "till", "to") and self._word(last + 1) == "now":
            return last + 2
        return last + (self._word(last) in ("onward", "onwards"))

    def _operand(self, at: int) -> Found | None:
        at += self._word(at) in ("at", "the", "on", "about", "around", "from") and at not in self._atoms
        edge = self._edge(at)
        if edge is not None:
            return edge
        number = self._bare(at)
        opener = self._word(at - 1)
        if (
            number is None
            or number > 24
            or self._word(at).endswith(("st", "nd", "rd", "th", "first", "second"))
        ):
            return None
        hour = Found(at, at + 1, bare_hour(number))
        longer = self._extended(hour)
        is_alone = at + 1 == len(self._words) or self._word(at + 1) in ("?", ".", ",", "!")
        return longer if longer.last > hour.last or opener == "since" or is_alone else None

    def _date_list(self, at: int) -> tuple[Found, ...]:
        """ "10, 11 and 12 March" is a span; "10 and 12 March" are two days."""
        numbers: list[int] = []
        place = at
        while (number := self._bare(place)) is not None and self._word(place + 1) in (",", "and", "&", "or"):
            numbers.append(number)
            place += 2 + (self._word(place + 2) in ("and", "or", "the"))
        last = self._edge(place)
        if not numbers or last is None or self._word(at - 1) in ("between", "from"):
            return ()
        yearly = last.readings[0].yearly
        if yearly is None or yearly.kind is not YearlyKind.DATE:
            return ()
        days = [replace(last.readings[0], yearly=Yearly(YearlyKind.DATE, n, yearly.b)) for n in numbers]
        if len(numbers) > 1 and [*numbers, yearly.a] == list(range(numbers[0], yearly.a + 1)):
            return (Found(at, last.last, between(days[0], last.readings[0], self._calendar)),)
        steps = [index for index in range(at, place) if self._bare(index) is not None]
        return (
            *(Found(step, step + 1, (day,)) for step, day in zip(steps, days, strict=True)),
            last,
        )
