"""Why the data cannot answer, with what a sentence about it needs; pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from api_service.assistant.types import Window


class Reason(StrEnum):
    """Each is true of the data at the moment of the question.

    NO_DATA nothing is stored. NOT_RECORDED the measure is in none of the readings in question. EMPTY_WINDOW
    no readings in the window. FUTURE the window has not begun. STALE the device went silent. NO_TARIFF no
    price for (part of) the window. NO_GROUPS, NO_MAINS nothing of the kind is set up. TOO_SHORT not enough
    periods for a trend. NO_EARLIER not enough earlier times to say what is usual. TOO_LARGE more readings
    than one answer may read. NOT_KEPT it takes single readings that were dropped: `first` is the first moment
    of which they are kept. DIVIDED_BY_ZERO a share of, or ratio to, nothing.
    """

    NO_DATA = "no_data"
    NOT_RECORDED = "not_recorded"
    EMPTY_WINDOW = "empty_window"
    FUTURE = "future"
    STALE = "stale"
    NO_TARIFF = "no_tariff"
    NO_GROUPS = "no_groups"
    NO_MAINS = "no_mains"
    TOO_SHORT = "too_short"
    NO_EARLIER = "no_earlier"
    TOO_LARGE = "too_large"
    NOT_KEPT = "not_kept"
    DIVIDED_BY_ZERO = "divided_by_zero"


@dataclass(frozen=True)
class Refused:
    """`subject` is a device's or group's name ("" for the site); `first` and `last` are the first and last
    reading of what was asked about; `valid_from` the first day that has a price; `measure` a key.
    """

    reason: Reason
    subject: str = ""
    measure: str = ""
    window: Window | None = None
    first: datetime | None = None
    last: datetime | None = None
    valid_from: date | None = None


class CannotAnswer(Exception):
    """Raised anywhere in the execution; `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused)
        self.refused = refused


def cannot(reason: Reason, **details: object) -> CannotAnswer:
    """The exception for a reason."""
    return CannotAnswer(Refused(reason, **details))  # type: ignore[arg-type]  # checked by the dataclass
