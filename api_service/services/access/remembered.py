"""What was found lately, so that not every request looks into the database."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

# How long something is not looked up again: another gateway honours what has ended there no longer.
REMEMBERED_S = 5.0
MOST_REMEMBERED = 10_000

Value = TypeVar("Value")
# A value with the moment at which it ends by itself (None: never); None where there is none.
Found = tuple[Value, datetime | None] | None


class Remembered(Generic[Value]):
    """Values by their digests, each for `REMEMBERED_S` and no longer than it is valid."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, Value]] = {}
        self._changes = 0

    async def find(self, digest: str, look_up: Callable[[], Awaitable[Found[Value]]]) -> Value | None:
        """The value of that digest, looked up where it is not remembered."""
        until_s, value = self._values.get(digest, (0.0, None))
        if value is not None and time.monotonic() < until_s:
            return value
        changes = self._changes
        found = await look_up()
        if found is None:
            self._values.pop(digest, None)
            return None
        value, end = found
        if changes == self._changes:  # else it may have ended since it was looked up
            self._remember(digest, value, end)
        return value

    def forget(self) -> None:
        """Something has changed: look everything up again."""
        self._changes += 1
        self._values.clear()

    def _remember(self, digest: str, value: Value, end: datetime | None) -> None:
        if len(self._values) >= MOST_REMEMBERED:
            self._values.clear()
        left_s = REMEMBERED_S if end is None else (end - datetime.now(UTC)).total_seconds()
        self._values[digest] = (time.monotonic() + min(REMEMBERED_S, left_s), value)
