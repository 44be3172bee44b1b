"""The words that a reading needs, read from vocabulary.toml; pure."""

import re
import tomllib
from functools import cache
from importlib.resources import files


@cache
def words_of(room: str, entry: str) -> frozenset[str]:
    """The single words of an entry; KeyError where there is none."""
    return frozenset(_vocabulary()[room][entry])


@cache
def pattern_of(room: str, entry: str) -> re.Pattern[str]:
    """Finds any word or phrase of an entry in a line of words; `*` stands for any letters."""
    phrases = (re.escape(phrase).replace(r"\*", r"\w*") for phrase in _vocabulary()[room][entry])
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


@cache
def _vocabulary() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files(__package__) / "vocabulary.toml").read_text(encoding="utf-8"))
