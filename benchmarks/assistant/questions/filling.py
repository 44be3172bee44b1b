"""Fills the brackets of a sentence with what a household has, and says what they then stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.query.linear import slots_used
from api_service.assistant.query.numbers import number_uses
from api_service.assistant.query.query import PERIODS, Per, Query, Request, Slot, SlotKind, WindowForm
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter
from api_service.metering.analysis.conditions import Limit
from benchmarks.assistant.questions.calendar_words import HOURS, Clock, Span, span_of
from benchmarks.assistant.questions.number_words import number_of, typical
from simulator.rng import Rng
from training.voices.voice_file import Bracket, Example

LIMITS = {
    "voltage": Limit(207.0, 253.0, closed=True),
    "frequency": Limit(49.5, 50.5, closed=True),
    "thd": Limit(0.0, 8.0, closed=True),
    "power_factor": Limit(0.9, 1.0, closed=True),
}
"""What is normal at 230 V and 50 Hz, by EN 50160 and the rules of thumb of the user's documents."""
TIMES = (
    "yesterday", "today", "last week", "this week", "last night", "this morning", "on sunday",
    "yesterday evening", "in the last 3 hours", "this month", "last month", "on tuesday",
    "between 2 and 4 pm yesterday", "since yesterday", "in the last 12 hours", "in the last 45 minutes",
)  # fmt: skip
LONG_TIMES = ("last week", "this week", "this month", "last month", "in the last 5 days")
PAIRS = (
    ("today", "yesterday"),
    ("this week", "last week"),
    ("yesterday", "the day before yesterday"),
    ("on monday", "on sunday"),
    ("this month", "last month"),
    ("in the last 30 minutes", "yesterday"),
)
MOMENTS = ("yesterday", "on sunday", "on wednesday", "on monday")
LONG_AGO = ("in 2019", "on 3 March 2019", "in May 2017")
LATER = ("tomorrow", "next week", "next month")
LEAST_DATA = timedelta(minutes=20)
Meaning = Subject | TimeValue | TimeFilter | float | str | None


class Unfit(Exception):
    """The sentence cannot be asked about this household."""


