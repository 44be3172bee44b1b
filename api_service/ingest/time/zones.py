"""Time zones by their IANA name or as a fixed offset."""

import difflib
import re
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import InvalidInput

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
