"""What is told beside a question: "the guests stayed late so how much did we use", "… as i was away"; pure.

A clause before or after the question that holds no slot tells why it is asked. Its words need no place in the
query, unless they name a statistic or a period.
"""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.query.coverage import Leftover, evokes
from api_service.assistant.query.syntax import slot_of
from api_service.assistant.understanding.reading.vocabulary import pattern_of, words_of

LIGHTER = 0.3
"""What a word of an aside weighs of its weight elsewhere."""
SHORTEST_QUESTION, SHORTEST_ASIDE = 3, 3
_TELLING = (
    "median", "p95", "mean", "max", "min", "trend", "share", "hour", "day", "week", "month", "weekday",
    "hour_of_day", "weekday_or_weekend",
)  # fmt: skip
"""Parts of a query that are asked for wherever they are spoken of."""


def lightened(words: Sequence[str], left: Sequence[Leftover]) -> list[Leftover]:
    """The leftovers, those in an aside with less weight."""
    first, after = question_of(words)
    return [
        one
        if (first <= one.start and one.end <= after) or _tells(words[one.start : one.end])
        else _lighter(one)
        for one in left
    ]


def question_of(words: Sequence[str]) -> tuple[int, int]:
    """The words `[first, after)` that ask, the asides before and after them left out."""
    first = _end_of_first_aside(words)
    return first, _start_of_last_aside(words, first)


def _lighter(one: Leftover) -> Leftover:
    return replace(one, weight=one.weight * LIGHTER)


def _tells(words: Sequence[str]) -> bool:
    return any(evokes(words, part) for part in _TELLING)


def _end_of_first_aside(words: Sequence[str]) -> int:
    for place in range(SHORTEST_ASIDE - 1, len(words) - SHORTEST_QUESTION):
        if slot_of(words[place]) is not None or words[0] in words_of("asides", "openings"):
            return 0
        is_joint = words[place] in words_of("asides", "joints")
        if is_joint and words[place + 1] in words_of("asides", "openings"):
            return place + 1
    return 0


def _start_of_last_aside(words: Sequence[str], first: int) -> int:
    slots = [place for place, word in enumerate(words) if slot_of(word) is not None]
    after_slots = max(slots, default=first - 1) + 1
    earliest = max(after_slots, first + SHORTEST_QUESTION)
    for place in range(earliest, len(words) - SHORTEST_ASIDE + 1):
        line = " ".join(words[place:])
        if pattern_of("asides", "reasons").match(line):
            return place
        if place == after_slots and slots and _begins_clause(words[place:]):
            return place
    return len(words)


def _begins_clause(words: Sequence[str]) -> bool:
    corrects = words[1] in words_of("asides", "corrections")
    return not corrects and bool(pattern_of("asides", "subjects").match(" ".join(words)))
