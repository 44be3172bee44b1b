"""Claims of states: that a device is on, off, in standby; by the condition that was asked or by a cell."""

from dataclasses import dataclass

from api_service.assistant.query.query import StateTest
from api_service.assistant.verification.claims.text.clauses import Sentence, is_subject
from api_service.assistant.verification.claims.text.material import Item, Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.verdict import Report

_AFTER_PREPOSITION = frozenset(
    [
        "average",
        "only",
        "none",
        "no",
        "both",
        "all",
        "which",
        "one",
        "two",
        "three",
        "some",
        "each",
        "every",
        "the",
        "a",
        "an",
        "its",
    ]
)


@dataclass(frozen=True)
class States:
    """Checks the words of states in one sentence."""

    sentence: Sentence
    material: Material
    report: Report

    def check(self) -> None:
        """Check every word of a state."""
        for place, token in enumerate(self.sentence.tokens):
            if token.kind is not Kind.WORD or token.word not in ("on", "off", "standby", "idle", "running"):
                continue
            if token.word == "on" and not is_state_word(self.sentence, place):
                continue
            self.report.claim(self._state_holds(place, token.word), f"nothing is said to be {token.word}")

    def _state_holds(self, place: int, word: str) -> bool:
        query = self.material.query
        if word == "on" and query.measure in ("on_time", "switch_ons"):
            return True
        if word == "off" and query.measure == "switch_ons" and self.sentence.word(place - 1) == "switched":
            return False
        owner = self.sentence.owner(place, is_subject) or self.sentence.subject
        state = query.where.state
        found = [item for item in self.material.items if _is_state(item, word)]
        fitting = [
            item for item in found if owner is None or item.subject in owner.subjects or item.cell.state
        ]
        if not fitting and state is not None and state.test in (StateTest.ON, StateTest.OFF):
            return word == state.test.value
        self.report.stated.update(item.place for item in fitting if not item.is_number)
        return bool(fitting)


def is_state_word(sentence: Sentence, place: int) -> bool:
    """Whether "on" is a state here and no preposition."""
    if sentence.word(place) != "on":
        return sentence.word(place) == "off"
    if sentence.word(place - 1) == "switched" or sentence.word(place + 1) == "standby":
        return False
    following = sentence.kind(place + 1)
    if following in (Kind.TIME, Kind.MOMENT, Kind.NUMBER):
        return False
    return sentence.word(place + 1) not in _AFTER_PREPOSITION


def _is_state(item: Item, word: str) -> bool:
    values = (item.cell.state, item.cell.value)
    return any(isinstance(value, str) and value.casefold() == word for value in values)
