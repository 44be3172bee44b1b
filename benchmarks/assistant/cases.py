"""From a household's truth and the phrasings to questions with their right answers."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.assistant.gold.expected_answers import Accepted, Subject, Unfair, expect
from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.gold.spans import NamedSpan, spans
from benchmarks.assistant.phrasings import (
    Phrase,
    Phrasings,
    display_name,
    fill,
    number_word,
    roughen,
)
from simulator.rng import Rng

NOW_KINDS = frozenset(
    {
        "power_now",
        "power_total",
        "state",
        "ranking_now",
        "active",
        "active_count",
        "inventory",
        "inventory_count",
    }
)
_TWO_DEVICES = frozenset({"compare"})
_ATTEMPTS = 12


@dataclass(frozen=True)
class Turn:
    """One question. `accepted` are the right answers; where there is none, `refusal` says why."""

    kind: str
    text: str
    accepted: Accepted
    refusal: str | None = None


@dataclass(frozen=True)
class Case:
    """A conversation of one or more turns; `kind` is what it is reported under."""

    identity: str
    kind: str
    turns: tuple[Turn, ...]


class CaseWriter:
    """Asks about one household; the same truth, phrasings and seed give the same cases."""

    def __init__(self, truth: Truth, phrasings: Phrasings, seed: int) -> None:
        self._truth = truth
        self._phrasings = phrasings
        self._dice = Rng(seed, 77)
        self._spans = spans(truth)

    def cases(self) -> Iterator[Case]:
        """One case for every phrasing that the household can be asked fairly."""
        for number, phrase in enumerate(self._phrasings.questions):
            turn = self._fair(phrase)
            if turn is not None:
                yield Case(f"q{number}", turn.kind if turn.accepted else f"refuse:{turn.refusal}", (turn,))
        for number, phrase in enumerate(self._phrasings.refusals):
            text = self._refused(phrase)
            if text is not None:
                turn = Turn(phrase.kind, text, (), phrase.kind)
                yield Case(f"r{number}", f"refuse:{phrase.kind}", (turn,))
        for number in range(len(self._phrasings.dialogues)):
            turns = self._dialogue(number)
            if turns is not None:
                yield Case(f"d{number}", "follow_up", turns)

    def _fair(self, phrase: Phrase) -> Turn | None:
        for _ in range(_ATTEMPTS):
            try:
                return self._question(phrase)
            except Unfair:
                continue
        return None

    def _question(self, phrase: Phrase) -> Turn:
        devices = self._devices(2 if phrase.kind in _TWO_DEVICES else 1)
        key = (
            self._dice.pick([k for k in self._spans if k != "default"])
            if "{when}" in phrase.words
            else "default"
        )
        span = self._dice.pick(self._spans[key])
        _fair_span(phrase.kind, span)
        top = 2 + self._dice.below(2)
        subject = Subject(devices, span, bool(phrase.low_end), top if phrase.kind == "top_k" else 1)
        accepted = expect(phrase.kind, self._truth, subject)
        values = {
            "device": display_name(devices[0], self._dice),
            "other": display_name(devices[-1], self._dice),
            "k": str(top),
            "kword": number_word(top),
        }
        if key != "default":
            values["when"] = fill(self._dice.pick(self._phrasings.windows[key]), span.words)
        refusal = None if accepted else ("stale" if phrase.kind in NOW_KINDS else "empty_window")
        return Turn(phrase.kind, roughen(fill(phrase.words, values), self._dice), accepted, refusal)

    def _devices(self, count: int) -> tuple[str, ...]:
        return tuple(self._dice.sample(self._truth.names, count))

    def _refused(self, phrase: Phrase) -> str | None:
        silent = [meter.name for meter in self._truth.meters if not self._truth.reports(meter)]
        strange = [
            name for name in self._phrasings.unknown_devices if not _resembles(name, self._truth.names)
        ]
        if "{silent}" in phrase.words and not silent:
            return None
        reporting = [meter.name for meter in self._truth.reporting()]
        values = {
            "device": display_name(self._dice.pick(reporting), self._dice),
            "unknown": self._dice.pick(strange),
            "silent": display_name(self._dice.pick(silent), self._dice) if silent else "",
        }
        return roughen(fill(phrase.words, values), self._dice)

    def _dialogue(self, number: int) -> tuple[Turn, ...] | None:
        for _ in range(_ATTEMPTS):
            names = dict(zip("ABC", self._devices(3), strict=False))
            try:
                turns = []
                for said in self._phrasings.dialogues[number]:
                    devices = tuple(names[letter] for letter in said.devices)
                    subject = Subject(devices, self._named_span(said.window), bool(said.phrase.low_end))
                    accepted = expect(said.phrase.kind, self._truth, subject)
                    if not accepted:
                        raise Unfair("the conversation would have to stop")
                    text = fill(said.phrase.words, {k: v.lower() for k, v in names.items()})
                    turns.append(Turn(said.phrase.kind, text, accepted))
            except (Unfair, KeyError):
                continue
            return tuple(turns)
        return None

    def _named_span(self, key: str) -> NamedSpan | None:
        if not key:
            return None
        if not key.startswith("last_") or key == "last_week":
            return self._spans[key][0]
        stem, count = key.rsplit("_", 1)
        return next(span for span in self._spans[stem] if span.words["n"] == count)


def _fair_span(kind: str, span: NamedSpan) -> None:
    """Averages over minutes are fair; energy of a few coarse readings hangs on how the edges are cut."""
    if kind not in ("average", "peak", "thd", "power_factor") and span.window[1] - span.window[0] < 3 * 3600:
        raise Unfair("a short window for an integral")


def _resembles(name: str, known: tuple[str, ...]) -> bool:
    words = set(name.lower().split())
    return any(
        words & set(other.lower().split())
        or difflib.SequenceMatcher(None, name, other.lower()).ratio() > 0.55
        for other in known
    )
