"""The measured columns of each device of a file: one device, several side by side, phases."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.sequences import are_indexes, never_fall
from api_service.ingest.recognition.vocabulary import plain, unit_of, vocabulary
from api_service.ingest.rows import POWER_FIELDS
from shared.errors import MalformedFile

ENERGIES = ("energy", "energy_counter")
_POWERS = ("real_power", "energy", "energy_counter")
PHASES = ("l1", "l2", "l3", "t1", "t2", "t3", "t4")
UNUSED = ("neutral", "between")
# Words for energies that count on, beside those for totals.
_COUNTING = frozenset({"cumulative", "counter", "index", "meter", "lifetime", "reading", "register"})


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
    measured = [meaning for meaning in meanings if meaning.is_measured and meaning.phase not in UNUSED]
    measured = [each for each in measured if not each.is_extreme] or measured
    measured = [each for each in measured if not _is_text(each, grid, decimals)]
    measured = _apart_by_flow(_apart_from_export(_without_empty_rivals(measured, grid, decimals)))
    measured = _counted_alike([_counted(meaning, grid, decimals) for meaning in measured], grid, decimals)
    found: dict[str, list[Meaning]] = {}
    for meaning in measured:
        found.setdefault(plain(meaning.device), []).append(meaning)
    found = _joined(found)
    if len(found) > 1 and "" in found:
        found = _without_strays(found, names_devices=names_devices)
        found = _without_known_exports(found)
    groups = [Group(columns[0].device, _by_quantity(columns)) for columns in found.values()]
    return [Group(group.device, _chosen(group.columns)) for group in groups if _chosen(group.columns)]


def _is_text(meaning: Meaning, grid: Grid, decimals: Decimals) -> bool:
    """A column of words beside others that are named like a quantity: `load_type`."""
    is_filled = any(grid.texts(meaning.place))
    return bool(meaning.device) and is_filled and not grid.is_numeric(meaning.place, decimals)


def _without_empty_rivals(measured: list[Meaning], grid: Grid, decimals: Decimals) -> list[Meaning]:
    """A column without any number gives way to one of its kind with some: `Demand (kW)` of nothing but `N/A`.

    All others stay: their numbers may come behind the sample.
    """
    filled = [each for each in measured if np.isfinite(grid.numbers(each.place, decimals)).any()]
    rivals = {(device, _kind(each)) for each in filled for device in (each.device, "")}
    return [
        each for each in measured if each in filled or each.own or (each.device, _kind(each)) not in rivals
    ]


def _kind(meaning: Meaning) -> str | None:
    return "power" if meaning.quantity in _POWERS else meaning.quantity


def _apart_from_export(measured: list[Meaning]) -> list[Meaning]:
    """What is given away beside what is taken is a device of its own, also without a further word."""
    taken = {(each.device, each.quantity) for each in measured if not each.is_export}
    return [
        replace(each, device=f"{each.device} export".strip())
        if each.is_export and (each.device, each.quantity) in taken
        else each
        for each in measured
    ]


def _apart_by_flow(measured: list[Meaning]) -> list[Meaning]:
    """`Netzbezug` beside `Verbrauch`: of several flows all but the first are devices of their own.

    So are all flows beside a column that names none; an energy beside its device's power says nothing more.
    """
    powered = {each.device for each in measured if each.quantity == "real_power"}
    flows = {each.place: _flow(each) for each in measured}
    own: dict[tuple[str, str | None], str] = {}
    for each in sorted(measured, key=lambda each: bool(flows[each.place])):
        if not each.is_export and each.phase not in PHASES:
            own.setdefault(_measured_by(each), flows[each.place])
    return [
        replace(each, device=f"{each.device} {_without_unit(each.name)}".strip())
        if _may_stand_apart(each)
        and not (each.device in powered and each.quantity in ENERGIES)
        and flows[each.place] not in ("", own.get(_measured_by(each), ""))
        and _measured_by(each) in own
        else each
        for each in measured
    ]


def _flow(meaning: Meaning) -> str:
    """Which flow of a site a column names, or nothing."""
    flows = vocabulary().flows
    words = [flows[word] for word in plain(meaning.name).split() if word in flows]
    return words[-1] if words else ""


def _measured_by(meaning: Meaning) -> tuple[str, str | None]:
    return meaning.device, "energy" if meaning.quantity in ENERGIES else meaning.quantity


def _may_stand_apart(meaning: Meaning) -> bool:
    return not (meaning.is_export or meaning.phase in PHASES or meaning.why == "as given")


def _without_unit(name: str) -> str:
    """A column's name without what stands in brackets behind it."""
    return re.sub(r"\s*[\[(].*", "", name).strip() or name


