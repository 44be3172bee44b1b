"""Moments as they are written in files: RFC 3339, plain local time, epoch numbers."""

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

import numpy as np

from api_service.metering.blocks import IntArray

DAY_US = 86_400_000_000
EARLIEST_US = 315_532_800_000_000  # 1980-01-01, before which no meter wrote a file
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
# An epoch number says by its size whether it counts seconds, milliseconds or microseconds.
# Of 19 figures, from 2001 to 2033, it counts nanoseconds.
_SECONDS_BELOW, _MILLIS_BELOW, _NANOS_FROM = 10**11, 10**14, 10**18

_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 local times count from a local epoch
_NO_SHIFT = timedelta(0)

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    r"(?: ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = re.compile(r"[0-9]{1,17}(?:\.[0-9]+)?|1[0-9]{18}")


class StampKind(Enum):
    """How the timestamps of a block are written."""

    ZONED = "zoned"
    NAIVE = "naive"
    EPOCH = "epoch"


class Stamp(NamedTuple):
    """Microseconds since 1970, of UTC, or of local time when the kind is `NAIVE`."""

    us: int
    kind: StampKind


def parse_timestamp(text: str) -> Stamp | None:
    """Read one timestamp; None when it is none (or names a date that does not exist)."""
    match = _ISO.fullmatch(text)
    if match is None:
        return _epoch(text) if _EPOCH.fullmatch(text) else None
    date, hour, minute, second, fraction, zone = match.groups()
    # Python has no year 0; it is a date all the same, and out of range like the year 1.
    date = date.replace("0000-", "0001-", 1) if date.startswith("0000") else date
    try:
        local = datetime.fromisoformat(f"{date}T{hour or '00'}:{minute or '00'}:{second or '00'}")
        shift = _offset(zone) if zone else _NO_SHIFT
    except ValueError:
        return None
    since = local - _LOCAL_EPOCH - shift
    us = (since.days * 86_400 + since.seconds) * 1_000_000
    if fraction:
        us += int(fraction[:6].ljust(6, "0"))
    return Stamp(us, StampKind.ZONED if zone else StampKind.NAIVE)


def is_rfc3339(text: str) -> bool:
    """Whether the text has RFC 3339's form, zone included."""
    return _RFC3339.fullmatch(text) is not None


def epoch_to_us(numbers: IntArray) -> IntArray:
    """Whole epoch seconds, milli-, micro- or nanoseconds to microseconds, each by its own size."""
    factor = np.select([numbers < _SECONDS_BELOW, numbers < _MILLIS_BELOW], [1_000_000, 1000], default=1)
    scaled: IntArray = np.where(numbers >= _NANOS_FROM, numbers // 1000, numbers * factor)
    return scaled


def _epoch(text: str) -> Stamp:
    whole, _, fraction = text.partition(".")
    number = int(whole) // 1000 if len(whole) == 19 else int(whole)
    factor = 1_000_000 if number < _SECONDS_BELOW else 1000 if number < _MILLIS_BELOW else 1
    digits = {1_000_000: 6, 1000: 3, 1: 0}[factor]
    part = int(fraction[:digits].ljust(digits, "0") or "0")
    return Stamp(number * factor + part, StampKind.EPOCH)


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return _NO_SHIFT
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    shift = timedelta(hours=hours, minutes=minutes)
    return -shift if zone[0] == "-" else shift
