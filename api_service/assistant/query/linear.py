"""Requests as text and back: `parse`, `print_request`, and what is known of the slots in between."""

from collections.abc import Mapping

from api_service.assistant.query.grammar import GRAMMAR, QueryGrammar
from api_service.assistant.query.query import Request, Slot
from api_service.assistant.query.syntax.nodes import Cursor, SlotUse, slot_of, slot_token


def parse(text: str, grammar: QueryGrammar = GRAMMAR) -> Request:
    """The request that a linear form stands for: "value energy these <extra_id_0> in <extra_id_1>".

    Raises `ParseError` (a `ValueError`) that names the token and what was expected there.
    """
    cursor = Cursor(text.split())
    request: Request = grammar.root.parse(cursor)
    if cursor.token:
        raise cursor.fail("the end")
    return request


def print_request(request: Request, grammar: QueryGrammar = GRAMMAR) -> str:
    """The canonical linear form: `parse` gives back an equal request."""
    return " ".join(
        slot_token(token.slot) if isinstance(token, SlotUse) else token
        for token in grammar.root.tokens(request)
    )


def slots_used(request: Request, grammar: QueryGrammar = GRAMMAR) -> list[SlotUse]:
    """Every use of a slot, in the order of the linear form."""
    return [token for token in grammar.root.tokens(request) if isinstance(token, SlotUse)]


def renumbered(request: Request, numbers: Mapping[Slot, Slot], grammar: QueryGrammar = GRAMMAR) -> Request:
    """The same request with other slot numbers; slots that `numbers` does not hold stay as they are."""
    tokens = print_request(request, grammar).split()
    slots = [slot_of(token) for token in tokens]
    moved = [
        token if slot is None else slot_token(numbers.get(slot, slot))
        for token, slot in zip(tokens, slots, strict=True)
    ]
    return parse(" ".join(moved), grammar)
