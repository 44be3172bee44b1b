"""How a cell's value and a limit are written for people: rounded, with a unit; evidence keeps them exact."""

from collections.abc import Sequence
from datetime import datetime
from math import isinf

from api_service.assistant.execution.cells import Cell, Role
from api_service.assistant.rendering.formatting import format_state
from api_service.metering.analysis.conditions import Limit
from api_service.metering.display import format_percent, format_value
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
HOURS_BELOW_S = 3 * DAY_S
SECONDS_BELOW_S = 10 * MINUTE_S
SYMBOLS = {"EUR": "\u20ac", "USD": "$", "GBP": "\u00a3"}
AMOUNTS = frozenset(("energy", "cost", "on_time", "duration", "switch_ons", "samples", "gaps"))
"""Measures of which there is more or less, where others are higher or lower."""


def value_text(cell: Cell, *, signed: bool = True, limits: Sequence[float] = ()) -> str:
    """The value of a cell that is no moment; `signed` False leaves a minus out.

    With a digit more where it would read as one of `limits`: 0.897 is below 0.9.
    """
    if isinstance(cell.value, datetime):
        raise TypeError("a moment is written by `times`")
    if isinstance(cell.value, str):
        return state_text(cell.value)
    value = cell.number if signed else abs(cell.number)
    if cell.role is Role.SHARE or cell.measure == "coverage":
        return part_text(value)
    if cell.role is Role.RATIO:
        return f"{_digits(value, 2 if value < 10 else 1)} times"
    if cell.unit.endswith("/day"):
        return f"{amount_text(cell.measure, value, cell.unit.removesuffix('/day'))} per day"
    if cell.statistic == Statistic.COUNT:
        return counted(value, "gap") if cell.measure == "gaps" else times(value)
    return _text_beside(cell, value, limits)


def _text_beside(cell: Cell, value: float, limits: Sequence[float]) -> str:
    """With a decimal more where it reads as a limit; not of what is counted, money and lengths of time."""
    text = amount_text(cell.measure, value, cell.unit)
    is_plain = cell.unit != "s" and cell.measure not in ("cost", "switch_ons", "samples") and value
    same = any(value != limit and text == amount_text(cell.measure, limit, cell.unit) for limit in limits)
    return format_value(cell.measure, value, more_decimals=1) if is_plain and same else text


def part_text(percent: float) -> str:
    """A part of a whole; one short of the whole is not rounded up to it: "99.5 %"."""
    text = format_percent(percent)
    if not percent < 100 or text != format_percent(100.0):
        return text
    written = (f"{percent:.{decimals}f} %" for decimals in (1, 2, 3))
    return next((text for text in written if not text.startswith("100")), text)


def amount_text(key: str, value: float, unit: str) -> str:
    """A value of a measure: "3.41 kWh", "3 h 20 min", "once", "17,280 readings", "€0.82"."""
    if unit == "s":
        return duration_text(value)
    if key == "cost":
        return money_text(value, unit)
    if key == "switch_ons":
        return times(value)
    if key == "samples":
        return counted(value, "reading")
    text = format_value(key, value)
    return text if value else text.replace(text.split()[0], "0", 1)


def duration_text(seconds: float) -> str:
    """ "45 s", "3 min 20 s", "12 min", "3 h 20 min", "4 days 5 h"."""
    sign = "-" if seconds < 0 else ""
    length = abs(seconds)
    if round(length) < MINUTE_S:
        return f"{sign}{round(length)} s"
    if length < SECONDS_BELOW_S:
        return sign + _two(round(length), 60, ("min", "s"))
    if round(length / MINUTE_S) < 60:
        return f"{sign}{round(length / MINUTE_S)} min"
    if length < HOURS_BELOW_S:
        return sign + _two(round(length / MINUTE_S), 60, ("h", "min"))
    return sign + _two(round(length / HOUR_S), 24, ("days", "h"))


def _two(count: int, size: int, units: tuple[str, str]) -> str:
    whole, rest = divmod(count, size)
    return f"{whole} {units[0]}" + (f" {rest} {units[1]}" if rest else "")


def money_text(value: float, currency: str) -> str:
    """ "€3.41", "12.30 CHF"; three digits below 10 cents."""
    decimals = 3 if 0 < abs(value) < 0.1 else 2
    text = f"{abs(value):,.{decimals}f}"
    sign = "-" if value < 0 and float(text.replace(",", "")) else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency}"


def times(value: float) -> str:
    """ "0 times", "once", "twice", "2.5 times"."""
    return {1.0: "once", 2.0: "twice"}.get(value) or f"{_digits(value, 1)} times"


def counted(value: float, noun: str) -> str:
    """ "no gaps", "1 gap", "17,280 readings"."""
    if value == 0:
        return f"no {noun}s"
    return f"{_digits(value, 1)} {noun}" + ("" if value == 1 else "s")


def _digits(value: float, decimals: int) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.{decimals}f}"


def state_text(state: str) -> str:
    """ "on", "off"; other recorded states in quotation marks."""
    text = format_state(state)
    return text if text in ("on", "off", "standby", "idle", "running") else f"\u201c{text}\u201d"


def in_state(text: str) -> str:
    """A state's text behind "is": "on", "on standby", "in the state “heating”"."""
    if text == "standby":
        return "on standby"
    return f"in the state {text}" if text.startswith("\u201c") else text


# --- limits -----------------------------------------------------------------------------------------------


def limit_words(key: str, limit: Limit) -> str:
    """The comparison of a limit: "above", "more than", "between", "within", "outside" …"""
    low, high = _sides(key, limit)
    if low and high:
        if limit.outside:
            return "outside"
        return "between"
    is_lower_bound = low is not limit.outside
    if limit.closed and not limit.outside:
        return "at least" if is_lower_bound else "at most"
    if key in AMOUNTS:
        return "more than" if is_lower_bound else "less than"
    return "above" if is_lower_bound else "below"


def limit_text(key: str, limit: Limit, unit: str) -> str:
    """The numbers of a limit: "210 V", "207 V and 253 V"; "207 V to 253 V" where it is outside of them."""
    low, high = _sides(key, limit)
    numbers = [
        limit_number(key, side, unit) for side, is_set in ((limit.low, low), (limit.high, high)) if is_set
    ]
    return (" to " if limit.outside else " and ").join(numbers)


def limit_number(key: str, value: float, unit: str) -> str:
    """A number as it was said: "210 V", "1.5 kWh", "20 %"."""
    if unit == "%":
        return f"{value:g} %"
    if unit == "times":
        return f"{value:g} times"
    if unit == "s" or key in ("cost", "switch_ons", "samples"):
        return amount_text(key, value, unit)
    scale = MEASURES[key].scale_for(value)
    return f"{float(f'{value / scale.factor:.6g}'):g} {scale.unit}".rstrip()


def _sides(key: str, limit: Limit) -> tuple[bool, bool]:
    """Which ends bound anything: a THD has no lower limit of 0, a power factor no upper one of 1."""
    columns = MEASURES[key].columns
    least, greatest = (columns[0].low, columns[0].high) if columns else (0.0, float("inf"))
    is_low = not isinf(limit.low) and not (limit.closed and limit.low <= least)
    is_high = not isinf(limit.high) and not (limit.closed and limit.high >= greatest)
    return is_low, is_high
