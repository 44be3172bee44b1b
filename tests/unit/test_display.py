"""How values are written for people and sent to clients."""

import pytest

from api_service.metering.display import exchange_unit, format_percent, format_value, unit_spellings
from api_service.metering.measures import MEASURES, measure


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("power", 0, "0.0 W"),
        ("power", -0.01, "0.0 W"),
        ("power", 7.26, "7.3 W"),
        ("power", 842.4, "842 W"),
        ("power", 3412, "3.41 kW"),
        ("power", 45_230, "45.2 kW"),
        ("energy", 4.04, "4.0 Wh"),
        ("energy", 820, "820 Wh"),
        ("energy", 3412, "3.41 kWh"),
        ("energy", 45_230, "45.2 kWh"),
        ("energy", 1_254_000, "1.25 MWh"),
        ("voltage", 229.84, "229.8 V"),
        ("current", 0.424, "0.42 A"),
        ("current", 12.31, "12.3 A"),
        ("frequency", 50.012, "50.01 Hz"),
        ("thd", 8.24, "8.2 %"),
        ("thd", 38.4, "38 %"),
        ("power_factor", 0.984, "0.98"),
        ("reactive_power", 1500.0, "1.50 kvar"),
        ("on_time", 5400.0, "1.5 h"),
        ("switch_ons", 12.0, "12"),
    ],
)
def test_format_value_rounds_and_picks_the_unit(key: str, value: float, written: str) -> None:
    assert format_value(key, value) == written


def test_format_percent_is_that_of_a_share() -> None:
    assert [format_percent(value) for value in (8.21, 38.4, 100.0)] == ["8.2 %", "38 %", "100 %"]


def test_almost_all_is_not_written_as_all() -> None:
    assert format_percent(99.51) == "99.5 %"
    assert format_value("coverage", 99.94) == "99.9 %"


@pytest.mark.parametrize(
    ("key", "unit", "factor"), [("energy", "kWh", 1000.0), ("power", "W", 1.0), ("power_factor", "1", 1.0)]
)
def test_exchange_unit_is_kwh_for_energy_and_1_for_none(key: str, unit: str, factor: float) -> None:
    assert exchange_unit(measure(key)) == (unit, factor)


def test_every_written_unit_of_a_recorded_measure_can_be_read_back() -> None:
    spellings = unit_spellings()
    for row in MEASURES.values():
        for scale in row.scales if row.columns else ():
            if scale.unit:
                assert spellings[scale.unit.lower()] == (row.unit, scale.factor)
