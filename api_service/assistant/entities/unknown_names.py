"""Words in the place of a device's name that name none: "the flux capacitor", "gizmo's power"."""

from collections.abc import Sequence

from api_service.assistant.text.english import is_english
from api_service.assistant.text.vocabulary import DETERMINERS, KNOWN, OFF_TOPIC

SLOT = "<slot>"
"""Stands for what has been masked already."""

_LONGEST_NAME = 3
_MIN_ENGLISH = 0.6
_AFTER = frozenset(
    """use uses used using consume consumes consumed consuming draw draws drew drawing pull pulls
    pulled pulling now on off running run runs ran active take takes took burn burns eat eats share doing
    working power energy consumption usage kwh watts status state""".split()  # noqa: SIM905
)
_BEFORE = DETERMINERS | frozenset("did does do is was has for of and or than by".split())  # noqa: SIM905
_INDEFINITE = frozenset({"a", "an"})
_EVENT_BEFORE = frozenset({"since", "until", "till", "after", "before", "during"})
_SITES = frozenset(
    """hotel farm shop store school office bakery brewery factory restaurant cafe pub club gym hall church
    company business warehouse workshop clinic hostel guesthouse cottage villa bungalow town village
    community family plant museum library surgery practice barn term word phrase
    expression definition supply grid""".split()  # noqa: SIM905
)
"""What the whole site is called by those who live and work there; and words that introduce a term."""
_QUANTITIES = frozenset({"power", "energy", "consumption", "usage", "kwh", "watts"})


def unknown_names(words: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches `[first, last)` of words that stand where a name would and name nothing.

    `words` are lower case, masked ones `SLOT`. Foreign sentences and other subjects have no such place.
    """
    if not _is_about_us(words):
        return []
    found = []
    first = 0
    while first < len(words):
        last = first
        while last < len(words) and last - first <= _LONGEST_NAME and _is_strange(words[last]):
            last += 1
        if first < last <= first + _LONGEST_NAME and _stands_for_a_name(words, first, last):
            found.append((first, last))
        first = max(last, first + 1)
    return found


def _is_about_us(words: Sequence[str]) -> bool:
    spoken = [word for word in words if word[:1].isalpha()]
    english = sum(word in KNOWN or is_english(word) for word in spoken)
    return english >= _MIN_ENGLISH * len(spoken) and OFF_TOPIC.isdisjoint(spoken)


def _is_strange(word: str) -> bool:
    stem = word.removesuffix("'s")
    is_word = stem[:1].isalpha() and "'" not in stem and not stem.endswith("ly")
    return is_word and stem not in KNOWN and stem not in _SITES


def _stands_for_a_name(words: Sequence[str], first: int, last: int) -> bool:
    before = words[first - 1] if first else ""
    after = words[last] if last < len(words) else ""
    if first > 1 and words[first - 2] in _EVENT_BEFORE:
        return False  # "since the accident" is a time
    if words[last - 1].endswith("'s"):
        return after in _QUANTITIES or before in DETERMINERS
    is_used = after in _AFTER
    if before in _INDEFINITE and after in _QUANTITIES:
        return False  # "a tolerable power factor"
    if all(is_english(word) for word in words[first:last]):
        return before in DETERMINERS and is_used and not words[first].endswith("est")
    return before in _BEFORE and (is_used or after in ("", SLOT, "?"))
