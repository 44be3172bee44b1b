"""What several stages of a question speak of: devices, spans of time, now, earlier turns.

All frozen, all plain. Times are aware UTC datetimes; windows are half-open `[start, end)`.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class DeviceRef:
    """A device as questions and answers name it."""

    cluster: int
    name: str


@dataclass(frozen=True)
class Window:
    """A half-open span of time with the words it is spoken of: "yesterday", "in the last 3 hours"."""

    start: datetime
    end: datetime
    label: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True)
class Moment:
    """ "Now" and the zone in which days begin."""

    now: datetime
    timezone: ZoneInfo


@dataclass(frozen=True)
class Turn:
    """One earlier thing said; `role` is "user" or "assistant"."""

    role: str
    content: str
