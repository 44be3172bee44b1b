"""Recognise a file: from a sample of it and what its user says to the layout that it is read by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from api_service.ingest.layout import ColumnFound, Label, Layout, StampPlan
from api_service.ingest.recognition.columns import Meaning, understand
from api_service.ingest.recognition.forms.cell_units import cell_units, with_cell_units
from api_service.ingest.recognition.forms.kinds import find_kind_columns
from api_service.ingest.recognition.forms.long_table import LongTable
from api_service.ingest.recognition.forms.plans import Naming, plans_of
from api_service.ingest.recognition.grid import Decimals, Grid, find_decimals, read_grid
from api_service.ingest.recognition.groups import Group, group_columns
from api_service.ingest.recognition.header import Header, find_header
from api_service.ingest.recognition.mapping import check_names, mapped
from api_service.ingest.recognition.moments import Moments, find_moments, spacing_us
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.presets.preset import find_preset
from api_service.ingest.recognition.sample import Sample
from api_service.ingest.recognition.scales import Scaling
from api_service.ingest.recognition.vocabulary import Unit, unit_of, vocabulary
from shared.errors import MalformedFile

_ENERGY = ("energy", "reactive_energy", "energy_counter")
_PLAUSIBLE_W = 30.0


@dataclass(frozen=True)
class _Identity:
    """The columns that say whose reading a line is."""

    cluster: int | None = None
    device: int | None = None
    name: int | None = None
    state: int | None = None


def recognise(sample: Sample, options: ReadOptions, stem: str = "") -> Layout:
    """The layout of a file named `stem` (without suffix).

    Raises `MalformedFile` where something cannot be known; its text names the option that settles it.
    """
    header = _given_header(find_header(sample, options.delimiter), sample, options)
    grid = read_grid(sample, header)
    check_names(header.names, options)
    is_mapped = bool(options.mapping)
    preset = find_preset(header.names)
    options = preset.completed(options) if preset else options
    meanings = _meanings(header, options)
    decimals = find_decimals(grid, _numeric_places(meanings), options.decimal)
    meanings = with_cell_units(meanings, grid)
    columns = None if is_mapped else find_kind_columns(meanings, grid, decimals)
    meanings = meanings if columns else _resolved(meanings, grid, decimals, header)
    moments = find_moments(meanings, grid, decimals, options, stem)
    meanings = [each for each in meanings if each.place not in moments.stamp.places or not each.is_measured]
    identity = _identity(meanings, options)
    table = LongTable(columns, grid, decimals, identity.device) if columns else None
    names_devices = identity.cluster is not None or identity.device is not None
    groups = table.groups if table else group_columns(meanings, grid, decimals, names_devices=names_devices)
    if not groups:
        raise MalformedFile(_nothing_measured(header, meanings, grid, decimals))
    stamp = _with_interval(moments, groups, identity, grid, options)
    stamp = replace(stamp, zone=stamp.zone or (preset.zone if preset else None))
    is_own = identity.cluster is not None or any(each.own.startswith("real_power") for each in meanings)
    scaling = Scaling(grid, decimals, stamp.interval_us, is_own)
    naming = Naming(options, stem, is_given=names_devices)
    kinds, (plans, notes) = None, plans_of(groups, scaling, naming)
    if table:
        kinds = table.kinds(scaling, "" if names_devices else naming.alone)
        plans, notes = table.plans(kinds), table.notes
    used = {column.place for plan in plans for item in plan.values.values() for column in item.columns}
    layout = Layout(
        header.delimiter,
        decimals.point,
        header.width,
        stamp,
        plans,
        sample.position(header.lines),
        thousands=decimals.thousands,
        shortest=grid.shortest,
        cell_units=cell_units(meanings, grid),
        kinds=kinds,
        cluster=identity.cluster,
        device=identity.device,
        name=identity.name,
        state=identity.state,
        notes=(*([f"form: {preset.name}"] if preset else []), f"times: {moments.why}", *notes),
    )
    known = used | set(layout.texts) | set(stamp.places) | ({identity.cluster} - {None})
    ignored = tuple(name for place, name in enumerate(header.names) if place not in known)
    return replace(layout, ignored=ignored, columns=_columns(layout, meanings, header))


def _given_header(header: Header, sample: Sample, options: ReadOptions) -> Header:
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


def _meanings(header: Header, options: ReadOptions) -> list[Meaning]:
    units = header.units or ("",) * header.width
    meanings = [
        understand(place, name, unit)
        for place, (name, unit) in enumerate(zip(header.names, units, strict=False))
    ]
    return [mapped(meaning, options) for meaning in meanings]


def _numeric_places(meanings: Sequence[Meaning]) -> list[int]:
    return [
        meaning.place
        for meaning in meanings
        if meaning.is_measured or meaning.quantity in (None, "value", "kind")
    ]


def _resolved(meanings: list[Meaning], grid: Grid, decimals: Decimals, header: Header) -> list[Meaning]:
    """Energies in the unit that stands above the table; of a lone column of numbers that it is power."""
    above = _unit_above(header)
    meanings = [
        replace(each, unit=above, has_unit=True)
        if above and each.quantity == "energy" and not each.has_unit
        else each
        for each in meanings
    ]
    if any(meaning.is_measured for meaning in meanings):
        return meanings
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


def _unit_above(header: Header) -> Unit | None:
    for line in header.preamble:
        for word in line.replace(",", " ").replace('"', " ").replace(";", " ").split():
            unit = unit_of(word) if len(word) > 1 else None
            if unit is not None and unit.quantity in ("energy", "real_power"):
                return unit
    return None


def _nothing_measured(header: Header, meanings: list[Meaning], grid: Grid, decimals: Decimals) -> str:
    numeric = [
        each.name for each in meanings if each.quantity is None and grid.is_numeric(each.place, decimals)
    ]
    names = ", ".join(header.names)[:300]
    example = numeric[0] if numeric else header.names[-1]
    text = f"No column has a name or unit that is known; the header names: {names}. "
    if len(numeric) > 3:
        return f"{text}If each column is a device, say what they hold: --map '*=power[W]' or '*=energy[Wh]'."
    return f"{text}Say what a column holds: --map '{example}=power[W]'."


def _identity(meanings: list[Meaning], options: ReadOptions) -> _Identity:
    found: dict[str, int] = {}
    for meaning in meanings:
        if meaning.quantity in ("cluster", "device_name", "device_state"):
            if meaning.quantity in found and meaning.quantity == "cluster":
                raise MalformedFile("The column `cluster` comes twice; keep one of them.")
            found.setdefault(meaning.quantity, meaning.place)
    given = [each for each in meanings if each.quantity == "device" and each.why == "as given"]
    devices = given or [each for each in meanings if each.quantity == "device"]
    state = found.get("device_state")
    if "cluster" in found and not given and options.device is None:
        return _Identity(found["cluster"], None, found.get("device_name"), state)
    if options.device is not None:
        return _Identity(state=state)
    place = devices[0].place if given else found.get("device_name", devices[0].place if devices else None)
    return _Identity(None, place, None, state)


def _with_interval(
    moments: Moments, groups: list[Group], identity: _Identity, grid: Grid, options: ReadOptions
) -> StampPlan:
    """The interval that values are the mean of: of energies, and where start and end are named."""
    stamp = moments.stamp
    has_energy = any(quantity in group.columns for group in groups for quantity in _ENERGY)
    if options.interval_us is None and not has_energy and stamp.label is Label.INSTANT:
        return stamp
    place = identity.device if identity.device is not None else identity.cluster
    devices = [""] * len(grid.rows) if place is None else grid.texts(place)
    interval = options.interval_us or moments.length_us or spacing_us(moments, devices, grid)
    if not interval and has_energy:
        raise MalformedFile(
            "How long an interval each energy covers cannot be seen: say it with --interval 15m."
        )
    is_mean = any("energy" in group.columns or "reactive_energy" in group.columns for group in groups)
    label = Label.START if stamp.label is Label.INSTANT and (is_mean or options.interval_us) else stamp.label
    return replace(stamp, interval_us=interval, label=label)


def _columns(layout: Layout, meanings: list[Meaning], header: Header) -> tuple[ColumnFound, ...]:
    found = []
    by_place = {meaning.place: meaning for meaning in meanings}
    for place, name in enumerate(header.names):
        meaning = by_place.get(place)
        why = meaning.why if meaning else ""
        if place in layout.stamp.places:
            found.append(ColumnFound(name, "moment", why or "its contents", place))
        elif place in layout.numbers:
            unit = f" [{meaning.unit.symbol}]" if meaning and meaning.unit else ""
            quantity = meaning.quantity if meaning else layout.field_of(place)
            quantity = "value" if layout.kinds and place in layout.kinds.values else quantity
            device = f" of {meaning.device}" if meaning and meaning.device and len(layout.plans) > 1 else ""
            found.append(ColumnFound(name, f"{quantity}{unit}{device}", why, place))
        elif place in layout.texts:
            found.append(ColumnFound(name, _role(place, layout), why, place))
    return tuple(found)


def _role(place: int, layout: Layout) -> str:
    if layout.kinds and place in layout.kinds.places:
        return "what each line is"
    return "device" if place == layout.device else "name" if place == layout.name else "state"
