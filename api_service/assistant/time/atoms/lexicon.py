"""The vocabulary of times (`words.toml`) as tables, and as alternatives for the patterns that use it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_AND_A_HALF = " and a half"


@cache
def vocabulary() -> Mapping[str, Mapping[str, Any]]:
    """All of `words.toml`."""
    return tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))


@cache
def table(*names: str) -> Mapping[str, Any]:
    """One or several of its tables together."""
    return {word: value for name in names for word, value in vocabulary()[name].items()}


@cache
def unit_of(word: str) -> str:
    """ "hour" for "hrs"; KeyError where it is no unit."""
    for unit, words in vocabulary()["units"].items():
        if word in words:
            return str(unit)
    raise KeyError(word)


def number_of(text: str) -> float:
    """3 for "3" and "three", 0.5 for "half an"."""
    known = table("numbers").get(text)
    if known is None and text.endswith(_AND_A_HALF):
        return number_of(text.removesuffix(_AND_A_HALF)) + 0.5
    return float(known) if known is not None else float(text.replace(",", "."))


def ordinal_of(text: str) -> int:
    """3 for "third", "3rd" and "3"."""
    known = table("ordinals").get(text)
    return int(known) if known is not None else int(re.sub(r"\D", "", text))


def any_of(words: Iterable[str]) -> str:
    """An alternative of words, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", " ") for word in sorted(words, key=len, reverse=True))


@cache
def _fragments() -> Mapping[str, str]:
    units = [word for words in vocabulary()["units"].values() for word in words]
    return {
        "N": rf"(?:\d+(?:[.,]\d+)?|{any_of(table('numbers'))})(?: and a half)?",
        "UNIT": any_of(units),
        "ORD": rf"\d{{1,2}}(?:st|nd|rd|th)|{any_of(table('ordinals'))}",
        "DAYNUM": rf"\d{{1,2}}(?:st|nd|rd|th)?|{any_of(table('ordinals'))}",
        "WEEKDAY": any_of(table("weekdays")),
        "SHORT_WEEKDAY": any_of(table("weekdays", "short_weekdays")),
        "WEEKDAYS": any_of(f"{word}s" for word in table("weekdays")),
        "MONTH": any_of(table("months", "months_like_words")),
        "SURE_MONTH": any_of(table("months")),
        "SEASON": any_of(table("seasons", "seasons_like_words")),
        "SURE_SEASON": any_of(table("seasons")),
        "HOLIDAY": any_of([*table("holidays"), *table("moving_holidays"), *table("weekday_holidays")]),
        "PART": any_of(table("day_parts")),
        "PARTS": any_of(_plural(word) for word in table("day_parts")),
        "HABIT": any_of(table("habitual_parts")),
        "CLOCKNAME": any_of(table("clocks")),
        "DAYGROUP": any_of(table("weekday_groups")),
        "DAYGROUP1": any_of(table("weekday_groups_single")),
        "YEAR": r"(?:19|20|21)\d\d",
        "DAYS_BACK": any_of(table("days_back")),
        "HOURNUM": r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve",
    }


def _plural(word: str) -> str:
    return word if word.endswith("s") else f"{word}s"


def part_hours(word: str) -> tuple[float, ...]:
    """The hours of a part of the day, in the singular or plural, or of a habitual one."""
    parts = table("day_parts", "habitual_parts")
    return tuple(parts.get(word) or parts[word.removesuffix("s")])


_WEAK = frozenset("the of in on at during a an and or for over to from all any it this".split())  # noqa: SIM905
ORDINAL, YEAR, DIGITS = "5th", "2000", "5"
"""Stand for any numeral with an ending, any year and any other number among the triggers of a pattern."""


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A pattern over words joined by single spaces, and words without all of which it cannot match."""

    regex: re.Pattern[str]
    triggers: frozenset[str]


def word_pattern(text: str) -> WordPattern:
    """`{MONTH}` and the like stand for vocabulary; it begins and ends between words."""
    template, has_digits = text, r"\d" in text or "[0-9]" in text
    for name, words in _fragments().items():
        text = text.replace(f"{{{name}}}", f"(?:{words})")
    plain = re.sub(r"\\\w|\?P<\w+>|\[[^]]*\]", " ", _without_lookahead(text))
    literals = set(re.findall(r"[a-z']+", plain)) - _WEAK
    strong = literals - ({word for number in table("numbers") for word in number.split()} - {"half"})
    if has_digits or not strong:
        strong = strong | {DIGITS} | (set() if strong else literals)
    strong |= {trigger for name, trigger in (("{ORD}", ORDINAL), ("{YEAR}", YEAR)) if name in template}
    return WordPattern(re.compile(rf"(?<!\S)(?:{text})(?!\S)"), frozenset(strong))


def _without_lookahead(text: str) -> str:
    """The pattern without what must not follow: those words trigger nothing."""
    while (start := text.find("(?!")) >= 0:
        depth, end = 1, start + 1
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = text[:start] + text[end:]
    return text


def triggers_of(words: Iterable[str]) -> frozenset[str]:
    """The triggers that a line of words sets off."""
    return frozenset(_trigger(word) for word in words)


def _trigger(word: str) -> str:
    if not word[:1].isdecimal():
        return word
    if word.isdecimal() and len(word) == 4 and word[:2] in ("19", "20", "21"):
        return YEAR
    return ORDINAL if word[-1:].isalpha() else DIGITS
