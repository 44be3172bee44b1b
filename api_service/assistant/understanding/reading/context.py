"""Whether a question goes on from the one before it or stands by itself; pure."""

import math

from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.query import Outcome
from api_service.assistant.understanding.focus.fragments import (
    is_bare_device,
    is_bare_time,
    is_correction,
    is_of_the_last,
)
from api_service.assistant.understanding.focus.pointing import asks_barely, leans_on_time
from api_service.assistant.understanding.reading.reading import Reading

SURE_IN_CONTEXT = math.log(0.8)
"""The log-probability from which on a reading in its context needs no other beside it."""
FEWEST_WORDS = 3
"""So many words beside its slots stand by themselves; "top 3" goes on from the question before."""
_OPENINGS = frozenset(
    ("and", "or", "but", "then", "also", "plus", "only", "just", "without", "except", "not")
)
_POINTERS = frozenset(
    (
        *(
            "it",
            "its",
            "that",
            "those",
            "these",
            "them",
            "they",
            "their",
            "there",
            "same",
            "instead",
            "again",
        ),
        *("one", "ones", "too", "both", "others", "else"),
    )
)
_ABOUT = frozenset((("what", "about"), ("how", "about"), ("what", "of"), ("what", "if")))


def points_back(masked: MaskedQuestion) -> bool:
    """Whether a word of the question cannot be understood without the one before."""
    words = [word.text for word in masked.words if word.slot is None]
    if len(words) < FEWEST_WORDS:
        return True
    if words[0] in _OPENINGS or tuple(words[:2]) in _ABOUT or _POINTERS & set(words):
        return True
    line = " ".join(words)
    is_form = is_of_the_last(words) or is_correction(line) or is_bare_device(line) or is_bare_time(line)
    return is_form or asks_barely(masked) or leans_on_time(masked)


def is_reading(reading: Reading) -> bool:
    """Whether anything was made of the question; alone, half a sentence is unclear."""
    return reading.request is not None and reading.request is not Outcome.UNCLEAR
