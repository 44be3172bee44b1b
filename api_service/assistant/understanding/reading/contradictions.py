"""What a reading says that words of the question speak against; pure.

A forecast without a word of the future, a cause that nobody asks for, "is it on?" where "has it finished?"
was asked, an hour where a day was. Such a reading counts only where no other one is sound.
"""

import re
from collections.abc import Sequence

from api_service.assistant.entities.entity import Entity, TimeValue
from api_service.assistant.query.coverage import evokes, strange_words
from api_service.assistant.query.query import Ask, Outcome, Per, Query, Request, StateTest
from api_service.assistant.understanding.reading.commands import names_an_order

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
_ADVICE = re.compile(
    r"""\b(should|shall|recommend\w*|advi[sc]\w*|how[ ](?:can|do|could|might|would|to|i|we)|way|tips?|sav\w+
    |reduc\w+|lower|worth\w*|ought|better|best|could|can|suggest\w*|help|improve|fix|buy|change|switch|replac\w+
    |would|must|need[ ]to|what[ ]to|cheap\w*|clever|wise\w*|pay[ ]off|reckon|measure|rid|make|time[ ]to|good
    |what[ ]if|do)\b""",
    re.VERBOSE,
)
_ORDERED = re.compile(
    r"\b(?:smallest|largest|biggest|highest|lowest|most|least|greatest|best|worst|cheapest|dearest) first\b"
    r"|\b(?:sorted|ascending|descending)\b"
)
_DAYS = re.compile(r"\b(?:which|what) (?:day|weekday|date)\b")
_SUBJECTS = frozenset((Ask.WHICH, Ask.LIST, Ask.HOW_MANY))
_ASKING = frozenset(
    "has have had is are was were did does do what when which who how give list show name print".split()  # noqa: SIM905
)
_NOTHING = frozenset(("nothing", "none"))
_OFF = frozenset("off finished finish done stopped stop ended over complete idle".split())  # noqa: SIM905
_ON = frozenset("on running run ran working active going operating started".split())  # noqa: SIM905
_NEGATIONS = frozenset(
    "not no never isn't wasn't hasn't didn't isnt wasnt hasnt didnt still nor without".split()  # noqa: SIM905
)


def contradicted(words: Sequence[str], request: Request, entities: Sequence[Entity]) -> tuple[str, ...]:
    """The parts of `request` that the question's `words` speak against; `entities` are those of its slots."""
    line = " ".join(words)
    if isinstance(request, Outcome):
        return (request.value,) if _is_groundless(request, words, line, entities) else ()
    if isinstance(request, Query):
        return (*_state_against(frozenset(words), request), *_form_against(line, request))
    return ()


def _is_groundless(request: Outcome, words: Sequence[str], line: str, entities: Sequence[Entity]) -> bool:
    """Whether no word gives the reason for which a question would be declined.

    Of some reasons any word may speak that the vocabulary does not hold.
    """
    if request is Outcome.FORECAST:
        return not (any(_is_future(entity) for entity in entities) or _FUTURE.search(line))
    if request is Outcome.WHY:
        return not _CAUSE.search(line)
    if request not in (Outcome.ADVICE, Outcome.OTHER_QUANTITY, Outcome.CONTROL) or strange_words(words):
        return False
    if request is Outcome.ADVICE:
        return not _ADVICE.search(line)
    if request is Outcome.CONTROL:
        is_list = tuple(words[:2]) == ("a", "list")
        return (words[0] in _ASKING or is_list) and not names_an_order(words)
    return not evokes(words, request.value)


def _is_future(entity: Entity) -> bool:
    """Whether a time lies ahead, at least in part."""
    value = entity.value
    return isinstance(value, TimeValue) and any(reading.is_future for reading in value.readings)


def _state_against(words: frozenset[str], request: Query) -> tuple[str, ...]:
    """ "on" where only the end is spoken of, and "off" where only the running is."""
    state = request.where.state
    if state is not None and state.test is StateTest.ON and request.ask in _SUBJECTS and _NOTHING & words:
        return ("on",)
    if request.ask is not Ask.WHETHER or state is None or _NEGATIONS & words:
        return ()
    if state.test is StateTest.ON and _OFF & words and not _ON & words:
        return ("on",)
    return ("off",) if state.test is StateTest.OFF and _ON & words and not _OFF & words else ()


def _form_against(line: str, request: Query) -> tuple[str, ...]:
    """One result where all were to be put in order, and an hour where a day is asked for."""
    found = []
    if _ORDERED.search(line) and request.ask in (Ask.WHEN, Ask.VALUE):
        found.append(request.ask.value)
    if _DAYS.search(line) and request.per in (Per.HOUR, Per.HOUR_OF_DAY):
        found.append(request.per.value)
    return tuple(found)
