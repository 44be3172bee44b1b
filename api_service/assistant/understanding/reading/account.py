"""Which reading counts: nothing that the question says may be dropped silently; pure."""

from collections.abc import Sequence

from api_service.assistant.query.query import Outcome
from api_service.assistant.understanding.reading.reading import Reading


def settled(readings: Sequence[Reading]) -> Reading | None:
    """The likeliest reading that accounts for every word; None where each drops or adds something of weight.

    A part of the query that no word asks for counts less than a word that no part of it accounts for: where
    every reading has such a part, the likeliest one counts, and its confidence is low. A refusal without a
    ground never counts: its reason would be false. Nor does what is usual where no word speaks of it: "the
    record is too short" would be a false reason too. Nor does a refusal that was read only because the first
    reading left a word over: the question back names that word.
    """
    sound = [reading for reading in readings if reading.is_sound and not _is_way_out(reading)]
    if sound:
        return sound[0]
    queries = [r for r in readings if r.request is not None and not isinstance(r.request, Outcome)]
    complete = [r for r in queries if not r.heavy and not r.fault and "usual" not in r.unfounded]
    return complete[0] if complete else None


def _is_way_out(reading: Reading) -> bool:
    return isinstance(reading.request, Outcome) and reading.signs.is_second


def nearest(readings: Sequence[Reading]) -> Reading | None:
    """Of readings that do not count the one with the least against it: what a question back speaks of."""
    found = [reading for reading in readings if reading.request is not None]
    return min(found, key=lambda r: (len(r.heavy), r.fault is not None), default=None)
