"""Dates in other orders than ISO's, with 12-hour clocks, month names and 24:00, a column at a time."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from api_service.ingest.layout import DateOrder, StampPlan
from api_service.ingest.rows import BAD_STAMP, MISSING_STAMP, NULL_WORDS
from api_service.ingest.time.spelled import in_figures
from api_service.ingest.time.timestamps import DAY_US
from api_service.metering.blocks import BoolArray, IntArray

# The stubs know arrays and scalars, but no Python values beside them.
pc: Any = compute

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PATTERN = (
    r"^\s*(?P<a>[0-9]{1,4})[./\- ](?P<b>[0-9]{1,2}|(?i:" + "|".join(_MONTHS) + r"))[./\- ](?P<c>[0-9]{1,4})"
    r"(?:[T ,_]+(?P<h>[0-9]{1,3})(?:[:.](?P<m>[0-9]{2})(?:[:.](?P<s>[0-9]{2})(?:[.,:](?P<f>[0-9]{1,9}))?)?)?"
    r"\s*(?P<p>[AaPp])?(?:\.?[Mm]\.?)?(?:\.(?P<g>[0-9]{1,9}))?)?"
    r"\s*(?P<z>Z|z|UTC|GMT|[+\-][0-9]{2}(?::?[0-9]{2})?)?\s*$"
)
"""Date and time in RE2's syntax; `a`, `b` and `c` are day, month and year in the order of the file."""

LONGEST_DAY_US = 25 * 3_600_000_000
_PLACES = {DateOrder.DMY: "cba", DateOrder.MDY: "cab", DateOrder.YMD: "abc", DateOrder.ISO: "abc"}


def parse_written(texts: Any, stamp: StampPlan) -> tuple[IntArray, BoolArray]:
    """The moments in a pyarrow array of texts, as epoch microseconds, and which of them are local times.

    A text that is no such moment is `BAD_STAMP`, an empty one `MISSING_STAMP`.
    """
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    parts = _parts(trimmed)
    matched = parts.is_valid().to_numpy(zero_copy_only=False)
    years, months, days_of_month = _ordered(parts, stamp.order)
    days, is_date = _days(years, months, days_of_month)
    clock_us, is_time = _period_us(parts, stamp.period_us) if stamp.period_us else _clock_us(parts)
    zone_us, zoned = _zones_us(parts.field("z"))
    if stamp.midnight_ends_day:
        days = days + (clock_us == 0)
    stamp_us: IntArray = days * DAY_US + clock_us - zone_us
    stamp_us = np.where(matched & is_date & is_time, stamp_us, BAD_STAMP)
    empty = pc.is_in(pc.utf8_lower(trimmed), pa.array(NULL_WORDS)).to_numpy(zero_copy_only=False)
    return np.where(empty, MISSING_STAMP, stamp_us), ~zoned


def _parts(trimmed: Any) -> Any:
    """The groups of `PATTERN`; texts in another form are put into this one first."""
    parts = pc.extract_regex(trimmed, PATTERN)
    other = pc.and_(pc.invert(parts.is_valid()), pc.not_equal(trimmed, ""))
    if not pc.any(other).as_py():
        return parts
    # Dates repeat less than times of day, but a text of another form is rare or the form of all.
    pairs = zip(trimmed.to_pylist(), other.to_pylist(), strict=True)
    figures = [in_figures(text) if is_other else None for text, is_other in pairs]
    changed = pa.array(figures, pa.string())
    return pc.extract_regex(pc.coalesce(changed, trimmed), PATTERN)


