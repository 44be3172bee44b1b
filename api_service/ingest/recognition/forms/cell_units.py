"""Units that stand in the cells behind the numbers: `1.2 kW`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from api_service.ingest.recognition.columns import Meaning, compatible
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.recognition.vocabulary import Unit, unit_of, vocabulary
from shared.errors import MalformedFile

_BARE = re.compile(r"[+-]?[0-9.,]*[1-9][0-9.,]*")


def with_cell_units(meanings: Sequence[Meaning], grid: Grid) -> list[Meaning]:
    """The same meanings, in the unit of most of their cells where they write one and the heading does not.

    Raises `MalformedFile` where other cells of such a column are bare numbers.
    """
    return [_with_unit(meaning, grid) for meaning in meanings]


def _with_unit(meaning: Meaning, grid: Grid) -> Meaning:
    if not (meaning.is_measured or meaning.quantity in (None, "value")) or meaning.why == "as given":
        return meaning
    unit = next((found for word in grid.units(meaning.place) if (found := unit_of(word))), None)
    if unit is None or (meaning.is_measured and not compatible(meaning.quantity or "", unit)):
        return meaning
    if meaning.has_unit:
        return meaning  # bare cells are in the heading's unit, the others are converted to it
    _check_bare(meaning, grid, unit)
    if meaning.is_measured:
        return replace(meaning, unit=unit, has_unit=True)
    why = f"the unit {unit.symbol} in its cells"
    return replace(meaning, quantity=unit.quantity, unit=unit, has_unit=True, why=why)


def _check_bare(meaning: Meaning, grid: Grid, unit: Unit) -> None:
    """A number without a unit among others: only 0 is the same in all."""
    bare = next((text for text in grid.texts(meaning.place) if _BARE.fullmatch(text)), None)
    if bare is not None:
        quantity = meaning.quantity if meaning.is_measured else unit.quantity
        raise MalformedFile(
            f"In the column {meaning.name!r} some cells write their unit and others, such as {bare!r}, do "
            f"not: say the unit of those with --map '{meaning.name}={quantity}[{unit.symbol}]'."
        )


def cell_units(meanings: Sequence[Meaning], grid: Grid) -> Mapping[int, Mapping[str, float]]:
    """By column whose cells write units: every spelling of its quantity, with the factor to its unit."""
    return {
        meaning.place: _spellings(meaning.unit)
        for meaning in meanings
        if meaning.is_measured and meaning.unit is not None and grid.units(meaning.place)
    }


def _spellings(of: Unit) -> dict[str, float]:
    known = vocabulary().units
    return {word: unit.factor / of.factor for word, unit in known.items() if unit.quantity == of.quantity}
