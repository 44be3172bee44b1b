"""What the columns of a table hold, by their names, their units and what is said of them."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from api_service.ingest.recognition.columns import Meaning, understand
from api_service.ingest.recognition.forms.neighbours import explained
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.header import Header
from api_service.ingest.recognition.mapping import mapped
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.presets.preset import Preset
from api_service.ingest.recognition.sample import Sample
from api_service.ingest.recognition.vocabulary import Unit, plain, unit_of, vocabulary
from shared.errors import MalformedFile

_PLAUSIBLE_W = 30.0
_MOMENTS = ("timestamp", "date", "clock", "start", "end", "period")
_DAY = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")


def with_given_names(header: Header, sample: Sample, options: ReadOptions) -> Header:
    """The header, or the names that the user gives. Raises `MalformedFile` where there are neither."""
    if options.columns:
        names = options.columns + ("-",) * max(0, header.width - len(options.columns))
        if header.width and len(options.columns) > header.width:
            raise MalformedFile(
                f"--columns names {len(options.columns)} columns; the file has {header.width}."
            )
        return replace(header, names=names, units=(), width=header.width or len(names))
    if not header.names:
        first = sample.begin[header.lines][:100] if header.lines < len(sample.begin) else ""
        raise MalformedFile(
            f"The file has no header line; it begins with {first!r}. Name its {header.width} columns "
            "in their order, '-' for one to leave out: --columns 'timestamp,power[W],-'."
        )
    return header


def understood(header: Header, options: ReadOptions, preset: Preset | None) -> list[Meaning]:
    """The meaning of each column: what the user or the preset says goes before its name."""
    units = header.units or ("",) * header.width
    known = explained(header.names, options)
    meanings = [
        replace(understand(place, known.get(place, name), unit), name=name)
        for place, (name, unit) in enumerate(zip(header.names, units, strict=False))
    ]
    found = [mapped(meaning, options) for meaning in meanings]
    return [preset.in_phase(each) for each in found] if preset else found


def numeric_places(meanings: Sequence[Meaning]) -> list[int]:
    """The columns whose numbers tell how numbers are written."""
    return [
        meaning.place
        for meaning in meanings
        if meaning.is_measured or meaning.quantity in (None, "value", "kind")
    ]


def resolved(meanings: list[Meaning], grid: Grid, decimals: Decimals, header: Header) -> list[Meaning]:
    """Energies in the unit that stands above the table; of a lone column of numbers that it is power."""
    above = _unit_above(header)
    meanings = [
        replace(each, unit=above, has_unit=True)
        if above and each.quantity == "energy" and not each.has_unit
        else each
        for each in meanings
    ]
    meanings = _without_letters(meanings, grid, decimals)
    if any(meaning.is_measured for meaning in meanings):
        return meanings
    if above is None and _are_days(meanings, grid):
        return meanings  # a day's number is its energy more often than its power: nobody can know
    lone = [each for each in meanings if each.quantity == "value"] or [
        each for each in meanings if each.quantity is None and grid.is_numeric(each.place, decimals)
    ]
    if len(lone) != 1 or not grid.is_numeric(lone[0].place, decimals):
        return meanings
    values = np.abs(grid.numbers(lone[0].place, decimals))
    varies = len(np.unique(values[~np.isnan(values)])) > 1 or len(values) == 1
    if above is None and not (varies and np.nanmax(values) > _PLAUSIBLE_W):
        return meanings
    unit = above or vocabulary().default_units["real_power"]
    why = f"the only column of numbers; the unit {unit.symbol} by its values"
    power = replace(lone[0], quantity=unit.quantity, unit=unit, why=why)
    return [power if each.place == power.place else each for each in meanings]


def _are_days(meanings: list[Meaning], grid: Grid) -> bool:
    """Whether moments are dates alone, and no other column has times of day."""
    texts = [
        text for each in meanings if each.quantity in _MOMENTS for text in grid.texts(each.place) if text
    ]
    return bool(texts) and all(map(_DAY.fullmatch, texts))


def _without_letters(meanings: list[Meaning], grid: Grid, decimals: Decimals) -> list[Meaning]:
    """Beside a column of values that nothing names, a letter alone is no quantity: `q` is their quality."""
    has_values = any(each.quantity == "value" and grid.is_numeric(each.place, decimals) for each in meanings)
    measured = [each for each in meanings if each.is_measured]
    if not has_values or any(len(each.name.strip()) > 1 or each.has_unit for each in measured):
        return meanings
    return [replace(each, quantity=None) if each.is_measured else each for each in meanings]


def _unit_above(header: Header) -> Unit | None:
    for line in header.preamble:
        for word in line.replace(",", " ").replace('"', " ").replace(";", " ").split():
            unit = unit_of(word) if len(word) > 1 else None
            if unit is not None and unit.quantity in ("energy", "real_power"):
                return unit
    return None


def nothing_measured(header: Header, meanings: list[Meaning], grid: Grid, decimals: Decimals) -> str:
    """What to tell where no column is measured."""
    numeric = [
        each.name for each in meanings if each.quantity is None and grid.is_numeric(each.place, decimals)
    ]
    names = ", ".join(header.names)[:300]
    example = numeric[0] if numeric else header.names[-1]
    energies = [each.name for each in meanings if each.quantity == "ignored" and "wh" in plain(each.name)]
    if energies:
        return (
            f"{energies[0]!r} begins anew with each day, or so its name says: "
            f"--map '{energies[0]}=counter[kWh]' reads it as an index."
        )
    text = f"No column has a name or unit that is known; the header names: {names}. "
    if len(numeric) > 3:
        return f"{text}If each column is a device, say what they hold: --map '*=power[W]' or '*=energy[Wh]'."
    meaning = "energy[kWh]" if _are_days(meanings, grid) else "power[W]"
    return f"{text}Say what a column holds: --map '{example}={meaning}'."
