"""Units that stand in the cells behind the numbers: `1.2 kW`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from api_service.ingest.recognition.columns import Meaning, compatible
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.recognition.vocabulary import Unit, unit_of, vocabulary


def with_cell_units(meanings: Sequence[Meaning], grid: Grid) -> list[Meaning]:
    """The same meanings, in the unit of most of their cells where they write one."""
    return [_with_unit(meaning, grid) for meaning in meanings]


def _with_unit(meaning: Meaning, grid: Grid) -> Meaning:
    if not (meaning.is_measured or meaning.quantity in (None, "value")) or meaning.why == "as given":
        return meaning
    unit = next((found for word in grid.units(meaning.place) if (found := unit_of(word))), None)
    if unit is None or (meaning.is_measured and not compatible(meaning.quantity or "", unit)):
        return meaning
    if meaning.is_measured:
        return replace(meaning, unit=unit, has_unit=True)
    why = f"the unit {unit.symbol} in its cells"
    return replace(meaning, quantity=unit.quantity, unit=unit, has_unit=True, why=why)


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
