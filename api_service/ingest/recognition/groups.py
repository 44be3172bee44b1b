"""The measured columns of each device of a file: one device, several side by side, phases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.vocabulary import plain, vocabulary
from api_service.ingest.rows import POWER_FIELDS
from shared.errors import MalformedFile

ENERGIES = ("energy", "energy_counter")
# A meter's index is many times what one interval adds to it.
INDEX_OVER_STEP = 20
PHASES = ("l1", "l2", "l3")


@dataclass(frozen=True)
class Group:
    """The columns of one device: per quantity one, or three of its phases. `device` may be empty."""

    device: str
    columns: dict[str, tuple[Meaning, ...]]


def group_columns(
    meanings: Sequence[Meaning], grid: Grid, decimals: Decimals, *, names_devices: bool
) -> list[Group]:
    """Groups in the order of the file, each with the quantities that are used.

    `names_devices`: another column says which device a line belongs to.

    Where power stands beside energy, power is used; of an energy, an index that only grows is a counter.
    """
    measured = [meaning for meaning in meanings if meaning.is_measured and meaning.phase != "neutral"]
    measured = [each for each in measured if not _is_text(each, grid, decimals)]
    measured = [_counted(meaning, grid, decimals) for meaning in measured]
    names = {plain(meaning.device) for meaning in measured}
    found: dict[str, list[Meaning]] = {}
    for meaning in measured:
        found.setdefault(plain(meaning.device), []).append(meaning)
    if len(names) > 1 and "" in names:
        found = _without_strays(found, names_devices=names_devices)
    groups = [Group(columns[0].device, _by_quantity(columns)) for columns in found.values()]
    return [Group(group.device, _chosen(group.columns)) for group in groups if _chosen(group.columns)]


def _is_text(meaning: Meaning, grid: Grid, decimals: Decimals) -> bool:
    """A column of words beside others that are named like a quantity: `load_type`."""
    is_filled = any(grid.texts(meaning.place))
    return bool(meaning.device) and is_filled and not grid.is_numeric(meaning.place, decimals)


def _without_strays(found: dict[str, list[Meaning]], *, names_devices: bool) -> dict[str, list[Meaning]]:
    """Beside plain columns of one device, a further name is a device of its own only with a unit."""
    return {
        name: columns
        for name, columns in found.items()
        if not name or (not names_devices and any(meaning.has_unit for meaning in columns))
    }


def _by_quantity(columns: list[Meaning]) -> dict[str, tuple[Meaning, ...]]:
    found: dict[str, list[Meaning]] = {}
    for meaning in columns:
        is_power = meaning.own in POWER_FIELDS
        found.setdefault(meaning.own if is_power else meaning.quantity or "", []).append(meaning)
    return {quantity: _one_or_phases(items) for quantity, items in found.items()}


def _one_or_phases(items: list[Meaning]) -> tuple[Meaning, ...]:
    if len(items) == 1:
        return tuple(items)
    totals = [item for item in items if item.phase == "total"] or [
        item for item in items if plain(item.name).endswith("tot")
    ]
    phases = [item for item in items if item.phase in PHASES]
    single = [item for item in items if not item.phase]
    if totals:
        return (totals[0],)
    if len({item.phase for item in phases}) == len(phases) > len(single):
        return tuple(phases)
    if len({plain(item.name) for item in items}) < len(items):
        raise MalformedFile(f"The column `{items[0].name}` comes {len(items)} times; keep one of them.")
    return (min(items, key=lambda item: (plain(item.name) not in vocabulary().quantities, item.place)),)


def _chosen(columns: dict[str, tuple[Meaning, ...]]) -> dict[str, tuple[Meaning, ...]]:
    kept = dict(columns)
    if any(name in kept for name in POWER_FIELDS):
        dropped: tuple[str, ...] = ENERGIES
    else:
        dropped = ("energy_counter",) if "energy" in kept else ()
    for quantity in dropped:
        kept.pop(quantity, None)
    return kept


def _counted(meaning: Meaning, grid: Grid, decimals: Decimals) -> Meaning:
    """An energy whose numbers only grow, from far above what they grow by, is a meter's index."""
    if meaning.quantity != "energy" or meaning.why == "as given":
        return meaning
    values = grid.numbers(meaning.place, decimals)[: grid.runs[0]]
    values = values[~np.isnan(values)]
    steps = np.diff(values)
    grows = len(steps) >= 5 and bool((steps >= 0).all()) and values[-1] > values[0]
    if grows and values[0] > INDEX_OVER_STEP * steps.max():
        return replace(meaning, quantity="energy_counter", why=f"{meaning.why}; its numbers only grow")
    return meaning
