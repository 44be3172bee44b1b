"""What a device is called: by its user, by its file, by what its states say, else by its number."""

import re
from collections.abc import Mapping

# Words of states that say how a device stands and not what it is. A state names a device when at least one
# of its words is none of these ("washing machine on" does, "power on" and "state 2" do not).
_GENERIC = """
on off standby stand by idle active inactive running run stopped stop start started starting steady ready
sleep sleeping heating cooling charging charged discharging working busy waiting paused pause open closed
high low medium normal full empty mode state status power powered level step stage phase auto manual
ok error fault alarm warning unknown unavailable none null nan true false yes no online offline
enabled disabled connected disconnected transient cycle load light heavy maximum minimum max min
"""
GENERIC_WORDS = frozenset(_GENERIC.split())


def device_name(
    cluster: int, given_name: str | None, file_name: str | None, state_counts: Mapping[str, int]
) -> str:
    """The first that exists: given name, file's name, most common descriptive state, `Device {cluster}`.

    Of states equally common the alphabetically first serves.
    """
    if given_name or file_name:
        return given_name or file_name or ""
    descriptive = [state for state in state_counts if is_descriptive(state)]
    if descriptive:
        return min(descriptive, key=lambda state: (-state_counts[state], state)).strip()
    return f"Device {cluster}"


def is_descriptive(state: str) -> bool:
    """True if a device state says what the device is, and not only how it stands."""
    words = re.findall(r"[^\W\d_]+", state.casefold())
    return any(len(word) > 1 and word not in GENERIC_WORDS for word in words)
