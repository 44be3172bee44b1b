"""Written numbers: digits, counts in words, durations, money, each with its unit and its rounding; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api_service.metering.display import unit_spellings
from api_service.metering.units import written_tolerance


@dataclass(frozen=True)
class Written:
    """A number as it stands in a text, in the base unit of its kind (W, Wh, s, %, a currency's code).

    `tolerance` is half of its last written digit. `unit` is "" for a bare number, "times", or the counted
    noun in the singular ("device", "reading", "gap", "day"); `per_day` for a slope.
    """

    value: float
    unit: str
    tolerance: float
    per_day: bool = False

    def agrees(self, value: float) -> bool:
        """Whether `value` is what was written, as far as it was written."""
        return abs(self.value - value) <= self.tolerance + 1e-9 * max(1.0, abs(value))


SECONDS: Mapping[str, float] = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0,
    "d": 86_400.0, "day": 86_400.0, "days": 86_400.0,
}  # fmt: skip
CURRENCIES: Mapping[str, str] = {"\u20ac": "EUR", "$": "USD", "\u00a3": "GBP"}
COUNTED: Mapping[str, str] = {
    "device": "device", "devices": "device", "appliances": "device", "group": "group", "groups": "group",
    "state": "state", "states": "state", "reading": "reading", "readings": "reading", "gap": "gap",
    "gaps": "gap", "times": "times", "time": "times", "x": "times", "switch-ons": "times", "more": "more",
    "others": "more", "weeks": "week", "week": "week", "months": "month", "month": "month",
    "weekdays": "weekday", "periods": "period",
}  # fmt: skip
NUMBER_WORDS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        [
            "no",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"none": 0, "once": 1, "twice": 2}
ORDINALS: Mapping[str, int] = {
    word: rank
    for rank, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        1,
    )
}

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNITS = {spelling: found for spelling, found in unit_spellings().items() if spelling not in SECONDS}
_UNIT = "|".join(re.escape(unit) for unit in sorted([*_UNITS, *COUNTED], key=len, reverse=True))
_TIME_UNIT = "|".join(sorted(SECONDS, key=len, reverse=True))
_SIGN = r"(?P<sign>[-\u2212])?"
_END = r"(?![\w%])(?!\.\d)(?!:\d)"
_SPACE = r"[ \u00a0]?"
_DURATION = re.compile(
    rf"{_SIGN}(?P<first>{_DIGITS}){_SPACE}(?P<unit>{_TIME_UNIT})"
    rf"(?:(?: and|,)? (?P<second>\d+){_SPACE}(?P<smaller>{_TIME_UNIT}))?{_END}",
    re.IGNORECASE,
)
_MONEY = re.compile(rf"{_SIGN}(?P<symbol>[\u20ac$\u00a3])(?P<digits>{_DIGITS}){_END}")
_CODE = re.compile(rf"{_SIGN}(?P<digits>{_DIGITS}){_SPACE}(?P<code>[A-Z]{{3}}|\u00a4){_END}")
_PLAIN = re.compile(rf"{_SIGN}(?P<digits>{_DIGITS})(?:{_SPACE}(?P<unit>{_UNIT}))?{_END}", re.IGNORECASE)
_ORDINAL = re.compile(r"(?P<digits>\d+)(?:st|nd|rd|th)(?!\w)")
_PER_DAY = re.compile(r" (?:per|a|each) day(?!\w)")
_CURRENCY_CODES = frozenset(("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD",
                             "CAD",
                             "NZD", "JPY", "INR", "CNY", "BRL", "ZAR", "\u00a4"))  # fmt: skip


def read_number(text: str, place: int) -> tuple[Written, int] | None:
    """The number that begins at `place`, and where it ends; None where there is none."""
    for read in (_duration, _money, _plain):
        found = read(text, place)
        if found is not None:
            number, end = found
            slope = _PER_DAY.match(text, end)
            if slope:
                return Written(number.value, number.unit, number.tolerance, per_day=True), slope.end()
            return found
    return None


def read_ordinal(text: str, place: int) -> tuple[int, int] | None:
    """ "3rd" and where it ends."""
    match = _ORDINAL.match(text, place)
    return (int(match["digits"]), match.end()) if match else None


def _duration(text: str, place: int) -> tuple[Written, int] | None:
    match = _DURATION.match(text, place)
    if match is None or match["unit"] in ("S", "H", "D"):
        return None
    size = SECONDS[match["unit"].lower()]
    value, tolerance = _value(match["first"]) * size, written_tolerance(_plain_digits(match["first"])) * size
    if match["second"]:
        smaller = SECONDS[match["smaller"].lower()]
        if smaller >= size:
            return None
        value, tolerance = value + float(match["second"]) * smaller, 0.5 * smaller
    return Written(-value if match["sign"] else value, "s", tolerance), match.end()


def _money(text: str, place: int) -> tuple[Written, int] | None:
    match = _MONEY.match(text, place)
    if match:
        return _made(match["digits"], match["sign"], CURRENCIES[match["symbol"]], 1.0), match.end()
    match = _CODE.match(text, place)
    if match and match["code"] in _CURRENCY_CODES:
        return _made(match["digits"], match["sign"], match["code"], 1.0), match.end()
    return None


def _plain(text: str, place: int) -> tuple[Written, int] | None:
    match = _PLAIN.match(text, place)
    if match is None:
        return None
    spelling = (match["unit"] or "").lower()
    if spelling in COUNTED:
        return _made(match["digits"], match["sign"], COUNTED[spelling], 1.0), match.end()
    unit, factor = _UNITS.get(spelling, ("", 1.0))
    if match["unit"] in ("mW", "mWh"):  # no milliwatts here: only the capital M is mega
        return None
    return _made(match["digits"], match["sign"], unit, factor), match.end()


def _made(digits: str, sign: str | None, unit: str, factor: float) -> Written:
    value = _value(digits) * factor
    return Written(-value if sign else value, unit, written_tolerance(_plain_digits(digits)) * factor)


def _value(digits: str) -> float:
    return float(_plain_digits(digits))


def _plain_digits(digits: str) -> str:
    return digits.replace(",", "")
