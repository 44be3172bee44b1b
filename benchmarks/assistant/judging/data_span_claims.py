"""When readings began and ended, as a refusal may tell: "the first one came on 9 March at 00:00"."""

import re
from datetime import datetime, timedelta

from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.gold.spans import WEEKDAYS
from benchmarks.assistant.judging.answer_parser import Reading, named_devices, read_answer
from benchmarks.assistant.judging.labels import names_day

_FIRST = ("first", "earliest", "oldest")
_WHICH = re.compile(r"\b(first|earliest|oldest|last|latest|newest|most recent)\b", re.IGNORECASE)
_A_DAY = re.compile("|".join(WEEKDAYS), re.IGNORECASE)


def told(text: str, truth: Truth) -> Reading:
    """The times and dates of the text that are true of the first or latest reading, as the words say which.

    Of the one device that the text names, else of the household. A time without a day means today.
    """
    meters = [truth.meter(name) for name in named_devices(text, truth.names)]
    chosen = meters if len(meters) == 1 else [meter for meter in truth.meters if len(meter.time_s)]
    ends_s = (
        min(float(meter.time_s[0]) for meter in chosen),
        max(float(meter.time_s[-1]) for meter in chosen),
    )
    clocks: list[str] = []
    dates: list[tuple[int | None, int, int]] = []
    for which, words in _parts(text):
        moment_s = ends_s[0] if which in _FIRST else ends_s[1]
        found = read_answer(words, truth.names)
        if set(found.clocks) <= {truth.clock(moment_s)} and _on_its_day(words, found, moment_s, truth):
            clocks += found.clocks
            dates += found.dates
    return Reading((), tuple(clocks), tuple(dates))


def _parts(text: str) -> list[tuple[str, str]]:
    """Every "first" or "latest" with its words up to the next one or to the end of the sentence."""
    found = list(_WHICH.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (match[1].lower(), text[match.end() : end].split(". ", maxsplit=1)[0])
        for match, end in zip(found, ends, strict=False)
    ]


def _on_its_day(words: str, found: Reading, moment_s: float, truth: Truth) -> bool:
    day = datetime.fromtimestamp(moment_s, truth.zone).date()
    today = truth.now.date()
    if found.dates or _A_DAY.search(words):
        return names_day(words, day, today)
    return day == (today - timedelta(days=1) if "yesterday" in words.lower() else today)
