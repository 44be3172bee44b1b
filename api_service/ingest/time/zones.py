"""Time zones by their IANA name or as a fixed offset."""

import difflib
import io
import re
import struct
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import InvalidInput
from shared.zones import is_zone

_ZONE_NAME = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?")
_ZONE_WORD = re.compile(
    r"(?:^|[\s(,\[_])(UTC|GMT)(?:\s?([+-]\d{1,2})(?::?([0-5]\d))?)?(?=$|[\s),\]_])", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_FARTHEST_HOURS = 14


def zone_of(name: str) -> ZoneInfo:
    """`Europe/Madrid` in any case, or `+05:30`, `UTC+1`. Raises `InvalidInput` with the nearest name."""
    if is_zone(name):
        return ZoneInfo(name)
    match = _OFFSET.fullmatch(name.strip())
    if match and int(match[2]) + (match[3] not in (None, "00")) <= _FARTHEST_HOURS:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return _fixed(-minutes if match[1] == "-" else minutes)
    by_lower = {each.lower(): each for each in available_timezones()}
    if name.strip().lower() in by_lower:
        return ZoneInfo(by_lower[name.strip().lower()])
    near = difflib.get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    hint = f"; did you mean {by_lower[near[0]]}" if near else ""
    raise InvalidInput(
        f"{name!r} is not an IANA time zone such as Europe/Madrid nor an offset such as +01:00{hint}."
    )


def _fixed(minutes: int) -> ZoneInfo:
    """The zone that is always so many minutes ahead of UTC."""
    if minutes % 60 == 0:
        # The names of these zones count the other way round.
        return ZoneInfo(f"Etc/GMT{'-' if minutes > 0 else '+'}{abs(minutes) // 60}")
    # Zones of half hours have no such name: the smallest file in the form of RFC 8536, with one type of time.
    name = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    letters = name.encode() + b"\0"
    header = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, len(letters))
    return ZoneInfo.from_file(
        io.BytesIO(header + struct.pack(">lbb", minutes * 60, 0, 0) + letters), key=name
    )


def zone_in(heading: str) -> str | None:
    """The zone that a column's name gives: `Time Bucket (America/New_York)`, `Date Time, GMT-05:00`."""
    for match in _ZONE_NAME.finditer(heading):
        if is_zone(match[0]):
            return match[0]
    word = _ZONE_WORD.search(heading)
    if word is None:
        return None
    return f"UTC{word[2]}:{word[3] or '00'}" if word[2] else "UTC"