def _joined(found: dict[str, list[Meaning]]) -> dict[str, list[Meaning]]:
    """Quantities of one column belong to the one device of the file: `Grid voltage` beside `Power`.

    So do columns whose words are not known where each has a unit of its own.
    """
    counts = Counter(each.quantity for columns in found.values() for each in columns)
    powers = [name for name, columns in found.items() if any(each.quantity in _POWERS for each in columns)]
    own = powers if "" not in found and len(powers) == 1 else [""]
    if len(found) < 2 or own[0] not in found or (own != [""] and len(found[own[0]]) > 1):
        return found
    joined = {
        name
        for name, columns in found.items()
        if name != own[0] and len(columns) == 1 and counts[columns[0].quantity] == 1 and name not in powers
    }
    if not joined or (own != [""] and len(joined) + 1 < len(found)):
        return found
    members = [each for name, columns in found.items() if name in {*joined, own[0]} for each in columns]
    others = {name: columns for name, columns in found.items() if name not in {*joined, own[0]}}
    return {"": [replace(each, device="") for each in members], **others}


def _without_strays(found: dict[str, list[Meaning]], *, names_devices: bool) -> dict[str, list[Meaning]]:
    """Beside plain columns of one device, a further name is a device of its own only with a unit.

    Beside a column that names devices, it is one only for what they give away.
    """
    return {
        name: columns
        for name, columns in found.items()
        if not name
        or (names_devices and all(each.is_export for each in columns))
        or (not names_devices and any(_is_sure(each) for each in columns))
    }


def _is_sure(meaning: Meaning) -> bool:
    """Whether a unit or a direction shows that a column is measured: `Fridge.Watts`, `Returned energy`."""
    units = (unit_of(word) for word in plain(meaning.name).split() if len(word) > 1)
    return meaning.has_unit or meaning.is_export or any(units)


def _without_known_exports(found: dict[str, list[Meaning]]) -> dict[str, list[Meaning]]:
    """Beside the power itself, exported energy says nothing more: the power is negative then.

    Nor does energy that is only called delivered.
    """
    has_power = any(each.quantity == "real_power" for each in found.get("", []))
    return {
        name: columns
        for name, columns in found.items()
        if not (has_power and name and all(_says_no_more(each) for each in columns))
    }


def _says_no_more(meaning: Meaning) -> bool:
    words = set(plain(meaning.device).split())
    return meaning.quantity in ENERGIES and (meaning.is_export or words <= vocabulary().statistics)


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
    is_consumption = bool(vocabulary().soft & set(plain(meaning.name).split()))
    numbers = grid.numbers(meaning.place, decimals)
    is_total = bool((vocabulary().totals | _COUNTING) & set(plain(meaning.name).split()))
    if are_indexes(numbers, grid.sequences, is_consumption=is_consumption, is_total=is_total):
        return replace(meaning, quantity="energy_counter", why=f"{meaning.why}; its numbers only grow")
    return meaning


def _counted_alike(measured: list[Meaning], grid: Grid, decimals: Decimals) -> list[Meaning]:
    """Beside a meter's index, another energy that never falls is one too: nothing was exported yet."""
    if not any(each.quantity == "energy_counter" for each in measured):
        return measured
    return [
        replace(each, quantity="energy_counter", why=f"{each.why}; beside another index")
        if each.quantity == "energy" and each.why != "as given" and _never_falls(each, grid, decimals)
        else each
        for each in measured
    ]


def _never_falls(meaning: Meaning, grid: Grid, decimals: Decimals) -> bool:
    return never_fall(np.abs(grid.numbers(meaning.place, decimals)), grid.sequences)
