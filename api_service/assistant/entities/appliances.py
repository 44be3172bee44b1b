"""What appliances are called. The names on one line are one and the same thing to a person who asks."""

import tomllib
from functools import cache
from importlib.resources import files

MODES = frozenset("heating cooling charging washing drying lighting ventilation solar water".split())  # noqa: SIM905
"""Words of a device's name that are modes or verbs as well: alone they name one only after "the", "my" …."""
QUALIFIERS = frozenset(
    """second third fourth first other old older new newer big bigger small smaller spare upstairs downstairs
    front back left right upper lower main extra last next neighbour neighbours neighbor neighbors""".split()  # noqa: SIM905
)
"""Words before a name that tell one device of its sort from another."""
COUNTED = frozenset("times hours hour minutes days day weeks percent devices".split())  # noqa: SIM905
"""A number before one of these is none of a name."""
HOURS_OF = frozenset({"office", "business", "working", "shop", "school", "kitchen", "opening", "store"})
"""Before "hours" these name no room."""


@cache
def _vocabulary() -> dict[str, list[list[str]]]:
    return tomllib.loads((files(__package__) / "appliances.toml").read_text(encoding="utf-8"))


@cache
def groups() -> tuple[tuple[str, ...], ...]:
    """Synonyms, one tuple for each sort of appliance (or room, which is asked about in the same way)."""
    return tuple(tuple(row) for row in _vocabulary()["groups"])


@cache
def vague_names() -> frozenset[str]:
    """Names that are words of other questions too."""
    return frozenset(map(str, _vocabulary()["vague"]))


@cache
def room_names() -> frozenset[str]:
    """Rooms and other places within a site."""
    return frozenset(map(str, _vocabulary()["rooms"]))


@cache
def part_names() -> frozenset[str]:
    """Together with one of these, an appliance's name means a part of it or another thing."""
    return frozenset(map(str, _vocabulary()["parts"]))
