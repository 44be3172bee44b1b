"""Two questions in one: "how much did the fridge use yesterday and what did it cost"; pure.

A query has one answer. Where a second question follows the first, neither may be dropped silently.
"""

import re

SHORTEST, SHORTEST_SECOND = 3, 4
"""Words of a question of its own: "and how many watts" belongs to the one before."""
_OPENING = r"what|how\s+(?:much|many|long|often|high|low)|which|who|is|are|was|were|did|does|has|have"
_JOINT = re.compile(
    rf"(?:\s*[,;])?\s+(?:and|also|plus)\s+(?=(?:{_OPENING})\b)|\?\s+(?=(?:{_OPENING})\b)", re.I
)
_BEGINS = re.compile(rf"\W*(?:\w+\W+){{0,3}}?(?:{_OPENING}|when|show|give|list|tell)\b", re.I)
_OF_THE_FIRST = re.compile(
    r"what about|how about|\w+ (?:many|much|long|often) each\b"
    r"|(?:is|was) (?:it|that) (?:the same|like|ok|normal)|how (?:does|do|did) (?:it|that|they) compare",
    re.I,
)
"""What only adds to the first question, or compares."""


def two_questions(text: str) -> tuple[str, str] | None:
    """The two questions of a text, None for one.

    "what does a weekday cost and what does a Sunday cost" is one comparison.
    """
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()].strip(), text[joint.end() :].strip()
        is_short = len(first.split()) < SHORTEST or len(second.split()) < SHORTEST_SECOND
        if is_short or not _BEGINS.match(first):
            continue
        is_parallel = first.lower().split()[:2] == second.lower().split()[:2] or _speaks_of_week(
            first, second
        )
        if not is_parallel and not _OF_THE_FIRST.match(second):
            return first, second
    return None


def _speaks_of_week(first: str, second: str) -> bool:
    return all(re.search("week(day|end)", part, re.I) for part in (first, second))
