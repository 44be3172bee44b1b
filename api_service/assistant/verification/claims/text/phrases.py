"""What the findings themselves name, as phrases to be found in a text: subjects, times, limits; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property

from api_service.assistant.execution.cells import Cell
from api_service.assistant.query.query import RelationKind, StateTest
from api_service.assistant.rendering.formatting import display_name
from api_service.assistant.rendering.results.plans.builder import covered_text, missing_text
from api_service.assistant.rendering.results.plans.comparisons import factor_text
from api_service.assistant.rendering.results.texts.nouns import noun_of, noun_phrase
from api_service.assistant.rendering.results.texts.quantities import state_text
from api_service.assistant.rendering.results.texts.times import (
    day_text,
    moment_text,
    part_of_day,
    period_label,
    period_text,
    span_text,
)
from api_service.assistant.rendering.results.view import EVER_TEXT, SITE_TEXT
from api_service.assistant.verification.claims.text.material import (
    USUAL,
    WINDOW,
    Item,
    Material,
    SubjectKey,
    TimeKey,
    subject_key,
    subjects_of,
)
from api_service.metering.analysis.calendar.periods import Period


class Kind(Enum):
    """What a stretch of a text is."""

    SUBJECT = auto()
    TIME = auto()
    MOMENT = auto()
    STATE = auto()
    LIMIT = auto()
    NOUN = auto()
    NEUTRAL = auto()
    NUMBER = auto()
    ORDINAL = auto()
    WORD = auto()
    BREAK = auto()
    END = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Meaning:
    """What a phrase stands for; a text may fit several subjects, times or cells."""

    kind: Kind
    subjects: frozenset[SubjectKey] = frozenset()
    times: frozenset[TimeKey] = frozenset()
    items: frozenset[int] = frozenset()

    def __or__(self, other: "Meaning") -> "Meaning":
        kind = self.kind if self.kind is not Kind.NEUTRAL else other.kind
        return Meaning(
            kind, self.subjects | other.subjects, self.times | other.times, self.items | other.items
        )


FOREIGN: SubjectKey = ((), ())
"""Stands for a device that the finding is not about."""

_LEADING = re.compile(r"^(?:on|at|in|from|during|over|for|the)\s+", re.IGNORECASE)
_EVER = (EVER_TEXT, "in the whole recording", "over the whole record", "so far", "on record")
_SITES = (
    SITE_TEXT, "all devices together", "all the devices together", "all devices", "the whole house",
    "the house",
    "the site", "the building", "all of them together", "everything",
)  # fmt: skip
ABOVE = ("above", "over", "more than", "higher than", "greater than", "longer than", "exceeding")
BELOW = ("below", "under", "less than", "lower than", "fewer than", "shorter than", "smaller than")
BETWEEN = ("between", "within")


@dataclass(frozen=True)
class Phrases:
    """The phrases of one finding."""

    material: Material

    @cached_property
    def meanings(self) -> Mapping[str, Meaning]:
        """Phrase in folded case to what it stands for."""
        found: dict[str, Meaning] = {}
        for text, meaning in self._all():
            key = " ".join(text.split()).casefold()
            if key:
                known = found.get(key)
                is_other = known is None or known.kind is not meaning.kind or FOREIGN in known.subjects
                found[key] = meaning if known is None or is_other else known | meaning
        return found

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the longest phrase at a place."""
        longest = sorted(self.meanings, key=len, reverse=True)
        joined = "|".join(map(re.escape, longest))
        return re.compile(rf"(?:{joined})(?!\w)(?![:.]\d)(?!,\d{{3}})", re.IGNORECASE)

    def _all(self) -> Iterator[tuple[str, Meaning]]:
        """The later ones win over earlier ones of another kind."""
        yield from self._foreign()
        yield from self._nouns()
        yield from self._states()
        yield from self._conditions()
        yield from self._moments()
        yield from self._times()
        yield from self._limits()
        yield from self._subjects()
        yield from self._notes()

    # --- names ----------------------------------------------------------------------------------------------

    def _foreign(self) -> Iterator[tuple[str, Meaning]]:
        for device in self.material.known:
            for text in _named(display_name(device.name) or f"Device {device.cluster}", device.name):
                yield text, Meaning(Kind.SUBJECT, frozenset({FOREIGN}))

    def _subjects(self) -> Iterator[tuple[str, Meaning]]:
        for subject, name in subjects_of(self.material):
            meaning = Meaning(Kind.SUBJECT, frozenset({subject_key(subject)}))
            texts = _SITES if subject.is_site else _named(name, subject.name)
            for text in texts:
                yield text, meaning

    def _nouns(self) -> Iterator[tuple[str, Meaning]]:
        query = self.material.query
        yield noun_phrase(query.measure, query.statistic, query.per), Meaning(Kind.NOUN)
        for item in self.material.items:
            yield noun_of(item.cell, query.per), Meaning(Kind.NOUN, items=frozenset({item.place}))

    def _states(self) -> Iterator[tuple[str, Meaning]]:
        for item in self.material.items:
            for state in (item.cell.state, item.cell.value):
                if isinstance(state, str) and state_text(state) not in _BARE_STATES:
                    for text in (state_text(state), state):
                        yield text, Meaning(Kind.STATE, items=frozenset({item.place}))

    # --- conditions -----------------------------------------------------------------------------------------

    def _conditions(self) -> Iterator[tuple[str, Meaning]]:
        view, neutral = self.material.view, Meaning(Kind.NEUTRAL)
        for number in (None, *range(len(view.query.where.bounds))):
            for skips_state in (False, True):
                for role in view.condition_roles(skip_state=skips_state, skip_bound=number).values():
                    yield role.text, neutral
        state = view.query.where.state
        if state is not None and state.test in (StateTest.IS, StateTest.NOT):
            yield view.state_words(state).removeprefix("not "), Meaning(Kind.STATE)
        yield "at least one device", neutral
        relation = view.query.relation
        if relation is not None and relation.kind is RelationKind.TIMES and relation.slot is not None:
            yield factor_text(view.finding.bindings.numbers[relation.slot]), neutral
        if len(view.hours) == 1:
            yield from _stripped(view.hours[0], neutral)

    def _limits(self) -> Iterator[tuple[str, Meaning]]:
        view = self.material.view
        limits = [
            view.limit_roles(bound.bound, bound.measure or view.query.measure)
            for bound in view.query.where.bounds
        ]
        if view.query.having is not None:
            limits.append(view.result_limit_roles(view.query.having))
        for words, roles in limits:
            same = next((group for group in (ABOVE, BELOW, BETWEEN) if words in group), (words,))
            for word in same:
                yield f"{word} {roles['limit'].text}", Meaning(Kind.LIMIT)

    # --- times ----------------------------------------------------------------------------------------------

    def _times(self) -> Iterator[tuple[str, Meaning]]:
        yield from self._windows()
        if self.material.query.usual:
            for text in ("usual", "usually", "normal", "normally", "typical", "typically"):
                yield text, _time(USUAL)
        for item in self.material.items:
            if item.cell.period is not Period.WINDOW and item.cell.key is not None:
                for text in _period_texts(item.cell, self.material):
                    yield from _stripped(text, _time(item.time))

    def _windows(self) -> Iterator[tuple[str, Meaning]]:
        view = self.material.view
        for number, label in enumerate(self.material.windows):
            key = ("side", number) if self.material.has_sides and len(view.windows) == 2 else WINDOW
            yield from _stripped(label, _time(key))
            if label == EVER_TEXT:
                yield from ((text, _time(key)) for text in _EVER)
        if len(view.hours) == 2:
            for number, label in enumerate(view.hours):
                yield from _stripped(label, _time(("side", number)))

    def _moments(self) -> Iterator[tuple[str, Meaning]]:
        for item in self.material.items:
            for text in _moment_texts(item, self.material):
                yield from _stripped(text, Meaning(Kind.MOMENT, items=frozenset({item.place})))

    def _notes(self) -> Iterator[tuple[str, Meaning]]:
        view, neutral = self.material.view, Meaning(Kind.NEUTRAL)
        for refused in view.result.missing:
            yield missing_text(refused), neutral
        for item in self.material.items:
            if item.cell.coverage < 1.0:
                for name in ("", view.name(item.cell.subject)):
                    yield covered_text(item.cell, name).removesuffix("."), neutral


