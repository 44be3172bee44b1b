"""Random well-typed requests, for training and for tests; weights stand in the grammar."""

import random

from api_service.assistant.query.grammar import GRAMMAR, QueryGrammar
from api_service.assistant.query.query import Query, Request
from api_service.assistant.query.syntax import SLOT_LIMIT, Draw
from api_service.assistant.query.type_rules import type_fault


def sample_any(rng: random.Random, grammar: QueryGrammar = GRAMMAR) -> Request:
    """A request that the grammar allows, whether it makes sense or not; slots count up from 0."""
    while True:
        draw = Draw(rng)
        request: Request = grammar.root.sample(draw)
        if draw.slots <= SLOT_LIMIT:
            return request


def sample_request(rng: random.Random, grammar: QueryGrammar = GRAMMAR) -> Request:
    """A well-typed request; slots count up from 0 in the order of the linear form.

    Its form is drawn first and kept, so that forms with many rules come as often as their weight says.
    """
    form = _form(sample_any(rng, grammar))
    while True:
        request = sample_any(rng, grammar)
        if _form(request) == form and type_fault(request, grammar.measures) is None:
            return request


def _form(request: Request) -> str:
    return request.ask.value if isinstance(request, Query) else type(request).__name__
