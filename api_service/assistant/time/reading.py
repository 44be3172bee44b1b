"""What an expression of time means at a moment."""

from dataclasses import dataclass

from api_service.assistant.types import Window


@dataclass(frozen=True, slots=True)
class TimeReading:
    """One meaning: a window, recurring hours and days, or a window in which only such hours count.

    `window` None means that it recurs ("at night"). `hours` are spans `[from, to)` of minutes after midnight
    of the site's clock, where `to` beyond 1440 runs into the next day; `weekdays` has 0 for Monday. Empty
    ones do not restrict; hours that run into the next day belong to the weekday on which they begin.
    `is_moment`: a single time of day was named, and the window begins at it. `from_first_reading`: the window
    is open to the past. `is_future`: it begins after now.
    """

    window: Window | None
    hours: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    label: str = ""
    certainty: float = 1.0
    is_moment: bool = False
    is_future: bool = False
    from_first_reading: bool = False

    @property
    def recurs(self) -> bool:
        """Whether it names no window."""
        return self.window is None


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """The words `[first, last)` of a line, and their meanings, the likeliest first.

    None at all: they speak of a time that does not exist or cannot be read. `apart` are other words of it:
    "yesterday" of "what did yesterday bring after 6 pm".
    """

    first: int
    last: int
    readings: tuple[TimeReading, ...]
    apart: tuple[int, int] | None = None
