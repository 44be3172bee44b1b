"""Long tables: a column of numbers, and others that say for each line which quantity or sensor it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from api_service.ingest.recognition.columns import Meaning, compatible, understand
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.vocabulary import Unit, plain, unit_of, vocabulary

_SENSOR = re.compile(r"(?:sensor|number|input_number|counter|utility_meter)[.:](\w+)")
ENERGIES = ("energy", "energy_counter")
Texts = tuple[str | None, ...]
_FORGOTTEN = 4096
MOST_OTHERS = 4


@dataclass(frozen=True)
class KindColumns:
    """The columns of a long table: `kinds` say what a line is, of `value` is its number.

    `totals` holds the running total of energies, where another column does. `is_sensor`: the kind is in the
    name of a home's sensor. `unit_at` is the index in `kinds` of the column that names units, or None.
    """

    kinds: tuple[int, ...]
    value: Meaning
    totals: Meaning | None
    is_sensor: bool
    unit_at: int | None = None

    @property
    def has_states(self) -> bool:
        """Whether the numbers are what a home's sensors showed: of energies, the running totals."""
        return self.is_sensor and (self.totals is not None or plain(self.value.name) == "state")


def find_kind_columns(meanings: Sequence[Meaning], grid: Grid, decimals: Decimals) -> KindColumns | None:
    """The columns of a long table, or None for a file of another form."""
    numeric = [each for each in meanings if grid.is_numeric(each.place, decimals)]
    values = [each for each in numeric if _is_value(each)] or _directed(meanings, numeric, grid)
    if not values:
        return None
    value = min(values, key=lambda each: plain(each.name) not in ("mean", "state", "value"))
    sensors = [each for each in meanings if each.quantity == "device" and _holds_sensors(grid, each.place)]
    words = [each for each in meanings if each.quantity == "kind" and each is not value]
    kinds = [each for each in words if _tells(grid, each.place)]
    if not kinds and not sensors:
        return None
    totals = next((each for each in meanings if plain(each.name) == "sum"), None)
    places = tuple(each.place for each in (*kinds, *sensors))
    unit_at = next((at for at, place in enumerate(places) if _holds_units(grid, place)), None)
    return KindColumns(places, value, totals or None, bool(sensors), unit_at)


def _directed(meanings: Sequence[Meaning], numeric: list[Meaning], grid: Grid) -> list[Meaning]:
    """The one power of a table in which another column says of each line whether it is taken or given."""
    powers = [each for each in numeric if each.quantity == "real_power" and not each.device]
    words = [each for each in meanings if each.quantity == "kind" and _are_directions(grid.texts(each.place))]
    others = [each for each in numeric if each.is_measured and each not in powers]
    return powers if len(powers) == 1 and len(words) == 1 and not others else []


def _are_directions(texts: list[str]) -> bool:
    known = vocabulary()
    given = {word for text in texts for word in plain(text).split()}
    exports = given & (known.exports | known.energy_exports)
    return bool(exports) and given - exports <= known.statistics | known.soft | set(known.flows)


def _is_value(meaning: Meaning) -> bool:
    is_energy = meaning.quantity == "energy" and not meaning.device
    return meaning.quantity in ("value", "kind") or is_energy  # a `quantity` may be either


def _tells(grid: Grid, place: int) -> bool:
    """Whether many texts of a column name quantities, units or the direction of energy.

    Beside them there may be more temperatures and prices than readings of electricity.
    """
    texts = [text for text in grid.texts(place) if text]
    known = vocabulary()
    directions = known.exports | known.energy_exports | known.soft | known.extremes | known.statistics
    told = (_of_text(text) is not None or bool(set(plain(text).split()) & directions) for text in texts)
    return sum(told) * MOST_OTHERS >= len(texts) > 0


def _holds_sensors(grid: Grid, place: int) -> bool:
    texts = [text for text in grid.texts(place) if text]
    return sum(_SENSOR.fullmatch(text) is not None for text in texts) * 2 > len(texts) > 0


def _holds_units(grid: Grid, place: int) -> bool:
    texts = [text for text in grid.texts(place) if text]
    return sum(unit_of(text) is not None for text in texts) * MOST_OTHERS >= len(texts) > 0


@lru_cache(_FORGOTTEN)
def _of_text(text: str) -> Meaning | None:
    """What one text says: a unit alone, a quantity's name, a sensor's."""
    if unit := unit_of(text):
        return Meaning(-1, text, unit.quantity, unit, why="unit", has_unit=True)
    sensor = _SENSOR.fullmatch(text)
    found = understand(-1, sensor[1] if sensor else text)
    return found if found.is_measured else None


def meaning_of(texts: Texts, columns: KindColumns, indexes: frozenset[Texts]) -> Meaning | None:
    """The quantity, unit and device of a line, by its texts; None for what is not kept here.

    `indexes` are the kinds whose energies are a meter's index.
    """
    if _is_in_foreign_unit(texts, columns):
        return None
    found = [each for text in texts if text and (each := _of_text(text))]
    if columns.value.is_measured and (
        columns.value.has_unit or _are_directions([text or "" for text in texts])
    ):
        # The column says what it is; its lines say the direction.
        found = [columns.value]
    named = [each for each in found if each.why != "unit"]
    unit = next((each.unit for each in found if each.why == "unit"), None)
    words = {word for text in texts if text for word in plain(text).split()}
    known = vocabulary()
    if not found or (not named and unit and (unit.symbol == "%" or words & (known.foreign | known.money))):
        return None  # a percentage may be of anything
    first = _in_unit(named[0], unit) if named else found[0]
    is_total = columns.has_states or (texts in indexes and not words & known.soft)
    if first.quantity == "energy" and is_total:
        first = replace(first, quantity="energy_counter")
    totals = columns.totals if first.quantity == "energy_counter" else None
    return replace(
        first,
        place=(totals or columns.value).place,
        is_export=known.is_export(first.quantity, words),
        is_extreme=bool(words & known.extremes),
    )


def _is_in_foreign_unit(texts: Texts, columns: KindColumns) -> bool:
    """Whether a line names a unit that no quantity here has: a power in an unknown unit is none in watts."""
    unit = texts[columns.unit_at] if columns.unit_at is not None else None
    return bool(unit) and unit_of(unit or "") is None


def _in_unit(named: Meaning, unit: Unit | None) -> Meaning:
    if unit is None:
        return named
    if compatible(named.quantity or "", unit):
        return replace(named, unit=unit, has_unit=True)
    if named.quantity in ("reactive_power", "apparent_power") and unit.quantity == "real_power":
        return replace(named, unit=replace(unit, quantity=named.quantity), has_unit=True)
    return replace(named, quantity=unit.quantity, unit=unit, has_unit=True)
