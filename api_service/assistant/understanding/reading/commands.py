"""Orders to a device or to the program, told by their first word: they are no questions; pure."""

from collections.abc import Sequence

_POLITE = frozenset(
    "please pls plz can could would will you kindly hey ok okay just go and now then i want need to".split()  # noqa: SIM905
)
_DEVICES = (
    "turn",
    "switch",
    "shut",
    "stop",
    "restart",
    "reboot",
    "reset",
    "unplug",
    "dim",
    "enable",
    "disable",
)
_PROGRAM = ("schedule", "remind", "notify", "alert", "warn", "wake", "delete", "rename", "remove")
_BOTH = ("activate", "deactivate", "kill", "lock", "unlock", "pause")
_VERBS = frozenset((*_DEVICES, *_PROGRAM, *_BOTH))
_OF_SWITCHING = frozenset(("switch", "reset", "alert", "stop"))
_NO_OBJECTS = frozenset(
    "ons offs on-offs cycles cycle count counts events times per frequency and of".split()  # noqa: SIM905
)
"""What makes a noun of such a verb: "switch cycles", "stop times"."""


def names_an_order(words: Sequence[str]) -> bool:
    """Whether a verb of an order stands anywhere in the words."""
    return not _VERBS.isdisjoint(words)


def is_command(words: Sequence[str]) -> bool:
    """Whether the words of a prompt begin with an order, after words of politeness."""
    rest = list(words)
    while rest and rest[0] in _POLITE:
        rest.pop(0)
    if not rest or rest[0] not in _VERBS:
        return False
    return not (rest[0] in _OF_SWITCHING and (len(rest) == 1 or rest[1] in _NO_OBJECTS))
