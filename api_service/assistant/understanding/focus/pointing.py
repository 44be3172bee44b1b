"""Whether a question points at the result of the answer before, and not at its question; pure.

"What did it cost?" after "which device used the most?" is about that device, "and yesterday?" is the same
question of another time.
"""

import re
from enum import StrEnum

from api_service.assistant.entities.entity import DeviceValue
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.query import SlotKind

_ONE = re.compile(r"\b(?:it|its|it's|itself|the winner|that one|this one)\b")
_SEVERAL = re.compile(
    r"\b(?:they|them|their|theirs|both|those two|these two"
    r"|(?:which|who) (?:was|is) (?:higher|lower|more|less))\b"
)
_THAT = re.compile(
    r"\b(?:that|this|those|these)(?: (?:device|appliance|machine|one|ones|devices|appliances|machines))?"
    r"(?!\w| (?:the|a|we|i|there|it|they|you|used|was|were|is|are|has|had|have) \w+ \w+)"
)
_BARE = re.compile(
    r"(?:(?:and|so|ok|okay|but|thanks|please|well|hm|ah|oh) )*"
    r"(?:how (?:much|many|long|often|high|big|low)|what|when|since when|(?:at|on|in) (?:what|which)"
    r"|which day|what day|from when)"
    r"(?: (?:exactly|precisely|energy|power|kwh|watts|time|day|hour|moment|date|minute|was|is|were|are|did"
    r"|does|the|exact|in|total|value|figure|number|amount|percent|percentage|share|of|cost|money|euros|figures"
    r"|numbers|use|used|please|then))*"
)
_LEANING = re.compile(r"\b(?:that|then|same|later|earlier|before|after that)\b", re.I)
_OF_ALL = frozenset(
    "we us our ours everything house home site whole overall altogether i my all".split()  # noqa: SIM905
)
_RANKING = frozenset("most least top highest lowest second third fourth fifth".split())  # noqa: SIM905
_NAMES = {SlotKind.DEVICE, SlotKind.GROUP}


class Pointed(StrEnum):
    """What a question points at: NOTHING, the RESULT of the answer before, or SEVERAL devices."""

    NOTHING = "nothing"
    RESULT = "result"
    SEVERAL = "several"


def pointed_at(masked: MaskedQuestion) -> Pointed:
    """What of the answer before the question is about."""
    words = [word.text for word in masked.words]
    line = " ".join(words).replace("’", "'")
    if _SEVERAL.search(line):
        return Pointed.SEVERAL
    if _ONE.search(line):
        return Pointed.RESULT
    names = [entity for entity in masked.entities if entity.kind in _NAMES]
    if names:
        is_alone = len(words) == len(names) == 1 and _is_place(masked)
        return Pointed.RESULT if is_alone else Pointed.NOTHING
    if not _OF_ALL.isdisjoint(words):
        return Pointed.NOTHING
    return Pointed.RESULT if _THAT.search(line) or asks_barely(masked) else Pointed.NOTHING


def _is_place(masked: MaskedQuestion) -> bool:
    """Whether a device is named by its place alone: "the second one"."""
    value = masked.entities[0].value
    return isinstance(value, DeviceValue) and masked.entities[0].text.casefold() != value.name.casefold()


def asks_barely(masked: MaskedQuestion) -> bool:
    """Whether it only asks how much or when: "how much exactly?", "at what time?"."""
    words = [word.text for word in masked.words]
    if not words or masked.entities or not _OF_ALL.isdisjoint(words) or not _RANKING.isdisjoint(words):
        return False
    return bool(_BARE.fullmatch(" ".join(words)))


def leans_on_time(masked: MaskedQuestion) -> bool:
    """Whether a time of it is told by the one before: "that day", "an hour later"."""
    times = [entity for entity in masked.entities if entity.kind is SlotKind.TIME]
    return any(_LEANING.search(entity.text) for entity in times)