def _ordered(parts: Any, order: DateOrder) -> tuple[Any, Any, Any]:
    """Year, month and day; a year of four figures that stands first, or a month's name, says it itself."""
    given = [parts.field(letter) for letter in _PLACES[order]]
    if order not in (DateOrder.DMY, DateOrder.MDY):
        return given[0], given[1], given[2]
    first, second, third = (parts.field(letter) for letter in "abc")
    is_year = pc.fill_null(pc.equal(pc.utf8_length(first), 4), False)
    is_name = pc.fill_null(pc.match_substring_regex(second, "[A-Za-z]"), False)
    years = pc.if_else(is_year, first, third)
    months = pc.if_else(pc.or_(is_year, is_name), second, given[1])
    days = pc.if_else(is_year, third, pc.if_else(is_name, first, given[2]))
    return years, months, days


def _integers(texts: Any) -> IntArray:
    filled = pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), "0", texts)
    numbers: IntArray = pc.fill_null(filled, "0").cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _days(years: Any, months: Any, days: Any) -> tuple[IntArray, BoolArray]:
    """Days since 1970 and whether there is such a date."""
    letters = pc.match_substring_regex(pc.fill_null(months, ""), "[A-Za-z]")
    if pc.any(letters).as_py():
        names = pc.index_in(pc.utf8_slice_codeunits(pc.utf8_lower(months), 0, 3), pa.array(_MONTHS))
        months = pc.if_else(letters, pc.fill_null(pc.add(names, 1), 0).cast(pa.string()), months)
    year, month, day = _integers(years), _integers(months), _integers(days)
    year = np.where((year < 100) & (year > 0), year + np.where(year < 80, 2000, 1900), year)
    sound = (year >= 1000) & (month >= 1) & (month <= 12) & (day >= 1)
    since = np.where(sound, (year - 1970) * 12 + month - 1, 0)
    first = since.astype("datetime64[M]").astype("datetime64[D]")
    following = (since + 1).astype("datetime64[M]").astype("datetime64[D]")
    sound &= day <= (following - first).astype(np.int64)
    return first.astype(np.int64) + day - 1, sound


def _clock_us(parts: Any) -> tuple[IntArray, BoolArray]:
    """Microseconds since midnight and whether there is such a time; 24:00:00 ends a day."""
    hour, minute, second = (_integers(parts.field(name)) for name in "hms")
    half: NDArray[Any] = pc.utf8_lower(pc.fill_null(parts.field("p"), "")).to_numpy(zero_copy_only=False)
    is_half = half != ""
    sound = np.where(
        is_half, (hour >= 1) & (hour <= 12), (hour < 24) | ((hour == 24) & (minute + second == 0))
    )
    hour = np.where(is_half, hour % 12 + 12 * (half == "p"), hour)
    micros = _fractions(parts.field("f")) + _fractions(parts.field("g"))
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros, sound & (minute < 60) & (second < 60)


def _period_us(parts: Any, length_us: int) -> tuple[IntArray, BoolArray]:
    """The number of a part of the day less one, as if microseconds, and whether there is such a part.

    `validate` makes times of it, where the zone is known: a day has up to 25 hours.
    """
    number = _integers(parts.field("h"))
    bare: BoolArray = pc.equal(pc.fill_null(parts.field("m"), ""), "").to_numpy(zero_copy_only=False)
    return number - 1, bare & (number >= 1) & ((number - 1) * length_us < LONGEST_DAY_US)


def _fractions(texts: Any) -> IntArray:
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(texts, ""), 6, "0"), 0, 6)
    return _integers(digits)


def _zones_us(zones: Any) -> tuple[IntArray, BoolArray]:
    zones = pc.fill_null(zones, "")
    zoned = pc.not_equal(zones, "").to_numpy(zero_copy_only=False)
    numeric = pc.extract_regex(zones, r"^(?P<s>[+\-])(?P<h>[0-9]{2}):?(?P<m>[0-9]{2})?$")
    shift = (_integers(numeric.field("h")) * 60 + _integers(numeric.field("m"))) * 60_000_000
    minus = pc.equal(pc.fill_null(numeric.field("s"), ""), "-").to_numpy(zero_copy_only=False)
    return np.where(minus, -shift, shift), zoned
