"""Names of time zones, without a walk through the folder of all of them."""

from functools import lru_cache
from zoneinfo import ZoneInfo

# Folders beside the zones with other copies of them, and the rules of POSIX.
_NO_ZONES = ("posix", "right")


@lru_cache(256)
def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone, written in its letters."""
    if not name or name.startswith(_NO_ZONES) or not name.isascii():
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
