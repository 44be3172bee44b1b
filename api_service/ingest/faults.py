"""The faults of some rows while they are validated, and how many a request may have."""

import numpy as np

from api_service.ingest.rows import Reject
from api_service.metering.blocks import BoolArray, IntArray
from shared.errors import InvalidInput

MOST_FAULTS = 10_000
"""Of one request, each named in its answer: empty rows would become an answer 130 times their size."""


def refuse_too_many_faults(count: int) -> None:
    """Raise `InvalidInput` for a body with more faults than are named; nothing of it is stored."""
    if count > MOST_FAULTS:
        raise InvalidInput(
            f"More than {MOST_FAULTS:,} rows or values of this body are at fault, and nothing of it was "
            "stored: send a few of its rows to see what is wrong with each."
        )


class Faults:
    """The first fault of each row, and the values that were left out."""

    def __init__(self, rows: IntArray) -> None:
        self._rows = rows
        self.left_out: dict[str, BoolArray] = {}
        self.bad: BoolArray = np.zeros(len(rows), dtype=np.bool_)
        self._found: dict[int, tuple[str | None, str]] = {}

    def add(self, mask: BoolArray, name: str | None, reason: str) -> None:
        """Reject the rows of `mask` that have no fault yet."""
        fresh = mask & ~self.bad
        if fresh.any():
            self._found.update(dict.fromkeys(np.flatnonzero(fresh).tolist(), (name, reason)))
            self.bad |= fresh

    def leave_out(self, mask: BoolArray, name: str, reason: str) -> None:
        """Count a value as left out of the rows of `mask`."""
        if mask.any():
            sentence = f"{name}: {reason}"
            self.left_out[sentence] = self.left_out.get(sentence, mask) | mask

    def rejects(self) -> list[Reject]:
        """The rejected rows with their first faults, ascending."""
        return [Reject(int(self._rows[index]), *self._found[index]) for index in sorted(self._found)]
