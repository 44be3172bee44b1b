"""Moments written with words, as spreadsheet dates or without marks, in the one form that is read."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

_CLOCK = re.compile(
    r"(?<![\d.,/-])(\d{1,2})\s*[:h.]\s*(\d{2})(?:\s*[:.m]\s*(\d{2})(?:[.,](\d{1,9}))?)?s?(?![\d.])"
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?$")
_DOTTED = re.compile(r"^(\d{1,4})\.\s+(\d{1,2})\.\s+(\d{1,4})\.?(?=\s|$)")
_BASIC = re.compile(r"(\d{8})[t _](\d{4}(?:\d{2})?)(z?|[+-]\d{2}:?\d{2})")
_BASIC_CLOCK = re.compile(r"(\d{8})[t _](\d{1,2}(?::\d{2}){0,2}\s?(?:[ap]m)?)")
# Year, month, day, hour, minute and second, each from a column of its own.
_PARTS = re.compile(r"(\d{4}) (\d{1,2}) (\d{1,2}) (\d{1,2}) (\d{1,2})(?: (\d{1,2}))?")
_ISO_WEEK = re.compile(r"(\d{4})-?w(\d{2})-?([1-7])(?:[t ](.+))?")
# `'25/03/14`: the mark stands for the century.
_SHORT_YEAR = re.compile(r"'(\d\d)(?=[-./]\d)")
# The signs behind the parts of a date in Chinese, Japanese and Korean.
_EASTERN = str.maketrans(
    {
        "年": "-",
        "月": "-",
        "日": " ",
        "时": ":",
        "時": ":",
        "分": ":",
        "秒": "",
        "년": "-",
        "월": "-",
        "일": " ",
        "시": ":",
        "분": ":",
        "초": "",
    }
)
_NUMBER = re.compile(r"(\d{1,17})(?:[.,](\d+))?")
_SCIENTIFIC = re.compile(r"\d\.\d+e\+?(?:0?9|1[0-5])")
_SECONDS = (1e8, 7.2e9)
"""Since 1970, of 1973 and of 2198."""
_MEASURED_DIGITS = 7
# Days since 1899-12-30 of 1980-01-01 and of 2100-01-01: what spreadsheets count dates by. As seconds since
# 1970 none of these numbers is a moment of any meter.
_SERIAL_DAYS = (29_221, 73_051)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 a local date
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_UNIX = datetime(1970, 1, 1)  # noqa: DTZ001 written with its zone


@dataclass(frozen=True)
class Words:
    """The months by name, what may stand beside them, the zones in minutes ahead of UTC.

    `begin`, `no_begin` and `day_first` are words beside a date above a table.
    """

    months: Mapping[str, int]
    silent: frozenset[str]
    zones: Mapping[str, int]
    begin: frozenset[str]
    no_begin: frozenset[str]
    day_first: frozenset[str]


@cache
def words() -> Words:
    """The words of `words.toml`, read once."""
    raw = tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))
    return Words(
        months={name: int(number) for number, names in raw["months"].items() for name in names},
        silent=frozenset(raw["words"]["weekdays"]) | frozenset(raw["words"]["fillers"]),
        zones=raw["zones"],
        begin=frozenset(raw["above"]["begin"]),
        no_begin=frozenset(raw["above"]["no_begin"]),
        day_first=frozenset(raw["above"]["day_first"]),
    )


def in_figures(text: str) -> str | None:
    """`Mon Mar 3 10:05:00 2025`, `3. März 2025, 10:05 Uhr`, `45719.42` or `20250303100500` in figures.

    That is year-month-day and time, with the offset of a zone that is named; None for what is no such moment.
    """
    lowered = _SHORT_YEAR.sub(r"20\1", _western(text.strip().lower()))
    lowered = unicodedata.normalize("NFKD", lowered)
    plain = "".join(letter for letter in lowered if not unicodedata.combining(letter))
    if plain.endswith(")") and " (" in plain:
        plain = plain.rpartition(" (")[0]  # "… GMT+0100 (Central European Standard Time)"
    return _of_number(plain) or _of_words(plain)


def _western(text: str) -> str:
    """`2025年3月14日 10時05分` as `2025-3-14 10:05`."""
    if text.isascii() or not any(sign in text for sign in "年月년월"):
        return text
    return re.sub(r"\s*-\s*|:\s*$", lambda mark: mark[0].strip(" :"), text.translate(_EASTERN)).strip()


def _of_number(text: str) -> str | None:
    if _SCIENTIFIC.fullmatch(text):
        return _of_seconds(text)
    if week := _ISO_WEEK.fullmatch(text):
        return _of_week(week)
    if parts := _PARTS.fullmatch(text):
        year, month, day, hour, minute, second = parts.groups(default="00")
        return f"{year}-{month}-{day} {hour}:{minute:0>2}:{second:0>2}"
    if (apart := _BASIC_CLOCK.fullmatch(text)) and (midnight := _compact(apart[1])):
        return f"{midnight[:10]} {apart[2]}"
    if basic := _BASIC.fullmatch(text):
        moment = _compact(basic[1] + basic[2])
        return moment and f"{moment} {basic[3].upper()}".strip()
    match = _NUMBER.fullmatch(text)
    return _of_digits(match) if match else None


def _of_seconds(text: str) -> str | None:
    """Seconds, milli- or microseconds since 1970 in powers of ten; None for what is a measured value instead.

    Six digits of an apparent power may look like milliseconds, but no clock tells those by so few.
    """
    count, digits = float(text), text.index("e") - 1
    for seconds in (count, count / 1e3, count / 1e6) if digits > _MEASURED_DIGITS else (count,):
        if _SECONDS[0] <= seconds < _SECONDS[1]:
            return f"{_UNIX + timedelta(seconds=seconds)} Z"
    return None


def _of_digits(match: re.Match[str]) -> str | None:
    """Figures without marks, or a spreadsheet's date."""
    digits, fraction = match[1], match[2] or ""
    if digits[:2] in ("19", "20") and not fraction and len(digits) in _COMPACT:
        return _compact(digits)
    days = float(f"{digits}.{fraction or 0}")
    return _of_serial(days, len(fraction)) if _SERIAL_DAYS[0] <= days < _SERIAL_DAYS[1] else None


