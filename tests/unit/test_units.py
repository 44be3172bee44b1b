"""How values are written, and what rounding a checker may allow."""

import pytest

from api_service.metering import units


@pytest.mark.parametrize(
    ("power_w", "written"),
    [
        (0, "0.0 W"),
        (-0.01, "0.0 W"),
        (7.26, "7.3 W"),
        (842.4, "842 W"),
        (3412, "3.41 kW"),
        (45_230, "45.2 kW"),
    ],
)
def test_format_power_by_size_rounds_and_picks_the_unit(power_w: float, written: str) -> None:
    assert units.format_power(power_w) == written


@pytest.mark.parametrize(
    ("energy_wh", "written"),
    [(4.04, "4.0 Wh"), (820, "820 Wh"), (3412, "3.41 kWh"), (45_230, "45.2 kWh"), (1_254_000, "1.25 MWh")],
)
def test_format_energy_by_size_rounds_and_picks_the_unit(energy_wh: float, written: str) -> None:
    assert units.format_energy(energy_wh) == written


@pytest.mark.parametrize(("digits", "tolerance"), [("842", 0.5), ("3.41", 0.005), ("-12.0", 0.05)])
def test_written_tolerance_is_half_of_the_last_digit(digits: str, tolerance: float) -> None:
    assert units.written_tolerance(digits) == pytest.approx(tolerance)
