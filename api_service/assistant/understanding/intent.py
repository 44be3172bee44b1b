"""The kind of answer that a text asks for, before its devices and window are settled."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from api_service.assistant.text.words import joined
from api_service.assistant.types import Intent, Order, Quantity, Relation
from api_service.assistant.understanding.refusal_rules import DeclineReason
from api_service.assistant.understanding.utterance import Utterance
from api_service.metering.measure import Statistic


@dataclass(frozen=True)
class IntentFrame:
    """The kind of answer, as far as the text alone tells.

    `current` is true where the latest reading is meant and not a window. `certainty` is below 1 for a guess.
    """

    intent: Intent
    quantity: Quantity | Relation = Quantity.POWER
    statistic: Statistic | Relation = Statistic.LATEST
    order: Order = Order.MOST
    top: int = 1
    current: bool = False
    certainty: float = 1.0


ParseResult = IntentFrame | DeclineReason
Rule = Callable[[Utterance], ParseResult | None]
"""What a rule makes of a text; None where it does not fit."""

LEVELS = (
    ("voltage", Quantity.VOLTAGE),
    ("reactive", Quantity.REACTIVE_POWER),
    ("apparent", Quantity.APPARENT_POWER),
    ("frequency", Quantity.FREQUENCY),
    ("current", Quantity.CURRENT),
)
"""Concepts of the quantities that are levels and not amounts, the clearest first."""

GUESS = 0.7
LIKELY = 0.9


def phrase(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words, written over one line or several."""
    return re.compile(rf"(?<!\S)(?:{joined(pattern)})(?!\S)")