def _of_week(week: re.Match[str]) -> str | None:
    """The day of an ISO week, with the time behind it."""
    try:
        day = date.fromisocalendar(int(week[1]), int(week[2]), int(week[3]))
    except ValueError:
        return None
    return f"{day} {(week[4] or '').upper()}".strip()


def _compact(digits: str) -> str | None:
    try:
        return str(datetime.strptime(digits, _COMPACT[len(digits)]))  # noqa: DTZ007 a local time
    except ValueError:
        return None


def _of_serial(days: float, decimals: int) -> str:
    """A spreadsheet's date, rounded to what its decimals can tell."""
    step_ms = next((step for step in (1, 10, 100) if step >= 0.5 * 86_400_000 / 10**decimals), 1000)
    steps = round(days * 86_400_000 / step_ms)
    return str(_SERIAL_EPOCH + timedelta(milliseconds=steps * step_ms))


def _of_words(text: str) -> str | None:
    """The moment with a month or zone by its name."""
    text, zone = _without_zone(_DOTTED.sub(r"\1.\2.\3", text))
    clock = _CLOCK.search(text)
    rest = f"{text[: clock.start()]} {text[clock.end() :]}" if clock else text
    tokens = re.findall(r"\d+|[a-z]+", rest)
    half = next((token[0] for token in tokens if token in ("am", "pm")), None) if clock else None
    day = _date([token for token in tokens if token not in ("am", "pm")], rest)
    if day is None:
        return None
    if clock is None:
        return f"{day}{zone and ' 00:00'}{zone}"
    hour, minute, second, fraction = clock.groups()
    mark = f" {half}m" if half else ""
    return f"{day} {hour}:{minute}:{second or '00'}.{fraction or 0}{mark}{zone}"


def _without_zone(text: str) -> tuple[str, str]:
    """The text before its zone, and the zone as an offset with a blank before it."""
    head, _, tail = text.rpartition(" ")
    if head and (match := _OFFSET.search(tail)) and match.start() == 0:
        return head, f" {match[1]}{int(match[2]):02}:{match[3] or '00'}"
    minutes = words().zones.get(tail)
    if not head or minutes is None:
        return text, ""
    return head, f" {'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _date(tokens: list[str], rest: str) -> str | None:
    """Year, month and day, the month by its name; figures alone stay as they are."""
    numbers = [token for token in tokens if token.isdigit()]
    letters = [token for token in tokens if not token.isdigit()]
    if not numbers:
        return None
    months = [token for token in letters if token in words().months]
    known = set(months) | words().silent
    if any(token not in known for token in letters):
        return None
    if not letters or (not months and len(numbers) == 3):
        return re.sub(r"[a-z,]+", " ", rest).strip()
    if not months or len(numbers) != 2:
        return None
    # A year of two figures stands last, as in `3 Mar 25` and `Mar 3, 25`.
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
    return f"{_full_year(int(year))}-{words().months[months[-1]]:02}-{int(day):02}"


def _full_year(year: int) -> int:
    """A year of two figures in the century in which meters wrote files: 1980 to 2079."""
    return year + (0 if year >= 100 else 2000 if year < 80 else 1900)
