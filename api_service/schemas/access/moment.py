"""A moment in a request: text with a zone, as the description says, and never a number."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _text(value: object) -> object:
    """pydantic would take numbers, also written ones, for seconds since 1970."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("must be a moment such as 2027-01-31T00:00:00Z")
    return value


def _utc(moment: datetime) -> datetime:
    """What is stored and compared; the first and last hours of the calendar may lie beyond it in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie between the years 1 and 9999 (UTC)") from error


Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_utc)]
