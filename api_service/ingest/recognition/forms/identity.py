"""Which device a file's readings belong to, where no column says it: by its name or by the user."""

import re

from api_service.ingest.recognition.vocabulary import plain, unit_of, vocabulary

_WORDS = """
data export exported readings reading measurements measurement log logs logger history histogram download file
output values csv txt report untitled new copy hourly daily minutely interval intervals raw sample test
tmp temp load curve upload import real active reactive apparent residential resolution
"""
_GENERIC = frozenset(_WORDS.split())
_TIME_WORDS = re.compile(r"\d+(?:s|sec|min|minutes?|h|hr|hours?|d|days?|months?)?|of|the|from|to|and")


def device_of_file(stem: str) -> str:
    """A device's name from that of its file, without what says how and when it was measured; may be empty.

    `pair_1_real_w` and `pair_2_reactive_var` are both `pair`: files of one device keep its name.
    """
    words = [word for word in re.split(r"[^\w]+|_+", stem) if word]
    return " ".join(dict.fromkeys(word for word in words if not _is_generic(plain(word))))


def _is_generic(word: str) -> bool:
    known = vocabulary()
    return (
        word in _GENERIC
        or word in known.statistics
        or (len(word) > 2 and known.quantities.get(word) is not None)
        or unit_of(word) is not None
        or _TIME_WORDS.fullmatch(word) is not None
    )
