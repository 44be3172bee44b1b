"""How devices, values and times are said. What is written here is what `verify` reads back."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache

from api_service.assistant.rendering.lexicon import VOCABULARY
from api_service.assistant.types import DeviceRef, Moment, Window

ARTICLE_FREE_FIRST_WORDS = frozenset({"the", "my", "our", "your", "a", "an"})
PLURAL_EXCEPTIONS = ("ss", "us", "is", "'s", "gas")


@lru_cache(maxsize=4096)
def display_name(name: str) -> str:
    """A device in the middle of a sentence: "the oven" for "Oven", "the TV", "Device 3", "Anna's lamp".

    Only plain ASCII title-case words lose their capital; a name with a digit, an owner or in a script
    without Latin letters takes no article. A name that could be mistaken for the words around it ("Total",
    "230") is quoted.
    """
    name = " ".join(name.split())
    if not name:
        return name
    words = name.split(" ")
    if _is_confusing(words):
        return f"\u2018{name}\u2019"
    first = words[0].lower()
    if first in ARTICLE_FREE_FIRST_WORDS:
        return " ".join([first, *map(_lowered, words[1:])])
    if first.endswith(("'s", "\u2019s", "s'")):
        return " ".join([words[0], *map(_lowered, words[1:])])
    if any(character.isdigit() for character in name) or not _is_latin(name):
        return name
    return "the " + " ".join(map(_lowered, words))


def _is_confusing(words: Sequence[str]) -> bool:
    is_vocabulary = all(word.casefold() in VOCABULARY for word in words)
    return is_vocabulary or not any(character.isalpha() for character in "".join(words))


def _lowered(word: str) -> str:
    is_title_case = word.isascii() and word.isalpha() and len(word) > 1 and word[1:].islower()
    return word.lower() if is_title_case else word


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x250 for character in text if character.isalpha())


def format_names(devices: Iterable[DeviceRef]) -> dict[int, str]:
    """Spoken name by cluster; devices that would sound alike are told apart by their cluster."""
    by_cluster = {
        device.cluster: display_name(device.name) or f"Device {device.cluster}" for device in devices
    }
    times = Counter(text.casefold() for text in by_cluster.values())
    return {
        cluster: f"{text} (cluster {cluster})" if times[text.casefold()] > 1 else text
        for cluster, text in by_cluster.items()
    }


def is_plural(name: str) -> bool:
    """Whether an English name takes "are": "Lights", "TVs", but not "Device 3", "Gas" or "Glass"."""
    last = name.rsplit(" ", maxsplit=1)[-1] if name else ""
    if not last.isascii() or len(last) < 3 or last.lower().endswith(PLURAL_EXCEPTIONS):
        return False
    return last.endswith("s") and (last[:-1].isupper() or last[-2].islower()) and last.isalpha()


def format_list(texts: Sequence[str]) -> str:
    """ "the fridge, the oven and the TV"."""
    if len(texts) <= 1:
        return "".join(texts)
    return ", ".join(texts[:-1]) + " and " + texts[-1]


def format_state(state: str) -> str:
    """A state as reported; plain words lose their capitals: "on", "off", "cooling"."""
    text = " ".join(state.split())
    return text.lower() if text.isascii() and text.replace(" ", "").isalpha() else text


def _is_one_day(window: Window | None, moment: Moment) -> bool:
    if window is None:
        return False
    last = window.end - timedelta(microseconds=1)
    return window.start.astimezone(moment.timezone).date() == last.astimezone(moment.timezone).date()


SENTENCE_END = re.compile(r"[.!?]\s*$")


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if SENTENCE_END.search(text) else text + "."
