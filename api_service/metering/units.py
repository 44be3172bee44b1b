"""Constants of conversion and the writing of bare numbers; what a measure's units are stands in `measures`.

A written value is rounded; `written_tolerance` is half of its last written digit, which is what a checker
may allow between the words and the fact behind them.
"""

from datetime import UTC, datetime

WATTS_PER_KILOWATT = 1000.0
WATT_HOURS_PER_KILOWATT_HOUR = 1000.0
SECONDS_PER_HOUR = 3600.0
JOULES_PER_WATT_HOUR = 3600.0


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises `ValueError` for a naive one, which has no moment."""
    if moment.tzinfo is UTC:  # as the driver gives them: a hundred devices have a thousand moments
        return moment
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone names no moment")
    return moment.astimezone(UTC)


def format_number(value: float, decimals: int) -> str:
    """Plain decimal digits, no thousands separator, no negative zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def written_tolerance(digits: str) -> float:
    """Half of the last written digit of `digits`, in the written unit: 0.005 for `3.41`, 0.5 for `842`."""
    decimals = len(digits.partition(".")[2])
    return 0.5 * 10.0**-decimals
