from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.metering.moments import from_epoch_us
from api_service.repositories.plots.series import Grid

MADRID, KOLKATA = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Kolkata")


def edges(start: str, end: str, bucket_s: int, zone: ZoneInfo) -> list[str]:
    grid = Grid(datetime.fromisoformat(start), datetime.fromisoformat(end), bucket_s, zone)
    return [f"{from_epoch_us(int(edge)):%d %H:%M}" for edge in grid.edges_us]


def test_grid_buckets_are_counted_from_local_midnight() -> None:
    found = edges("2026-03-10T10:05:00+00:00", "2026-03-10T13:00:00+00:00", 3600, KOLKATA)
    # Midnight in Kolkata is at half past in UTC.
    assert found == ["10 09:30", "10 10:30", "10 11:30", "10 12:30", "10 13:30"]


def test_grid_span_on_edges_has_no_empty_bucket() -> None:
    found = edges("2026-03-10T10:00:00+00:00", "2026-03-10T12:00:00+00:00", 3600, MADRID)
    assert found == ["10 10:00", "10 11:00", "10 12:00"]


@pytest.mark.parametrize(
    ("day", "next_day", "hours"), [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)]
)
def test_grid_days_follow_the_clock_change(day: str, next_day: str, hours: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=MADRID)
    end = datetime.fromisoformat(next_day).replace(tzinfo=MADRID)
    first, last = Grid(start.astimezone(UTC), end.astimezone(UTC), 86_400, MADRID).edges_us.tolist()
    assert (last - first) / 3.6e9 == hours


def test_grid_weeks_step_by_seven_local_days() -> None:
    found = edges("2026-03-25T12:00:00+00:00", "2026-04-05T12:00:00+00:00", 7 * 86_400, MADRID)
    assert found == ["24 23:00", "31 22:00", "07 22:00"]
