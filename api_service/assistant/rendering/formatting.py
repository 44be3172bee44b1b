"""How devices, values and times are said. What is written here is what `verify` reads back."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from api_service.assistant.rendering.lexicon import VOCABULARY
from api_service.assistant.types import DeviceRef, Fact, Moment, Relation, Window
from api_service.metering.display import format_percent, format_value
from api_service.metering.measure import Statistic
from api_service.metering.units import format_number

ARTICLE_FREE_FIRST_WORDS = frozenset({"the", "my", "our", "your", "a", "an"})
PLURAL_EXCEPTIONS = ("ss", "us", "is", "'s", "gas")
AGGREGATES = frozenset({Statistic.MEAN, Statistic.MAX, Statistic.MIN, Statistic.SUM})
WELL_COVERED = 0.8


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


def format_count(count: int, noun: str = "device") -> str:
    """ "no devices", "1 device", "5 devices"."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def format_fact_value(fact: Fact) -> str:
    """The value with its unit, rounded as people say it."""
    if isinstance(fact.value, str):
        return format_state(fact.value)
    if fact.quantity is Relation.COUNT:
        return format_count(round(fact.value))
    if fact.statistic is Relation.RATIO or fact.quantity is Relation.RATIO:
        return f"{format_number(fact.value, 1)} times"
    if fact.quantity is Relation.SHARE:
        return format_percent(fact.value)
    return format_value(fact.quantity.value, fact.value)


def format_state(state: str) -> str:
    """A state as reported; plain words lose their capitals: "on", "off", "cooling"."""
    text = " ".join(state.split())
    return text.lower() if text.isascii() and text.replace(" ", "").isalpha() else text


def format_time(at: datetime, moment: Moment, window: Window | None = None) -> str:
    """ "at 18:32", "yesterday at 18:32", "on Tuesday at 18:32", "on 10 March at 18:32", in the site's zone.

    The day is left out where it is today, or where the window lies within one day.
    """
    local = at.astimezone(moment.timezone)
    clock = f"at {local:%H:%M}"
    if local.date() == moment.now.astimezone(moment.timezone).date() or _is_one_day(window, moment):
        return clock
    return f"{_format_day(local, moment)} {clock}"


def _is_one_day(window: Window | None, moment: Moment) -> bool:
    if window is None:
        return False
    last = window.end - timedelta(microseconds=1)
    return window.start.astimezone(moment.timezone).date() == last.astimezone(moment.timezone).date()


def _format_day(local: datetime, moment: Moment) -> str:
    today = moment.now.astimezone(moment.timezone).date()
    day = local.date()
    if day == today - timedelta(days=1):
        return "yesterday"
    if timedelta(0) < today - day < timedelta(days=7):
        return f"on {local:%A}"
    year = "" if day.year == today.year else f" {day.year}"
    return f"on {day.day} {local:%B}{year}"


SENTENCE_END = re.compile(r"[.!?]\s*$")


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if SENTENCE_END.search(text) else text + "."


def coverage_note(facts: Sequence[Fact]) -> str:
    """A remark on thin data behind aggregates, or "" where they are covered well enough."""
    aggregated = [fact.coverage for fact in facts if fact.statistic in AGGREGATES and fact.samples]
    lowest = min(aggregated, default=1.0)
    if lowest >= WELL_COVERED:
        return ""
    return f"the readings cover {format_percent(100 * lowest)} of that time"
