"""How a value of a measure is written for people and sent to clients; the one place that scales; pure."""

from collections.abc import Mapping

from api_service.metering.measure import PERCENT, Measure, Scale
from api_service.metering.measures import MEASURES, measure
from api_service.metering.units import WATT_HOURS_PER_KILOWATT_HOUR, format_number

# Figures of energy travel in kWh, whatever their size: fields are called `energy_kwh`.
_EXCHANGED: Mapping[str, tuple[str, float]] = {"energy": ("kWh", WATT_HOURS_PER_KILOWATT_HOUR)}

_ALMOST_ALL = (99.5, 99.95)


def format_value(key: str, value: float, more_decimals: int = 0) -> str:
    """A value (in the measure's unit) as people read it: `842 W`, `3.41 kW`, `8.2 %`, `0.98`."""
    return _written(value, measure(key).scale_for(value), more_decimals)


def format_percent(percent: float) -> str:
    """`8.2 %`, `38 %`."""
    return _written(percent, PERCENT[0])


def _written(value: float, scale: Scale, more_decimals: int = 0) -> str:
    scaled = value / scale.factor
    decimals = scale.decimals_below_10 if abs(scaled) < 10 else scale.decimals
    if scale.unit == "%" and _ALMOST_ALL[0] <= scaled < _ALMOST_ALL[1]:
        decimals = 1  # "100 %" of the time would say that nothing is missing
    return f"{format_number(scaled, decimals + more_decimals)} {scale.unit}".rstrip()


def scaled_value(key: str, value: float) -> tuple[float, str]:
    """The value at full precision in the unit in which it is written: (3.4142, "kW")."""
    scale = measure(key).scale_for(value)
    return value / scale.factor, scale.unit


def exchange_unit(row: Measure) -> tuple[str, float]:
    """The unit of a measure's figures in the API, and how many of its own units make one ("1": none)."""
    return _EXCHANGED.get(row.key, (row.unit or "1", 1.0))


def unit_spellings() -> dict[str, tuple[str, float]]:
    """Every written unit of an electrical measure, lower case, to the measure's unit and the factor to it."""
    return {
        spelling: (row.unit, scale.factor)
        for row in MEASURES.values()
        if row.columns or row.key in _EXCHANGED
        for scale in row.scales
        for spelling in (scale.unit.lower(), *scale.spellings)
        if spelling
    }
