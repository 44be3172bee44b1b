"""The spacing and the limits of a device of which nothing was stored yet."""

from datetime import timedelta

import numpy as np
import pytest

from api_service.metering.moments import EPOCH
from api_service.metering.spacings import Sequences
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.rollup_refresh import with_first_spacings

SECOND_US = 1_000_000


@pytest.mark.parametrize(
    ("spacings_s", "median_s", "floor_s"),
    [
        # Five times the median: an hourly meter's usual spacings are no gaps, 12 hours without it are one.
        ([3600, 3600, 43_200, 3600], 3600, 18_000),
        ([1, 1, 1, 500], 1, 60),
        ([], None, 60),
    ],
)
def test_first_spacings_give_the_median_and_what_counts_as_a_gap(
    spacings_s: list[int], median_s: float | None, floor_s: int
) -> None:
    moments_us = np.cumsum([0, *spacings_s], dtype=np.int64) * SECOND_US
    device = StoredDevice(1, EPOCH, EPOCH + timedelta(days=1))
    found = with_first_spacings(device, Sequences(moments_us, moments_us))
    assert (found.median_period_s, found.gap_floor_us) == (median_s, floor_s * SECOND_US)
