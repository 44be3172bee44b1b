"""Which single readings are still there, where old ones are dropped and only their rollups kept; pure.

A device's readings before a moment are dropped; the whole hour a largest gap later is its `readings_from`.
From there on everything can be computed from readings, with all that bears on the power curve; before it,
rollups are what counts, and nothing changes them any more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import HOUR_US
from shared.errors import NotKept

TOO_OLD = "older than the single readings that are kept of its device (RETENTION_DAYS)"
WHOLE_HOURS = "let the time begin and end at whole hours of UTC"
# A live reading may come as late: meters send a day's readings at its end.
LATE = timedelta(days=1)


class PartlyKept(Protocol):
    """What must be known of a device."""

    @property
    def first_seen_us(self) -> int: ...  # noqa: D102 (a field)
    @property
    def readings_from_us(self) -> int | None: ...  # noqa: D102


def readings_from_us(dropped_until_us: int, largest_gap_us: int) -> int:
    """The whole hour from which on readings suffice, where those before a moment are gone."""
    return -(-(dropped_until_us + largest_gap_us) // HOUR_US) * HOUR_US


def begin_of(moment: datetime, *, whole_months: bool) -> datetime:
    """The begin of a moment's day (UTC), or of its month: readings go by whole ones."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day.replace(day=1) if whole_months else day


def latest_drop(now: datetime, largest_gap_us: int, *, whole_months: bool) -> datetime:
    """The latest moment before which readings may go, so that `readings_from` lies behind what comes now."""
    return begin_of(now - LATE - timedelta(microseconds=largest_gap_us), whole_months=whole_months)


def dropped_before_us(device: PartlyKept, start_us: int, end_us: int) -> int | None:
    """`readings_from` of a device where single readings of it in `[start, end)` were dropped, else None."""
    kept_us = device.readings_from_us
    if kept_us is None or max(start_us, device.first_seen_us) >= min(end_us, kept_us):
        return None
    return kept_us


def require_readings(
    devices: Iterable[PartlyKept], start_us: int, end_us: int, remedy: str = WHOLE_HOURS
) -> None:
    """Raise `NotKept` with the remedy if single readings in `[start, end)` of a device were dropped."""
    found = [dropped_before_us(device, start_us, end_us) for device in devices]
    if missing := [kept_us for kept_us in found if kept_us is not None]:
        raise NotKept(from_epoch_us(max(missing)), remedy)


def answerable_us(devices: Iterable[PartlyKept], start_us: int, end_us: int) -> tuple[int, int]:
    """The span, widened to whole hours where an end lies among readings that were dropped."""
    for device in devices:
        first_us, last_us = start_us // HOUR_US * HOUR_US, -(-end_us // HOUR_US) * HOUR_US
        if dropped_before_us(device, first_us, start_us) is not None:
            start_us = first_us
        if dropped_before_us(device, end_us, last_us) is not None:
            end_us = last_us
    return start_us, end_us
