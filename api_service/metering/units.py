"""Quantities with their units: conversions, and how a value is written for people.

A written value is rounded; `written_tolerance` is half of its last written digit, which is what a checker
may allow between the words and the fact behind them.
"""

from datetime import UTC, datetime

WATTS_PER_KILOWATT = 1000.0
WATT_HOURS_PER_KILOWATT_HOUR = 1000.0
SECONDS_PER_HOUR = 3600.0
JOULES_PER_WATT_HOUR = 3600.0


def watts(kilowatts: float) -> float:
    """kW to W."""
    return kilowatts * WATTS_PER_KILOWATT


def kilowatts(watts_value: float) -> float:
    """W to kW."""
    return watts_value / WATTS_PER_KILOWATT


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises `ValueError` for a naive one, which has no moment."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone names no moment")
    return moment.astimezone(UTC)


def format_number(value: float, decimals: int) -> str:
    """Plain decimal digits, no thousands separator, no negative zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def format_power(power_w: float) -> str:
    """`842 W`, `3.41 kW`, `45.2 kW`; below 10 W one decimal."""
    if abs(power_w) >= 1000:
        power_kw = kilowatts(power_w)
        return f"{format_number(power_kw, 2 if abs(power_kw) < 10 else 1)} kW"
    return f"{format_number(power_w, 1 if abs(power_w) < 10 else 0)} W"


def format_energy(energy_wh: float) -> str:
    """`820 Wh`, `3.41 kWh`, `45.2 kWh`, `1.25 MWh`; below 10 Wh one decimal."""
    if abs(energy_wh) >= 1_000_000:
        return f"{format_number(energy_wh / 1_000_000, 2)} MWh"
    if abs(energy_wh) >= 1000:
        energy_kwh = energy_wh / 1000
        return f"{format_number(energy_kwh, 2 if abs(energy_kwh) < 10 else 1)} kWh"
    return f"{format_number(energy_wh, 1 if abs(energy_wh) < 10 else 0)} Wh"


def format_percent(percent: float) -> str:
    """`8.2 %`, `38 %`."""
    return f"{format_number(percent, 1 if abs(percent) < 10 else 0)} %"


def format_power_factor(power_factor: float) -> str:
    """Two decimals, no unit."""
    return format_number(power_factor, 2)


def format_voltage(voltage_v: float) -> str:
    """`229.8 V`."""
    return f"{format_number(voltage_v, 1)} V"


def format_current(current_a: float) -> str:
    """`0.42 A`, `12.3 A`."""
    return f"{format_number(current_a, 2 if abs(current_a) < 10 else 1)} A"


def format_frequency(frequency_hz: float) -> str:
    """`50.01 Hz`."""
    return f"{format_number(frequency_hz, 2)} Hz"


def written_tolerance(digits: str) -> float:
    """Half of the last written digit of `digits`, in the written unit: 0.005 for `3.41`, 0.5 for `842`."""
    decimals = len(digits.partition(".")[2])
    return 0.5 * 10.0**-decimals
