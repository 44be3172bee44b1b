import pytest

from api_service.metering.moments import EPOCH
from api_service.repositories.device_repository import StoredDevice

MONTH_S = 31 * 86_400


@pytest.mark.parametrize(
    ("own_s", "median_s", "expected_s"),
    [
        (None, None, 60),
        (None, 1, 60),
        (None, 6, 60),
        (None, 10, 100),
        (None, 3600, 36_000),
        (None, 1e9, MONTH_S),
        (5, 10, 5),
        (20_000, 1, 20_000),
    ],
)
def test_largest_gap_is_the_users_or_follows_from_the_median(
    own_s: float | None, median_s: float | None, expected_s: float
) -> None:
    device = StoredDevice(1, EPOCH, EPOCH, median_period_s=median_s, max_sample_period_s=own_s)
    assert device.largest_gap_s == expected_s
    assert device.largest_gap_us == expected_s * 1_000_000
