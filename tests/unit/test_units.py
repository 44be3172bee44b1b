"""What rounding a checker may allow."""

import pytest

from api_service.metering import units


@pytest.mark.parametrize(("digits", "tolerance"), [("842", 0.5), ("3.41", 0.005), ("-12.0", 0.05)])
def test_written_tolerance_is_half_of_the_last_digit(digits: str, tolerance: float) -> None:
    assert units.written_tolerance(digits) == pytest.approx(tolerance)
