"""`UtcDateTime` and `api_service.database.sessions`: moments are aware UTC, in and out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api_service.metering.moments import epoch_us, from_epoch_us


def test_epoch_us_of_a_zoned_moment_counts_microseconds_in_utc() -> None:
    madrid_winter = timezone(timedelta(hours=1))
    assert epoch_us(datetime(1970, 1, 1, 1, 0, 0, 5, tzinfo=madrid_winter)) == 5


def test_epoch_us_of_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        epoch_us(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive one is the subject


def test_from_epoch_us_gives_back_the_same_moment() -> None:
    moment = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    assert from_epoch_us(epoch_us(moment)) == moment
