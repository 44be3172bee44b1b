"""What a reading says that words of the question speak against; pure.

A forecast without a word of the future, a cause that nobody asks for, "is it on?" where "has it finished?"
was asked. Such a reading counts only where no other one is sound.
"""

import re
from collections.abc import Sequence

from api_service.assistant.entities.entity import Entity, TimeValue
from api_service.assistant.query.query import Ask, Outcome, Query, Request, StateTest

_FUTURE = re.compile(
    r"""\b(will|ll|won't|shall|would|if|tomorrow|next|coming|upcoming|ahead|future|predict\w*|forecast\w*
    |expect\w*|estimat\w*|project\w*|extrapolat\w*|going[ ]to|gonna|likely|probabl[ey]|track|course|pace|speed
    |budget|plan\w*|until|till|by|end|you[ ]think|how[ ]long|soon|eventually|bound[ ]to)\b""",
    re.VERBOSE,
)
_CAUSE = re.compile(
    r"""\b(why\w*|y|how[ ]come|reason\w*|caus\w+|makes|making|made|explain\w*|because|due|behind|whence
    |from[ ]where|from[ ]what|how[ ]is[ ]it|how[ ]can|what[ ]for|for$|owe|account|set|pushed|fault|blame
    |origin|responsible)\b""",
    re.VERBOSE,
)
_OFF = frozenset("off finished finish done stopped stop ended over complete idle".split())  # noqa: SIM905
_ON = frozenset("on running run ran working active going operating started".split())  # noqa: SIM905
_NEGATIONS = frozenset(
    "not no never isn't wasn't hasn't didn't isnt wasnt hasnt didnt still nor without".split()  # noqa: SIM905
)


def contradicted(words: Sequence[str], request: Request, entities: Sequence[Entity]) -> tuple[str, ...]:
    """The parts of `request` that the question's `words` speak against; `entities` are those of its slots."""
    line = " ".join(words)
    if request is Outcome.FORECAST:
        is_future = any(_is_future(entity) for entity in entities)
        return () if is_future or _FUTURE.search(line) else (request.value,)
    if request is Outcome.WHY:
        return () if _CAUSE.search(line) else (request.value,)
    return _state_against(frozenset(words), request) if isinstance(request, Query) else ()


def _is_future(entity: Entity) -> bool:
    """Whether a time lies ahead, at least in part."""
    value = entity.value
    return isinstance(value, TimeValue) and any(reading.is_future for reading in value.readings)


def _state_against(words: frozenset[str], request: Query) -> tuple[str, ...]:
    """ "on" where only the end is spoken of, and "off" where only the running is."""
    state = request.where.state
    if request.ask is not Ask.WHETHER or state is None or _NEGATIONS & words:
        return ()
    if state.test is StateTest.ON and _OFF & words and not _ON & words:
        return ("on",)
    return ("off",) if state.test is StateTest.OFF and _ON & words and not _OFF & words else ()
