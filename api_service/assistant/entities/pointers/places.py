"""Devices by their place among those before: "the first one", "the other one", "the two"; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api_service.assistant.entities.entity import DeviceValue, Entity
from api_service.assistant.query.query import SlotKind
from api_service.assistant.text.tokens import Token
from api_service.assistant.types import DeviceRef

_PLACES = {
    "first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "last": -1, "latter": -1,
}  # fmt: skip
_ONE = r"(?:one|ones|device|appliance|machine|of (?:them|those|these|the (?:two|three|four|five)))"
_NTH = re.compile(
    rf"\b(?:the |that |this )?(?:very )?(?P<nth>{'|'.join(_PLACES)}) {_ONE}\b"
    r"|\bthe (?P<of_two>former|latter)\b"
)
_OTHER = re.compile(
    r"\b(?:the |that )other (?:one|device|appliance|machine|of the two)\b|\bthe other(?= \?| \.| !|$)"
)
_ALL = re.compile(
    r"\b(?:both )?(?:the|these|those|all|them|they) (?:two|three|four|five|pair)(?: of (?:them|those|these))?"
    r"(?= \?| \.| !| ,|$| (?:had|has|have|was|were|did|do|does|is|are|use[ds]?|ran|run|cost|took|take|drew|"
    r"draw|together|each|combined|consumed?|in|on|yesterday|today|last|side|<slot>)\b)"
)  # fmt: skip
_NOW_FOR = re.compile(
    r"now,? (?:for|the same|with|add|only|without|by|per|and|show|compare|do|what about|how about)\b"
)
SEVERAL = 2
_BEFORE_SUBJECT = frozenset("did do does have had has are were is was and".split())  # noqa: SIM905


@dataclass(frozen=True)
class NamedBefore:
    """`known` are the devices that were spoken of last, together where they are a set; `current` are those of
    the question before, if there is one.
    """

    known: tuple[DeviceRef, ...] = ()
    current: tuple[DeviceRef, ...] = ()
    is_set: bool = False
    has_question: bool = False


def find_places(tokens: Sequence[Token], text: str, before: NamedBefore) -> list[Entity]:
    """The devices that are named by their place; none where there is no such place."""
    line, found = _line(tokens), []
    if len(before.known) < SEVERAL:
        return []
    for match in _NTH.finditer(line):
        place = _PLACES[match["nth"] or match["of_two"]]
        if (
            before.is_set
            and place < len(before.known)
            and not (match["of_two"] and len(before.known) > SEVERAL)
        ):
            found.append(_entity(tokens, line, text, match, before.known[place]))
    others = [device for device in before.known if device not in before.current]
    if len(others) == 1:
        found += [_entity(tokens, line, text, match, others[0]) for match in _OTHER.finditer(line)]
    return found


def several_at(tokens: Sequence[Token], before: NamedBefore) -> list[tuple[int, int, str]]:
    """Tokens `[first, last)` such as "the two" with the pronoun for them, where a question goes before."""
    if not before.has_question:
        return []
    line, found = _line(tokens), []
    for match in _ALL.finditer(line):
        words = line[: match.start()].split()
        is_subject = not words or words[-1] in _BEFORE_SUBJECT
        found.append((*_tokens_of(line, match), "they" if is_subject else "them"))
    return found


def passed_over(tokens: Sequence[Token], before: NamedBefore) -> range:
    """The "now" of "now for Saturday", which is no time; empty where there is none."""
    is_joint = before.has_question and bool(_NOW_FOR.match(_line(tokens)))
    return range(1 if is_joint else 0)


def _line(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _tokens_of(line: str, match: re.Match[str]) -> tuple[int, int]:
    return line.count(" ", 0, match.start()), line.count(" ", 0, match.end()) + 1


def _entity(tokens: Sequence[Token], line: str, text: str, match: re.Match[str], device: DeviceRef) -> Entity:
    first, last = _tokens_of(line, match)
    start, end = tokens[first].start, tokens[last - 1].end
    return Entity(SlotKind.DEVICE, start, end, text[start:end], DeviceValue(device.name, (device,)))
