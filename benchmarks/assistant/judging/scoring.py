"""Scores an answer against the truth: exact, declined or wrong, each with its reasons."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.assistant.cases import Turn
from benchmarks.assistant.gold.expected_answers import Claim, Expectation
from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.judging.answer_parser import Reading, Spoken, named_devices, read_answer
from benchmarks.assistant.judging.comparing import comparison_faults
from benchmarks.assistant.judging.data_span_claims import told
from benchmarks.assistant.judging.evidence import evidence_faults, evidence_moments, evidence_values
from benchmarks.assistant.judging.labels import label_faults, label_places

LOW_CONFIDENCE = 0.5
_ACTIVE_NO = ("off",)
_ACTIVE_MAYBE = ("standby", "idle", "ready", "unloaded")


@dataclass(frozen=True)
class Score:
    """`verdict` is exact, declined or wrong; `unsupported` are written numbers that nothing stands behind."""

    verdict: str
    reasons: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    answered_by: str = ""
    confidence: float = 0.0


@dataclass
class Said:
    """An answer's body and what its text says."""

    body: dict[str, Any]
    truth: Truth
    asked: str
    reading: Reading = field(init=False)
    mentioned: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.reading = read_answer(self.text, self.truth.names)
        self.mentioned = named_devices(self.text, self.truth.names)

    @property
    def text(self) -> str:
        """The words of the answer."""
        return str(self.body.get("response", ""))

    @property
    def devices(self) -> list[str]:
        """The devices that the body declares."""
        return [str(name) for name in self.body.get("devices", [])]

    @property
    def confidence(self) -> float:
        """The declared confidence."""
        return float(self.body.get("confidence", 0.0))

    @property
    def refuses(self) -> bool:
        """No devices and little confidence: the way in which the service says no."""
        return not self.devices and self.confidence < LOW_CONFIDENCE


def score(turn: Turn, body: dict[str, Any], truth: Truth, asked: str) -> Score:
    """Score one answer's body. `asked` is everything the user has said in the conversation so far."""
    said = Said(body, truth, asked)
    loose = tuple(unsupported(said))
    faults = (*evidence_faults(body, truth), *label_faults(body, truth))
    by = str(body.get("answered_by", ""))
    if not turn.accepted:
        if said.refuses:
            return Score("wrong" if loose or faults else "exact", faults, loose, by, said.confidence)
        return Score("wrong", ("should have been refused",), loose, by, said.confidence)
    closest = min((_mismatches(said, turn.text, expectation) for expectation in turn.accepted), key=len)
    if said.refuses and closest:
        verdict = "wrong" if loose or faults else "declined"
        return Score(verdict, ("refused", *faults), loose, by, said.confidence)
    faults = (*_body_faults(said), *faults, *closest)
    return Score("wrong" if faults or loose else "exact", faults, loose, by, said.confidence)


def _body_faults(said: Said) -> tuple[str, ...]:
    if set(said.devices) != set(said.mentioned):
        return (f"devices {said.devices} but the words name {said.mentioned}",)
    return ()


def _mismatches(said: Said, question: str, expectation: Expectation) -> list[str]:
    """What the answer lacks against one right way to answer."""
    faults = []
    wanted, named = list(expectation.devices), said.mentioned
    if not expectation.others_allowed and set(wanted) != set(named):
        faults.append(f"speaks of {named} instead of {wanted}")
    elif expectation.ordered and named[: len(wanted)] != wanted:
        faults.append(f"order {named} instead of {wanted}")
    faults += [
        f"lacks {claim.value:.6g} {claim.unit}" for claim in expectation.claims if not _says(said, claim)
    ]
    faults += [f"lacks {word!r}" for word in expectation.words if word.lower() not in said.text.lower()]
    faults += _state_faults(said, expectation.words)
    if expectation.clocks and not set(expectation.clocks) & set(said.reading.clocks):
        faults.append(f"lacks {' or '.join(expectation.clocks)}")
    if expectation.values:
        faults += comparison_faults(said.text, question, expectation)
    return faults


def _says(said: Said, claim: Claim) -> bool:
    return any(
        number.unit == claim.unit and number.informs(claim.value)
        for number in said.reading.numbers
        if claim.unit or not number.unit
    )


def _state_faults(said: Said, states: tuple[str, ...]) -> list[str]:
    """A leading yes or no must agree with the state; standby and the like may be either."""
    opening = said.text.strip().lower()
    for state in states:
        if opening.startswith("yes") and state in _ACTIVE_NO:
            return [f"says yes though it is {state}"]
        if opening.startswith("no,") and state not in (*_ACTIVE_NO, *_ACTIVE_MAYBE):
            return [f"says no though it is {state}"]
    return []


def unsupported(said: Said) -> list[str]:
    """Numbers, times and dates of the text that nothing stands behind.

    What may: the evidence, the window and its label if that is true, what the user said, and in a refusal
    the first and latest reading.
    """
    asked = read_answer(said.asked, said.truth.names)
    values = evidence_values(said.body)
    moments = evidence_moments(said.body, said.truth.zone)
    known = told(said.text, said.truth) if said.refuses else Reading((), (), ())
    labels = label_places(said.body, said.truth)
    loose = [
        number.text
        for number in said.reading.numbers
        if not _supported(number, values)
        and not _was_asked(number, asked.numbers)
        and not any(start <= number.at < end for start, end in labels)
    ]
    clocks = {moment.strftime("%H:%M") for moment in moments} | {*asked.clocks, *known.clocks}
    loose += [clock for clock in said.reading.clocks if clock not in clocks]
    days = {day for moment in moments for day in (moment, moment - timedelta(seconds=1))}
    dates = [date for date in said.reading.dates if date not in known.dates]
    loose += [str(date) for date in dates if not _known_date(date, days, asked)]
    return loose


def _supported(number: Spoken, values: list[tuple[float, str]]) -> bool:
    return any(number.agrees(value) for value, unit in values if unit == number.unit or not number.unit)


def _was_asked(number: Spoken, asked: tuple[Spoken, ...]) -> bool:
    return any(number.value == other.value and number.unit in ("", other.unit) for other in asked)


def _known_date(date: tuple[int | None, int, int], days: set[datetime], asked: Reading) -> bool:
    if any(date[1:] == other[1:] for other in asked.dates):
        return True
    return any(date in ((day.year, day.month, day.day), (None, day.month, day.day)) for day in days)
