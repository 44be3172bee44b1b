"""What grammars are made of: nodes that read, print, join an automaton and are sampled."""

from api_service.assistant.query.syntax.nodes import (
    SLOT_LIMIT,
    Draw,
    ParseError,
    SlotUse,
    slot_of,
    slot_token,
)

__all__ = ["SLOT_LIMIT", "Draw", "ParseError", "SlotUse", "slot_of", "slot_token"]
