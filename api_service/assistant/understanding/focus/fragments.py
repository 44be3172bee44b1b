"""Forms of short follow-ups, each told by a closed vocabulary; pure.

A line is the question's words in lower case, a slot as "<slot>".
"""

import re
from collections.abc import Sequence

from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.understanding.focus.pointing import leans_on_time

WHOLE_QUESTION = 5
"""From so many words on a question without a pointer stands by itself, as the reader has learnt it."""
_OPENING = (
    r"(?:(?:and|so|but|ok|okay|oh|sorry|no|thanks|please|well|now|then|also|or|what about|how about|"
    r"instead) )*"
)
_LITTLE = r"(?: (?:in|also|to it|to that|to this|too|as well|the|and|<slot>|please))*"
_ADDING = re.compile(rf"{_OPENING}(?:add|include|plus|also){_LITTLE}")
_WHEN = re.compile(
    rf"{_OPENING}(?:when|(?:at|on|in)? ?(?:what|which) (?:time|day|date|moment|hour)|since when)"
    r"(?: exactly| precisely)?(?: (?:was|is|did) (?:that|it|this|the peak)(?: happen| occur| be)?)?"
    r"(?: exactly| precisely| then)?"
)
_HOW_MUCH = re.compile(
    rf"{_OPENING}(?:how much|how many|what)"
    r"(?: (?:exactly|precisely|was|is|were|are|it|that|they|in numbers|then|kwh|in kwh))*"
)
_DEVICE = re.compile(
    rf"{_OPENING}(?:(?:on|by|for|at|with|of) )?(?:which|what) (?:device|one|appliance|machine|circuit|plug)"
    r"(?: (?:was|is) (?:it|that|this))?"
)
_WHOLE = re.compile(
    rf"{_OPENING}(?:(?:for|of|in) )?(?:the )?"
    r"(?:(?:whole|entire) (?:house|home|site|place|flat|building|household)"
    r"|everything|all devices)(?: (?:together|in total|altogether|else too|combined))?(?: please)?"
)
_ON = re.compile(
    rf"{_OPENING}(?:what|which|who)(?: else)?(?: devices?| appliances?| machines?)?(?: else)? (?:was|were)"
    r"(?: switched| turned)? (?:on|running|active|working) <slot>(?: please)?"
)
_OF_THEM = re.compile(r"\b(?:which|who|what)(?: one)? of (?:them|those|these)\b|\bwhich (?:was|is|one was)\b")
_SEVERAL = re.compile(r"\b(?:they|them|their|both)\b")
_SMALLER = re.compile(
    r"\b(?:less|lower|lowest|least|shorter|shortest|smaller|smallest|fewer|fewest|cheaper|cheapest)\b"
)
_CORRECTION = re.compile(r"\b(?:meant|mean|instead|rather)\b")
_LAST = re.compile(r"\blast (?:time|one|run|start)\b")
_THAN = re.compile(r"\b(?:it|that|they|that one|this one)\b.* than (?:the |my |our )?<slot>")
_ONLY = re.compile(r"\b(?:only|alone|just)\b")
_POINTERS = frozenset("it its it's that those these them they their one ones both same then".split())  # noqa: SIM905
_JOINTS = frozenset("and or but then also plus only just sorry thanks ok okay no".split())  # noqa: SIM905


def is_part_of_a_dialogue(masked: MaskedQuestion) -> bool:
    """Whether the question is short, or points at the one before."""
    words = [word.text.replace("’", "'") for word in masked.words if word.slot is None]
    if len(words) < WHOLE_QUESTION or not _POINTERS.isdisjoint(words):
        return True
    return (
        words[0] in _JOINTS
        or leans_on_time(masked)
        or is_of_the_last(words)
        or is_correction(" ".join(words))
    )


def is_of_the_last(words: Sequence[str]) -> bool:
    """ "when was the last time"."""
    return bool(_LAST.search(" ".join(words)))


def is_adding(line: str) -> bool:
    """ "add the lights"."""
    return bool(_ADDING.fullmatch(line))


def is_bare_time(line: str) -> bool:
    """ "at what time?", "on which day was that?"."""
    return bool(_WHEN.fullmatch(line))


def is_bare_amount(line: str) -> bool:
    """ "how much exactly?"."""
    return bool(_HOW_MUCH.fullmatch(line))


def is_bare_device(line: str) -> bool:
    """ "on which device?"."""
    return bool(_DEVICE.fullmatch(line))


def is_what_ran(line: str) -> bool:
    """ "what was on then?"."""
    return bool(_ON.fullmatch(line))


def is_of_whole(line: str) -> bool:
    """ "and the whole house?"."""
    return bool(_WHOLE.fullmatch(line))


def is_of_them(line: str) -> bool:
    """ "which of them"."""
    return bool(_OF_THEM.search(line))


def is_of_several(line: str) -> bool:
    """ "how much do they draw together"."""
    return bool(_SEVERAL.search(line))


def is_smaller(line: str) -> bool:
    """Whether the lesser of several is asked for."""
    return bool(_SMALLER.search(line))


def is_correction(line: str) -> bool:
    """ "sorry, I meant active power"."""
    return bool(_CORRECTION.search(line))


def is_than_other(line: str) -> bool:
    """ "did it use more than the oven"."""
    return bool(_THAN.search(line))


def is_narrowing(line: str) -> bool:
    """ "only the first one"."""
    return bool(_ONLY.search(line))
