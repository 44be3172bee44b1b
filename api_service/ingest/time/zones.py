"""Time zones by their IANA name or as a fixed offset."""

import difflib
import re
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import InvalidInput

_ZONE_NAME = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?")
_ZONE_WORD = re.compile(
    r"(?:^|[\s(,\[_])(UTC|GMT)(?:\s?([+-]\d{1,2})(?::?00)?)?(?=$|[\s),\]_])", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(00))?", re.IGNORECASE)


def zone_of(name: str) -> ZoneInfo:
    """`Europe/Madrid` in any case, or `+01:00`, `UTC+1`. Raises `InvalidInput` with the nearest name."""
    known = available_timezones()
    if name in known:
        return ZoneInfo(name)
    if (match := _OFFSET.fullmatch(name.strip())) and int(match[2]) <= 14:
        # The names of these zones count the other way round.
        return ZoneInfo(f"Etc/GMT{'-' if match[1] == '+' else '+'}{int(match[2])}")
    by_lower = {each.lower(): each for each in known}
    if name.strip().lower() in by_lower:
        return ZoneInfo(by_lower[name.strip().lower()])
    near = difflib.get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    hint = f"; did you mean {by_lower[near[0]]}" if near else ""
    raise InvalidInput(
        f"{name!r} is not an IANA time zone such as Europe/Madrid nor an offset such as +01:00{hint}."
    )


def zone_in(heading: str) -> str | None:
    """The zone that a column's name gives: `Time Bucket (America/New_York)`, `Date Time, GMT-05:00`."""
    for match in _ZONE_NAME.finditer(heading):
        if match[0] in available_timezones():
            return match[0]
    word = _ZONE_WORD.search(heading)
    if word is None:
        return None
    return f"UTC{word[2]}" if word[2] else "UTC"
