"""Refusals, small talk and explanations for which no word of the question gives the ground; pure.

A forecast needs a word of the future, a cause one of causes, thanks one of thanks. Of some reasons any word
may speak that the vocabulary does not hold.
"""

from collections.abc import Sequence

from api_service.assistant.entities.entity import Entity, TimeValue
from api_service.assistant.query.coverage import evokes, strange_words
from api_service.assistant.query.query import Ask, Explain, Outcome
from api_service.assistant.query.syntax import slot_of
from api_service.assistant.understanding.reading.commands import names_an_order
from api_service.assistant.understanding.reading.vocabulary import pattern_of, words_of
from api_service.metering.measures import MEASURES

_WITH_WORDS_OF_THEIR_OWN = frozenset((Outcome.FORECAST, Outcome.WHY, Outcome.THANKS, Outcome.GREETING))
_OF_STRANGE_WORDS = frozenset((Outcome.LANGUAGE, Outcome.GIBBERISH, Outcome.OFF_TOPIC))
_OF_ANY_WORDS = frozenset((Outcome.UNSUPPORTED, Outcome.UNCLEAR, Outcome.HELP))
_VALUES = frozenset(("base_load", "peak_load", "standby"))
"""Terms that are values of the site as well."""


def groundless(
    words: Sequence[str], request: Outcome | Explain, entities: Sequence[Entity]
) -> tuple[str, ...]:
    """The request, where no word gives the ground for it."""
    line = " ".join(words)
    if isinstance(request, Explain):
        return (Ask.VALUE.value,) if _wants_a_value(request, line) else ()
    if request in _WITH_WORDS_OF_THEIR_OWN:
        lacks = _lacks_its_words(words, request, line, entities)
    else:
        lacks = request not in _OF_ANY_WORDS and not strange_words(words) and _lacks_any(words, request, line)
    return (request.value,) if lacks else ()


def _wants_a_value(request: Explain, line: str) -> bool:
    is_term = request.value is not None or pattern_of("declined", "of_the_word").search(line)
    return (
        request.term in _VALUES and not is_term and bool(pattern_of("declined", "of_the_site").search(line))
    )


def _lacks_its_words(words: Sequence[str], request: Outcome, line: str, entities: Sequence[Entity]) -> bool:
    if pattern_of("declined", request.value).search(line):
        return False
    if request is Outcome.FORECAST:
        return not any(_is_future(entity) for entity in entities)
    if request is Outcome.WHY:
        return words_of("declined", "why_at_the_end").isdisjoint(words[-1:])
    return _speaks_of_data(words)


def _lacks_any(words: Sequence[str], request: Outcome, line: str) -> bool:
    if request in _OF_STRANGE_WORDS:
        return _speaks_of_data(words) and not evokes(words, Outcome.OTHER_QUANTITY.value)
    if request is Outcome.ADVICE:
        return not pattern_of("declined", "advice").search(line)
    if request is Outcome.CONTROL:
        return bool(pattern_of("questions", "first").match(line)) and not names_an_order(words)
    return not evokes(words, request.value)


def _speaks_of_data(words: Sequence[str]) -> bool:
    """Whether the words name a quantity, a device or a time."""
    return any(slot_of(word) is not None for word in words) or any(evokes(words, key) for key in MEASURES)


def _is_future(entity: Entity) -> bool:
    """Whether a time lies ahead, at least in part."""
    value = entity.value
    return isinstance(value, TimeValue) and any(reading.is_future for reading in value.readings)
