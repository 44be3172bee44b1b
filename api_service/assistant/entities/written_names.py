"""Names that stand in the text letter by letter where words cannot find them: scripts without spaces, signs,
and names made of question words ("Total"), which count only where they are written like a name.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from api_service.assistant.entities.catalog import Catalog
from api_service.assistant.entities.device_index import concepts_in, is_common
from api_service.assistant.entities.entity import DeviceValue, Entity
from api_service.assistant.query.query import SlotKind
from api_service.assistant.text.tokens import tokenize
from api_service.assistant.types import DeviceRef

_SPACELESS = re.compile(r"[⺀-鿿가-힯豈-﫿＀-￯฀-๿]")
_NAMING_WORDS = frozenset({"device", "appliance", "called", "named", "cluster"})
_QUOTES = ('"', "“", "'", "«", "‘")


def find_written_names(text: str, catalog: Catalog) -> list[Entity]:
    """Such names in `text`, the longest first; those of several devices are ambiguous."""
    found: list[Entity] = []
    folded = text.casefold()
    for name, devices, is_question_word in _literal_names(catalog):
        needle = name if is_question_word else name.casefold()
        hay = text if is_question_word else folded
        at = hay.find(needle) if len(hay) == len(text) else -1
        while at >= 0:
            end = at + len(needle)
            is_new = not any(at < other.end and other.start < end for other in found)
            if is_new and (
                _is_written_like_a_name(text, at, end) if is_question_word else _is_alone(text, at, end)
            ):
                found.append(
                    Entity(SlotKind.DEVICE, at, end, text[at:end], DeviceValue(devices[0].name, devices))
                )
            at = hay.find(needle, at + 1)
    return found


@lru_cache(maxsize=16)
def _literal_names(catalog: Catalog) -> tuple[tuple[str, tuple[DeviceRef, ...], bool], ...]:
    return tuple(sorted(_candidates(catalog), key=lambda item: -len(item[0])))


def _candidates(catalog: Catalog) -> Iterator[tuple[str, tuple[DeviceRef, ...], bool]]:
    by_name: dict[str, list[DeviceRef]] = {}
    for device in catalog.devices:
        for name in device.names:
            by_name.setdefault(name.strip(), []).append(device.ref)
    for name, devices in by_name.items():
        concepts = concepts_in(tokenize(name))
        is_question_word = bool(concepts) and is_common(concepts)
        if not concepts or is_question_word or _SPACELESS.search(name):
            yield name, tuple(devices), is_question_word


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter of a script with spaces touches it."""
    if _SPACELESS.search(text[start:end]):
        return True
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _is_written_like_a_name(text: str, start: int, end: int) -> bool:
    """In quotes, after "called", or with its capital inside a sentence that is not all capitals."""
    before = text[:start].rstrip()
    if text[start - 1 : start].isalnum() or text[end : end + 1].isalnum():
        return False
    if before.endswith(_QUOTES) or before.casefold().split()[-1:] in [[word] for word in _NAMING_WORDS]:
        return True
    return bool(before) and text[start:end][:1].isupper() and not text.isupper()
