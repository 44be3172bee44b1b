"""Reads an answer's text: which numbers, times, dates and devices does it speak of?"""

import re
from dataclasses import dataclass

from benchmarks.assistant.questions.calendar_words import MONTHS

MONTH_NAMES = "|".join(f"{month[:3]}(?:{month[3:]})?" if len(month) > 3 else month for month in MONTHS)
_ISO = re.compile(
    r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?(?:\s*([ap])\.?m\.?\b)?", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({MONTH_NAMES})\b\.?(?:,?\s+(\d{{4}}))?", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    rf"\b({MONTH_NAMES})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?", re.IGNORECASE
)
_TIME_UNITS = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0,
    "day": 86400.0,
}  # fmt: skip
_UNIT = r"kWh|MWh|Wh|kW|MW|W|watts?|kilowatt[- ]hours?|kVA|VA|kvar|var|V|mA|A|Hz|%|percent|per cent"
_LENGTH = re.compile(
    r"(?<![\w.,:])(\d+(?:\.\d+)?) ?(days?|h|hours?|min|minutes?|s|sec|seconds?)(?![\w/])"
    r"(?:,? (?:and )?(\d+) ?(h|hours?|min|minutes?|s|seconds?)(?![\w/]))?",
)
_STANDARD = re.compile(r"\b(?:EN|IEC|IEEE|ANSI) ?[\dC][\d.-]*")
_LIST_JOINT = re.compile(r"\s*(?:,|and\b|, and\b)[^.:;(\d]{0,40}")
_TIMES = {"once": 1.0, "twice": 2.0}
_NUMBER = re.compile(
    rf"(?<![\w.,:])([-−]?(?:\d{{1,3}}(?:[,\u202f\u00a0]\d{{3}})+|\d+)(?:\.\d+)?)(?:\s?({_UNIT})(?![\w/]))?",
    re.IGNORECASE,
)
# To W, Wh, %, V, A, Hz, VA and var.
_SCALES = {
    "kwh": (1000.0, "Wh"), "mwh": (1e6, "Wh"), "wh": (1.0, "Wh"), "kw": (1000.0, "W"), "mw": (1e6, "W"),
    "w": (1.0, "W"), "watt": (1.0, "W"), "watts": (1.0, "W"), "kva": (1000.0, "VA"), "va": (1.0, "VA"),
    "kvar": (1000.0, "var"), "var": (1.0, "var"), "v": (1.0, "V"), "a": (1.0, "A"), "ma": (1e-3, "A"),
    "s": (1.0, "s"), "min": (60.0, "s"), "h": (3600.0, "s"), "d": (86400.0, "s"), "hz": (1.0, "Hz"),
    "%": (1.0, "%"), "percent": (1.0, "%"), "per cent": (1.0, "%"),
}  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """A number as it was written: in the base unit, with half a unit of its last digit as `tolerance`."""

    text: str
    value: float
    tolerance: float
    unit: str
    at: int

    def agrees(self, value: float) -> bool:
        """Whether the written number is this value, rounded as it was written."""
        return abs(self.value - value) <= self.tolerance * 1.001 + 1e-9 * max(1.0, abs(value))

    def informs(self, value: float) -> bool:
        """Whether it agrees and says enough: "0 kW" for 40 W is a rounding, not an answer."""
        return self.agrees(value) and abs(self.value - value) <= max(0.05 * abs(value), 0.06)


@dataclass(frozen=True)
class Reading:
    """What was found in a text. Clocks are HH:MM, dates (year or None, month, day)."""

    numbers: tuple[Spoken, ...]
    clocks: tuple[str, ...]
    dates: tuple[tuple[int | None, int, int], ...]


def base_unit(value: float, unit: str) -> tuple[float, str]:
    """A value of the evidence in its base unit; an unknown unit stays."""
    scale, base = _SCALES.get(unit.lower(), (1.0, unit))
    return value * scale, base