@dataclass(frozen=True)
class Site:
    """What the owner of a household could name.

    `states` are the recorded ones by cluster, `record` runs from the first reading to now.
    """

    names: Mapping[int, str]
    groups: Mapping[str, tuple[int, ...]]
    states: Mapping[int, tuple[str, ...]]
    clock: Clock
    record: Span
    mains: frozenset[int] = frozenset()
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One question: its text, its request, the values of its slots; `reason` is why it has no answer."""

    text: str
    request: Request
    bindings: Bindings
    reason: str = ""


@dataclass(frozen=True)
class _Fill:
    kind: SlotKind
    words: str
    meaning: Meaning


@dataclass
class Filler:
    """Fills the turns of one conversation; the same words stand for the same thing throughout.

    `twist` makes it one that must be declined: `unknown_device`, `empty_window` or `future`.
    """

    site: Site
    dice: Rng
    twist: str = ""
    _named: dict[str, int] = field(default_factory=dict)

    def conversation(self, chain: Sequence[Example]) -> list[Turn]:
        """Every turn of a chain of follow-ups. Raises `Unfit`."""
        turns: list[Turn] = []
        last: list[_Fill] = []
        for place, example in enumerate(chain):
            inherited = []
            if place:
                order = dict.fromkeys(use.slot for use in slots_used(chain[place - 1].request))
                inherited = [last[slot] for slot in order]
            own = self._own(example)
            last = [*own, *inherited]
            turns.append(self._turn(example, own, last))
        return turns

    def _turn(self, example: Example, own: Sequence[_Fill], slots: Sequence[_Fill]) -> Turn:
        words = iter(own)
        text = "".join(next(words).words if isinstance(p, Bracket) else p for p in example.pieces)
        return Turn(
            " ".join(text.split()),
            example.request,
            _bindings(slots, slots_used(example.request)),
            "senseless" if example.senseless else self.twist,
        )

    def _own(self, example: Example) -> list[_Fill]:
        request = example.request
        uses = {use.slot: use for use in number_uses(request)}
        times = self._times(example)
        found = []
        for place, bracket in enumerate(example.brackets):
            slot, words = Slot(place), bracket.words
            if bracket.kind is SlotKind.NUMBER:
                found.append(self._number(words, uses.get(slot)))
            elif bracket.kind is SlotKind.TIME:
                found.append(times[slot])
            elif bracket.kind is SlotKind.HOURS:
                found.append(self._hours(words))
            elif bracket.kind is SlotKind.STATE:
                found.append(self._state(found))
            else:
                found.append(self._subject(bracket))
        return found

    # --- names --------------------------------------------------------------------------------------------

    def _subject(self, bracket: Bracket) -> _Fill:
        if bracket.kind is SlotKind.GROUP:
            return self._group(bracket.words)
        if self.twist == "unknown_device":
            return _Fill(bracket.kind, self.dice.pick(self.site.strangers), None)
        cluster = self._device(bracket.words.casefold())
        name = self.site.names[cluster]
        return _Fill(bracket.kind, self._typed(name, bracket.words), Subject(name, (cluster,)))

    def _device(self, words: str) -> int:
        if words not in self._named:
            own = [cluster for cluster, name in self.site.names.items() if name.casefold() == words]
            free = [c for c in self.site.names if c not in {*self._named.values(), *self.site.mains}]
            if not own and not free:
                raise Unfit("more devices than there are")
            self._named[words] = own[0] if own else self.dice.pick(free)
        return self._named[words]

    def _typed(self, name: str, model: str) -> str:
        """In lower case where the sentence's own name is, now and then with a slip of the finger."""
        spoken = name.lower() if model == model.lower() else name
        if len(spoken) >= 7 and spoken.isascii() and self.dice.chance(0.06):
            at = 2 + self.dice.below(len(spoken) - 4)
            if spoken[at : at + 2].isalpha():
                spoken = spoken[:at] + spoken[at + 1] + spoken[at] + spoken[at + 2 :]
        return spoken

    def _group(self, words: str) -> _Fill:
        if not self.site.groups:
            raise Unfit("no groups")
        key = f"group {words.casefold()}"
        groups = sorted(self.site.groups)
        if key not in self._named:
            free = [at for at in range(len(groups)) if at not in self._named_groups()] or [0]
            own = [at for at, name in enumerate(groups) if name == words.casefold()]
            self._named[key] = -1 - (own[0] if own else self.dice.pick(free))
        name = groups[-1 - self._named[key]]
        return _Fill(SlotKind.GROUP, name, Subject(name, self.site.groups[name]))

    def _named_groups(self) -> set[int]:
        return {-1 - at for at in self._named.values() if at < 0}

    def _state(self, before: Sequence[_Fill]) -> _Fill:
        clusters = [c for fill in before if isinstance(fill.meaning, Subject) for c in fill.meaning.clusters]
        states = sorted(
            {state for cluster in clusters or self.site.states for state in self.site.states.get(cluster, ())}
            - {"on", "off", ""}
        )
        if not states:
            raise Unfit("no such state")
        state = self.dice.pick(states)
        return _Fill(SlotKind.STATE, state, state)

    # --- numbers and times --------------------------------------------------------------------------------

    def _number(self, words: str, use: object) -> _Fill:
        if use is None:
            return _Fill(SlotKind.NUMBER, words, None)
        value = number_of(words, use)  # type: ignore[arg-type]  # a NumberUse, as its caller has it
        if value is None:
            words = self.dice.pick(typical(use))  # type: ignore[arg-type]
            value = number_of(words, use)  # type: ignore[arg-type]
        return _Fill(SlotKind.NUMBER, words, value)

    def _hours(self, words: str) -> _Fill:
        key = words.lower() if words.lower() in HOURS else self.dice.pick(("at night", "on weekends"))
        start, end, days = HOURS[key]
        return _Fill(SlotKind.HOURS, key, TimeFilter((Term((Recurrence(start * 3600, end * 3600, days),)),)))

    def _times(self, example: Example) -> dict[Slot, _Fill]:
        slots = [Slot(at) for at, b in enumerate(example.brackets) if b.kind is SlotKind.TIME]
        if not isinstance(example.request, Query) or example.senseless:
            return {slot: self._as_typed(example.brackets[slot].words) for slot in slots}
        windows = example.request.windows
        if self.twist in ("empty_window", "future"):
            choice = LONG_AGO if self.twist == "empty_window" else LATER
            return {slot: self._as_typed(self.dice.pick(choice)) for slot in slots}
        if windows and windows.form is WindowForm.AROUND:
            return {slot: self._time(example.brackets[slot].words, MOMENTS) for slot in slots}
        if windows and len(windows.slots) == 2 and len(slots) == 2:
            pair = self.dice.pick([p for p in PAIRS if all(self._usable(words) for words in p)] or PAIRS[:1])
            typed = [example.brackets[slot].words for slot in slots]
            if len(set(typed)) == 2 and all(self._usable(words) for words in typed):
                pair = (typed[0], typed[1])
            return {slot: self._time(words, ()) for slot, words in zip(slots, pair, strict=True)}
        is_long = example.request.where.hours or example.request.per in PERIODS - {Per.HOUR, Per.HOUR_OF_DAY}
        others = LONG_TIMES if is_long else TIMES
        return {slot: self._time(example.brackets[slot].words, others) for slot in slots}

    def _time(self, words: str, others: Sequence[str]) -> _Fill:
        if not self._usable(words) or (others is MOMENTS and words not in MOMENTS):
            usable = [other for other in others if self._usable(other)]
            if not usable:
                raise Unfit("no time fits")
            words = self.dice.pick(usable)
        return self._as_typed(words)

    def _as_typed(self, words: str) -> _Fill:
        span = span_of(words, self.site.clock)
        value = TimeValue((Window(*span, words),)) if span else None
        return _Fill(SlotKind.TIME, words, value)

    def _usable(self, words: str) -> bool:
        """Whether its meaning is known and the household has data then."""
        span = span_of(words, self.site.clock)
        if span is None:
            return False
        return min(span[1], self.site.record[1]) - max(span[0], self.site.record[0]) >= LEAST_DATA


def _bindings(slots: Sequence[_Fill], uses: Sequence[object]) -> Bindings:
    devices, times, hours, numbers, states = {}, {}, {}, {}, {}
    for slot in {use.slot for use in uses}:  # type: ignore[attr-defined]  # SlotUse
        fill = slots[slot]
        if isinstance(fill.meaning, Subject):
            devices[slot] = fill.meaning
        elif isinstance(fill.meaning, TimeValue):
            times[slot] = fill.meaning
        elif isinstance(fill.meaning, TimeFilter):
            hours[slot] = fill.meaning
        elif isinstance(fill.meaning, float):
            numbers[slot] = fill.meaning
        elif isinstance(fill.meaning, str):
            states[slot] = fill.meaning
    return Bindings(devices, times, hours, numbers, states, LIMITS)
