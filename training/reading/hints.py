"""What the numbers of a training sentence count: read from what was written, or told by the query."""

import zlib
from collections.abc import Sequence

from api_service.assistant.entities.entity import MULTIPLE, ORDINAL, UNIT_HINTS, Entity, NumberValue
from api_service.assistant.entities.numbers import find_numbers
from api_service.assistant.query.numbers import NumberRole, NumberUse, number_uses
from api_service.assistant.query.query import Outcome, Request, SlotKind
from api_service.assistant.text.tokens import tokenize
from api_service.metering.measures import MEASURES
from training.voices.voice_file import Bracket, Example

BARE = 5
"""One generated sentence of so many has its numbers without units ("above 210")."""


def written_hints(example: Example) -> tuple[str, ...]:
    """The hint of each slot as the gateway's mask would give it."""
    text, spans = "", []
    for piece in example.pieces:
        start = len(text)
        text += piece.words if isinstance(piece, Bracket) else piece
        if isinstance(piece, Bracket):
            spans.append((start, len(text), piece.kind))
    tokens = tokenize(text)
    others = [(start, end) for start, end, kind in spans if kind is not SlotKind.NUMBER]
    free = [not any(token.start < end and start < token.end for start, end in others) for token in tokens]
    found = find_numbers(text, tokens, free)
    hints = [_hint_at(start, end, found) if kind is SlotKind.NUMBER else "" for start, end, kind in spans]
    return (*hints, *("" for _ in example.inherited))


def _hint_at(start: int, end: int, found: Sequence[Entity]) -> str:
    values = [entity.value for entity in found if entity.start < end and start < entity.end]
    return next((value.hint for value in values if isinstance(value, NumberValue)), "")


def hints_of_request(request: Request, kinds: Sequence[SlotKind], text: str) -> tuple[str, ...]:
    """The hints of a generated sentence; `text` stands for chance: whether its numbers are bare.

    The numbers of a question that is declined may count anything.
    """
    chance = zlib.crc32(text.encode())
    if isinstance(request, Outcome):
        hint = ("", *UNIT_HINTS.values())[chance % (1 + len(UNIT_HINTS))]
        return tuple(hint if kind is SlotKind.NUMBER else "" for kind in kinds)
    hints = [""] * len(kinds)
    if chance % BARE:
        for use in number_uses(request):
            hints[use.slot] = _hint(use)
    return tuple(hints)


def _hint(use: NumberUse) -> str:
    if use.role is NumberRole.BOUND:
        measure = MEASURES.get(use.measure or "")
        return UNIT_HINTS.get(measure.unit, "") if measure else ""
    by_role = {NumberRole.SHARE: "percent", NumberRole.RANK: ORDINAL, NumberRole.FACTOR: MULTIPLE}
    return by_role.get(use.role, "")