def read_answer(text: str, names: tuple[str, ...]) -> Reading:
    """Numbers, clock times and dates of a text; digits inside device names do not count."""
    text = _blank(text, [span for name in names for span in find_name(text, name)])
    text = _blank(text, [match.span() for match in _STANDARD.finditer(text)])
    dates: list[tuple[int | None, int, int]] = []
    clocks: list[str] = []
    for match in list(_ISO.finditer(text)):
        dates.append((int(match[1]), int(match[2]), int(match[3])))
        if match[4]:
            clocks.append(f"{match[4]}:{match[5]}")
        text = _blank(text, [match.span()])
    for match in list(_CLOCK.finditer(text)):
        clocks.append(_clock(match))
        text = _blank(text, [match.span()])
    for pattern, day_group, month_group in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for match in list(pattern.finditer(text)):
            month = [m[:3].lower() for m in MONTHS].index(match[month_group][:3].lower()) + 1
            dates.append((int(match[3]) if match[3] else None, month, int(match[day_group])))
            text = _blank(text, [match.span()])
    lengths, text = _lengths(text)
    numbers = sorted([*lengths, *_with_units_of_lists(text, _numbers(text))], key=lambda number: number.at)
    return Reading(tuple(numbers), tuple(clocks), tuple(dates))


def _with_units_of_lists(text: str, numbers: list[Spoken]) -> list[Spoken]:
    """ "Mon 4.11, Tue 4.00 and Wed 4.09 kW": the numbers of a list have the unit of its last one."""
    found = list(numbers)
    scale = 1.0
    for place in range(len(found) - 2, -1, -1):
        one, other = found[place], found[place + 1]
        between = text[one.at + len(one.text) : other.at]
        if not one.unit and other.unit and _LIST_JOINT.fullmatch(between):
            scale = scale if other is not numbers[place + 1] else _scale_of(other.text)
            found[place] = Spoken(one.text, one.value * scale, one.tolerance * scale, other.unit, one.at)
    return found


def _scale_of(written: str) -> float:
    match = _NUMBER.search(written)
    return _SCALES.get((match[2] or "").lower(), (1.0, ""))[0] if match else 1.0


def _lengths(text: str) -> tuple[list[Spoken], str]:
    """Lengths of time in seconds ("3 h 20 min", "45 s"), and the text without them."""
    found = []
    for match in list(_LENGTH.finditer(text)):
        unit = _seconds(match[2])
        value, last = float(match[1]) * unit, 10.0 ** -len(match[1].partition(".")[2]) * unit
        if match[3]:
            last = _seconds(match[4])
            value += float(match[3]) * last
        found.append(Spoken(match[0].strip(), value, 0.5 * last, "s", match.start()))
        text = _blank(text, [match.span()])
    return found, text


def _seconds(unit: str) -> float:
    return _TIME_UNITS[unit if unit in _TIME_UNITS else unit.removesuffix("s")]


def _clock(match: re.Match[str]) -> str:
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
    return f"{hour:02d}:{match[2]}"


def _numbers(text: str) -> list[Spoken]:
    found = [
        Spoken(match[0], _TIMES[match[0].lower()], 0.0, "", match.start())
        for match in re.finditer(r"\b(?:once|twice)\b", text, re.IGNORECASE)
    ]
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[,\u202f\u00a0]", "", match[1]).replace("−", "-")
        decimals = len(digits.partition(".")[2])
        unit = (match[2] or "").lower()
        if unit.startswith("kilowatt"):
            unit = "kwh"
        scale, base = _SCALES.get(unit, (1.0, ""))
        found.append(
            Spoken(
                match[0].strip(), float(digits) * scale, 0.5 * 10.0**-decimals * scale, base, match.start()
            )
        )
    return found


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def find_name(text: str, name: str) -> list[tuple[int, int]]:
    """Where the text names the device, in any case; whole words only."""
    escaped = re.escape(name)
    pattern = rf"(?<!\w){escaped}(?!\w)" if name.isascii() else escaped
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]


def mentions(text: str, names: tuple[str, ...]) -> list[tuple[int, int, str]]:
    """Where the text names which device, in order, as (start, end, name); longer names win."""
    taken: list[tuple[int, int, str]] = []
    for name in sorted(names, key=len, reverse=True):
        for start, end in find_name(text, name):
            if all(end <= other_start or start >= other_end for other_start, other_end, _ in taken):
                taken.append((start, end, name))
    return sorted(taken)
