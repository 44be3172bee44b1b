"""What written numbers come to in the unit of a measure, by a small table of its own."""

import re
from fractions import Fraction

from api_service.assistant.query.numbers import NumberRole, NumberUse

_WORDS = {
    "half": 0.5, "a half": 0.5, "a third": float(Fraction(1, 3)), "a quarter": 0.25, "one fifth": 0.2,
    "twice": 2.0, "double": 2.0, "three times": 3.0, "triple": 3.0, "one": 1.0, "two": 2.0, "three": 3.0,
    "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "ten": 10.0, "second": 2.0, "2nd": 2.0,
    "third": 3.0, "3rd": 3.0, "fourth": 4.0, "4th": 4.0,
}  # fmt: skip
_UNITS: dict[str, dict[str, float]] = {
    "power": {"w": 1, "watt": 1, "watts": 1, "kw": 1e3, "kilowatts": 1e3},
    "energy": {"wh": 1, "kwh": 1e3, "kilowatt hours": 1e3, "units": 1e3},
    "voltage": {"": 1, "v": 1, "volts": 1},
    "current": {"": 1, "a": 1, "amps": 1},
    "frequency": {"": 1, "hz": 1, "hertz": 1},
    "thd": {"": 1, "%": 1, "percent": 1, "per cent": 1},
    "coverage": {"%": 1, "percent": 1, "per cent": 1},
    "power_factor": {"": 1},
    "reactive_power": {"var": 1, "kvar": 1e3},
    "apparent_power": {"va": 1, "kva": 1e3},
    "cost": {"euros": 1, "eur": 1, "€": 1},
    "on_time": {"hours": 3600, "hour": 3600, "h": 3600, "minutes": 60, "min": 60},
    "duration": {"hours": 3600, "hour": 3600, "h": 3600, "minutes": 60, "min": 60},
    "gaps": {"hours": 3600, "hour": 3600, "minutes": 60},
    "switch_ons": {"": 1, "times": 1},
    "samples": {"": 1, "readings": 1},
}
TYPICAL: dict[str, tuple[str, ...]] = {
    "power": ("100 W", "2 kW", "500 watts", "1 kW", "50 W"),
    "energy": ("2 kWh", "5 kWh", "1 kWh", "500 Wh"),
    "voltage": ("225 V", "207 V", "240 V", "235 volts"),
    "current": ("1 A", "5 A", "2 amps"),
    "frequency": ("49.9 Hz", "50.1 Hz"),
    "thd": ("8 %", "20 %", "5 percent"),
    "coverage": ("95 %", "80 percent"),
    "power_factor": ("0.9", "0.7"),
    "reactive_power": ("100 var", "0.5 kvar"),
    "apparent_power": ("500 VA", "2 kVA"),
    "cost": ("2 euros", "10 euros"),
    "on_time": ("2 hours", "30 minutes"),
    "duration": ("2 hours", "30 minutes"),
    "gaps": ("1 hour",),
    "switch_ons": ("5", "10"),
    "samples": ("100",),
}
_WRITTEN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(\D*)")
_PLAIN = (NumberRole.LIMIT, NumberRole.RANK, NumberRole.FACTOR, NumberRole.COUNT)


def number_of(words: str, use: NumberUse) -> float | None:
    """The value in the base unit of what the number counts; None where this table does not know it."""
    text = " ".join(words.lower().split())
    if use.role in _PLAIN:
        return _WORDS.get(text) or (float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None)
    match = _WRITTEN.fullmatch(text)
    units = {"%": 1.0, "percent": 1.0} if use.role is NumberRole.SHARE else _UNITS.get(use.measure or "", {})
    if match is None or match[2].strip() not in units:
        return None
    return float(match[1]) * units[match[2].strip()]


def typical(use: NumberUse) -> tuple[str, ...]:
    """Numbers that may stand in its place."""
    if use.role is NumberRole.SHARE:
        return ("20 %", "10 percent")
    if use.role in (NumberRole.LIMIT, NumberRole.COUNT):
        return ("3", "two")
    if use.role is NumberRole.RANK:
        return ("second", "third")
    return ("half", "twice") if use.role is NumberRole.FACTOR else TYPICAL[use.measure or "power"]
