"""Dates in other orders than ISO's, with 12-hour clocks, month names and 24:00, a column at a time."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from api_service.ingest.layout import DateOrder, StampPlan
from api_service.ingest.rows import BAD_STAMP, MISSING_STAMP, NULL_WORDS
from api_service.ingest.time.timestamps import DAY_US
from api_service.metering.blocks import BoolArray, IntArray

# The stubs know arrays and scalars, but no Python values beside them.
pc: Any = compute

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PATTERN = (
    r"^\s*(?P<a>[0-9]{1,4})[./\- ](?P<b>[0-9]{1,2}|[A-Za-z]{3,9})[./\- ](?P<c>[0-9]{1,4})"
    r"(?:[T ,_]+(?P<h>[0-9]{1,2})(?::(?P<m>[0-9]{2})(?:[:.](?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?)?"
    r"\s*(?P<p>[AaPp])?(?:\.?[Mm]\.?)?(?:\.(?P<g>[0-9]{1,9}))?)?"
    r"\s*(?P<z>Z|z|UTC|GMT|[+\-][0-9]{2}:?[0-9]{2})?\s*$"
)
"""Date and time in RE2's syntax; `a`, `b` and `c` are day, month and year in the order of the file."""

_COMPACT = (
    r"^\s*([0-9]{4})([0-9]{2})([0-9]{2})[T _]?([0-9]{2})([0-9]{2})([0-9]{2})?(Z|[+\-][0-9]{2}:?[0-9]{2})?\s*$"
)
_PLACES = {DateOrder.DMY: "cba", DateOrder.MDY: "cab", DateOrder.YMD: "abc", DateOrder.ISO: "abc"}


def parse_written(texts: Any, stamp: StampPlan) -> tuple[IntArray, BoolArray]:
    """The moments in a pyarrow array of texts, as epoch microseconds, and which of them are local times.

    A text that is no such moment is `BAD_STAMP`, an empty one `MISSING_STAMP`.
    """
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    # 20260109T000000 has no marks between its parts: give it some.
    spaced = pc.replace_substring_regex(trimmed, _COMPACT, r"\1-\2-\3 \4:\5:0\6 \7")
    if not pc.all(pc.equal(spaced, trimmed)).as_py():
        trimmed = pc.replace_substring_regex(spaced, r":0([0-9]{2})", r":\1")
    parts = pc.extract_regex(trimmed, PATTERN)
    matched = parts.is_valid().to_numpy(zero_copy_only=False)
    letters = _PLACES[stamp.order]
    days, is_date = _days(*(parts.field(letter) for letter in letters))
    clock_us, is_time = _clock_us(parts)
    zone_us, zoned = _zones_us(parts.field("z"))
    if stamp.midnight_ends_day:
        days = days + (clock_us == 0)
    stamp_us: IntArray = days * DAY_US + clock_us - zone_us
    stamp_us = np.where(matched & is_date & is_time, stamp_us, BAD_STAMP)
    empty = pc.is_in(pc.utf8_lower(trimmed), pa.array(NULL_WORDS)).to_numpy(zero_copy_only=False)
    return np.where(empty, MISSING_STAMP, stamp_us), ~zoned


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
    year = np.where((year < 100) & (year > 0), year + 2000, year)
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


def _fractions(texts: Any) -> IntArray:
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(texts, ""), 6, "0"), 0, 6)
    return _integers(digits)


def _zones_us(zones: Any) -> tuple[IntArray, BoolArray]:
    zones = pc.fill_null(zones, "")
    zoned = pc.not_equal(zones, "").to_numpy(zero_copy_only=False)
    numeric = pc.extract_regex(zones, r"^(?P<s>[+\-])(?P<h>[0-9]{2}):?(?P<m>[0-9]{2})$")
    shift = (_integers(numeric.field("h")) * 60 + _integers(numeric.field("m"))) * 60_000_000
    minus = pc.equal(pc.fill_null(numeric.field("s"), ""), "-").to_numpy(zero_copy_only=False)
    return np.where(minus, -shift, shift), zoned