_BARE_STATES = frozenset(("on", "off", "standby", "idle", "running"))


def _named(*texts: str) -> Iterator[str]:
    """A name as it is said, as it is stored, and without its article."""
    for text in texts:
        yield text
        yield text.removeprefix("the ")


def _time(key: TimeKey) -> Meaning:
    return Meaning(Kind.TIME, times=frozenset({key}))


def _stripped(text: str, meaning: Meaning) -> Iterator[tuple[str, Meaning]]:
    """A time with and without the words that may lead to it."""
    yield text, meaning
    while _LEADING.match(text):
        text = _LEADING.sub("", text, count=1)
        yield text, meaning


def _period_texts(cell: Cell, material: Material) -> Iterator[str]:
    view = material.view
    yield period_text(cell, material.moment, view.window)
    yield period_text(cell, material.moment)
    part = part_of_day(cell, material.moment)
    for is_long in (False, True):
        label = period_label(cell, material.moment, is_long=is_long)
        yield label
        yield f"{label}{part}"


def _moment_texts(item: Item, material: Material) -> Iterator[str]:
    cell, moment, window = item.cell, material.moment, material.view.window
    if isinstance(cell.value, datetime):
        yield from _at_texts(cell.value, material)
    if cell.at is None or item.is_slope:
        return
    if cell.until is not None and cell.until > cell.at:
        yield span_text(cell.at, cell.until, moment, window)
        yield span_text(cell.at, cell.until, moment)
        return
    yield from _at_texts(cell.at, material)


def _at_texts(at: datetime, material: Material) -> Iterator[str]:
    moment = material.moment
    yield moment_text(at, moment, material.view.window)
    yield moment_text(at, moment)
    local = at.astimezone(moment.timezone)
    yield f"at {local:%H:%M} {day_text(local.date(), moment)}"
