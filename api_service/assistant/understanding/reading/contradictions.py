"""What a reading says that words of the question speak against; pure.

A forecast without a word of the future, a cause that nobody asks for, "is it on?" where "has it finished?"
was asked, an hour where a day was. Such a reading counts only where no other one is sound. The words stand in
vocabulary.toml.
"""

from collections.abc import Sequence

from api_service.assistant.entities.entity import Entity
from api_service.assistant.query.query import (
    Ask,
    Explain,
    Outcome,
    Per,
    Query,
    Request,
    StateTest,
)
from api_service.assistant.understanding.reading.groundless import groundless
from api_service.assistant.understanding.reading.vocabulary import pattern_of, words_of
from api_service.metering.measures import Statistic

_OF_STATES = frozenset(("state", "on_time", "switch_ons", "duration", "last_seen", "samples"))
"""Measures that need no word of running for a condition on it."""
_SUBJECTS = frozenset((Ask.WHICH, Ask.LIST, Ask.HOW_MANY))


def contradicted(words: Sequence[str], request: Request, entities: Sequence[Entity]) -> tuple[str, ...]:
    """The parts of `request` that the question's `words` speak against; `entities` are those of its slots."""
    line = " ".join(words)
    if isinstance(request, Outcome | Explain):
        return groundless(words, request, entities)
    if isinstance(request, Query):
        found = (_state_against(frozenset(words), line, request), _form_against(line, request))
        return tuple(part for parts in (*found, _extreme_against(line, request)) for part in parts)
    return ()


def state_without_words(words: Sequence[str], request: Request) -> tuple[str, ...]:
    """The condition on running of a value, where no word speaks of running."""
    if not isinstance(request, Query) or request.where.state is None or request.measure in _OF_STATES:
        return ()
    test = request.where.state.test
    says = test not in (StateTest.ON, StateTest.OFF) or pattern_of("states", "runs").search(" ".join(words))
    return () if says else (test.value,)


def _state_against(words: frozenset[str], line: str, request: Query) -> tuple[str, ...]:
    """ "on" where only the end is spoken of, and "off" where only the running is."""
    state = request.where.state
    if state is None:
        return ()
    if state.test is StateTest.ON and request.ask in _SUBJECTS and _says(words, "nothing"):
        return ("on",)
    is_past = request.ask in _SUBJECTS and request.windows is not None
    if is_past and pattern_of("negations", "not_on").search(line) and state.test is StateTest.ON:
        return ("on",)
    if request.ask is not Ask.WHETHER or _says(words, "negations"):
        return ()
    if state.test is StateTest.ON and _says(words, "off") and not _says(words, "on"):
        return ("on",)
    return ("off",) if state.test is StateTest.OFF and _says(words, "on") and not _says(words, "off") else ()


def _says(words: frozenset[str], entry: str) -> bool:
    return not words.isdisjoint(words_of("states", entry))


def _form_against(line: str, request: Query) -> tuple[str, ...]:
    """What is usual where no word speaks of it, one result where all were to be put in order, and an hour
    where a day is asked for.
    """
    found = []
    if request.usual and not pattern_of("forms", "usual").search(line):
        found.append("usual")
    if pattern_of("forms", "ordered").search(line) and request.ask in (Ask.WHEN, Ask.VALUE):
        found.append(request.ask.value)
    if pattern_of("forms", "days").search(line) and request.per in (Per.HOUR, Per.HOUR_OF_DAY):
        found.append(request.per.value)
    return tuple(found)


def _extreme_against(line: str, request: Query) -> tuple[str, ...]:
    """Another statistic than the one that says how far a value went."""
    found = []
    for way, statistic in (("went_high", Statistic.MAX), ("went_low", Statistic.MIN)):
        if pattern_of("forms", way).search(line) and statistic is not request.statistic:
            found.append(request.statistic.value)
    return tuple(found)
