"""Moments as integers: microseconds since 1970-01-01 UTC, what every column of times holds."""

from datetime import UTC, datetime, timedelta

from api_service.metering.units import as_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def epoch_us(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; raises `ValueError` for a naive datetime."""
    return (as_utc(moment) - EPOCH) // MICROSECOND


def from_epoch_us(microseconds: int) -> datetime:
    """The aware UTC moment so many microseconds after 1970-01-01."""
    return EPOCH + timedelta(microseconds=microseconds)
