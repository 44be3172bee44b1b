"""Slips of the finger: for what is no English word, a close word of the vocabulary is taken."""

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from api_service.assistant.text.english import is_english
from api_service.assistant.text.vocabulary import CORRECTABLE, ENGLISH

MIN_LENGTH = 4
ABBREVIATIONS = {
    "pls": "please", "plz": "please", "thx": "thanks", "u": "you", "r": "are", "hw": "how",
    "mch": "much", "wht": "what", "wat": "what", "teh": "the", "lst": "last", "wich": "which",
    "pwr": "power", "ystrdy": "yesterday", "yday": "yesterday", "tday": "today", "w/o": "without",
    "cuz": "because", "approx": "approximately", "hrs": "hours", "usd": "used", "cons": "consumption",
    "mins": "minutes", "kwhs": "kwh", "kws": "kw", "energie": "energy",
}  # fmt: skip
"""Words that are written short in messages, with the words that they stand for."""
_TARGETS = tuple(sorted(word for word in CORRECTABLE if len(word) >= MIN_LENGTH))


def allowed_edits(length: int) -> int:
    """How many slips (insert, delete, replace, swap of neighbours) a word of this length is forgiven."""
    if length < MIN_LENGTH:
        return 0
    return 1 if length < 8 else 2


@lru_cache(maxsize=4096)
def nearest(text: str) -> tuple[str, int] | None:
    """The closest word of the vocabulary with its number of slips; None where all are too far away.

    People rarely miss a word's first letter, so it must agree (or be swapped with the second one).
    """
    if not text.isalpha() or len(text) < MIN_LENGTH:
        return None
    limit = allowed_edits(len(text))
    matches = process.extract(text, _TARGETS, scorer=OSA.distance, score_cutoff=limit, limit=8)
    fitting = [
        (str(target), int(edits)) for target, edits, _ in matches if _is_likely(text, str(target), int(edits))
    ]
    return min(fitting, key=lambda found: (found[1], abs(len(found[0]) - len(text)), found[0]), default=None)


def _is_likely(text: str, target: str, edits: int) -> bool:
    """The first letter agrees or is swapped; of a short word a letter is missing, swapped or doubled."""
    if target[0] != text[0] and not (edits == 1 and sorted(target[:2]) == sorted(text[:2])):
        return False
    if len(text) > MIN_LENGTH:
        return True
    return len(target) != len(text) or sorted(target) == sorted(text)


def mended(word: str) -> str:
    """The word, an abbreviation written out, or the word of the vocabulary that it is a slip of."""
    if word in ENGLISH or not word.isalpha() or is_english(word):
        return word
    if word in ABBREVIATIONS:
        return ABBREVIATIONS[word]
    found = nearest(word)
    return word if found is None else found[0]
