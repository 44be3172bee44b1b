"""Recognise a file: from a sample of it and what its user says to the layout that it is read by."""

from dataclasses import dataclass, replace

from api_service.ingest.layout import Kinds, Label, Layout, ReadingPlan, StampPlan
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.forms.cell_units import cell_units, with_cell_units
from api_service.ingest.recognition.forms.description import described
from api_service.ingest.recognition.forms.identity import Identity, find_identity
from api_service.ingest.recognition.forms.kinds import KindColumns, find_kind_columns
from api_service.ingest.recognition.forms.long_table import LongTable
from api_service.ingest.recognition.forms.meanings import (
    nothing_measured,
    numeric_places,
    resolved,
    understood,
    with_given_names,
)
from api_service.ingest.recognition.forms.plans import Naming, check_named, plans_of
from api_service.ingest.recognition.forms.repeats import Keys, note_repeats
from api_service.ingest.recognition.grid import Decimals, Grid, find_decimals, point_doubt, read_grid
from api_service.ingest.recognition.groups import Group, group_columns
from api_service.ingest.recognition.header import Header, find_header
from api_service.ingest.recognition.mapping import check_names
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.presets.preset import Preset, find_preset
from api_service.ingest.recognition.sample import Sample
from api_service.ingest.recognition.scales import SECOND_US, Scaling
from api_service.ingest.recognition.sequences import sequences
from api_service.ingest.recognition.stamps.moments import MINUTE_US, Moments, find_moments, spacing_us
from shared.errors import MalformedFile

_ENERGY = ("energy", "reactive_energy", "energy_counter")


@dataclass(frozen=True)
class _Table:
    """A sample as a table, and what its columns are; `kinds` are set for a quantity a line."""

    header: Header
    grid: Grid
    decimals: Decimals
    meanings: list[Meaning]
    kinds: KindColumns | None
    moments: Moments
    identity: Identity
    preset: Preset | None
    options: ReadOptions


@dataclass(frozen=True)
class _Plans:
    """How lines become readings, and what is to be told of it."""

    stamp: StampPlan
    plans: tuple[ReadingPlan, ...]
    kinds: Kinds | None
    notes: tuple[str, ...]


def recognise(sample: Sample, options: ReadOptions, stem: str = "") -> Layout:
    """The layout of a file named `stem` (without suffix).

    Raises `MalformedFile` where something cannot be known; its text names the option that settles it.
    """
    table = _table(sample, options, stem)
    return _layout(table, _plans(table, stem), sample)


def _table(sample: Sample, options: ReadOptions, stem: str) -> _Table:
    header = with_given_names(find_header(sample, options.delimiter), sample, options)
    grid = read_grid(sample, header)
    check_names(header.names, options)
    is_mapped = bool(options.mapping)
    preset = find_preset(header.names)
    options = preset.completed(options) if preset else options
    meanings = understood(header, options, preset)
    decimals = find_decimals(grid, numeric_places(meanings), options.decimal)
    meanings = with_cell_units(meanings, grid)
    kinds = None if is_mapped else find_kind_columns(meanings, grid, decimals)
    meanings = meanings if kinds else resolved(meanings, grid, decimals, header)
    moments = find_moments(meanings, grid, decimals, options, stem)
    meanings = [each for each in meanings if each.place not in moments.stamp.places or not each.is_measured]
    identity = find_identity(meanings, options)
    grid = replace(grid, sequences=tuple(sequences(moments.us, identity.owners(grid), grid.runs)))
    return _Table(header, grid, decimals, meanings, kinds, moments, identity, preset, options)


def _plans(table: _Table, stem: str) -> _Plans:
    """The plans of a table. Raises `MalformedFile` where nothing is measured."""
    grid, identity = table.grid, table.identity
    owners = identity.owners(grid)
    long = LongTable(table.kinds, grid, table.decimals, owners, table.moments.us) if table.kinds else None
    groups = (
        long.groups
        if long
        else group_columns(table.meanings, grid, table.decimals, names_devices=identity.names_devices)
    )
    if not groups:
        raise MalformedFile(nothing_measured(table.header, table.meanings, grid, table.decimals))
    stamp = _with_interval(table, groups, owners)
    is_own = identity.cluster is not None or any(each.own.startswith("real_power") for each in table.meanings)
    scaling = Scaling(grid, table.decimals, stamp.interval_us, is_own)
    naming = Naming(table.options, stem, is_given=identity.names_devices)
    repeats = note_repeats(table.meanings, _keys(table, groups, owners), grid, may_ask=_may_ask(table))
    if long is None:
        plans, notes = plans_of(groups, scaling, naming)
        return _Plans(stamp, plans, None, (*notes, *repeats))
    kinds = long.kinds(scaling, "" if identity.names_devices else naming.alone)
    long_plans = long.plans(kinds)
    check_named(long_plans, naming)
    return _Plans(stamp, long_plans, kinds, (*long.notes, *repeats))


def _keys(table: _Table, groups: list[Group], owners: list[str]) -> Keys:
    """What tells the lines of a sample apart."""
    if table.kinds:
        texts = zip(*(table.grid.texts(place) for place in table.kinds.kinds), strict=True)
        own = tuple((owner, *text) for owner, text in zip(owners, texts, strict=True))
        return Keys(table.moments.us, own, (table.kinds.value.place,))
    places = {each.place for group in groups for columns in group.columns.values() for each in columns}
    return Keys(table.moments.us, tuple((owner,) for owner in owners), tuple(sorted(places)))


def _may_ask(table: _Table) -> bool:
    """Whether the user has not said yet whose readings these are."""
    return table.options.device is None and table.options.device_column is None


def _with_interval(table: _Table, groups: list[Group], owners: list[str]) -> StampPlan:
    """The interval that values are the mean of: of energies, and where start and end are named."""
    options, moments, preset = table.options, table.moments, table.preset
    stamp = replace(moments.stamp, zone=moments.stamp.zone or (preset.zone if preset else None))
    has_energy = any(quantity in group.columns for group in groups for quantity in _ENERGY)
    if options.interval_us is None and not has_energy and stamp.label is Label.INSTANT:
        return stamp
    spacing = spacing_us(moments, owners, table.grid)
    length = moments.length_us
    # `00:00 - 00:14`: the last minute, or second, belongs to the interval.
    is_inclusive = spacing - length in (SECOND_US, MINUTE_US)
    interval = options.interval_us or (spacing if is_inclusive or not length else length)
    if not interval and has_energy:
        raise MalformedFile(
            "How long an interval each energy covers cannot be seen: say it with --interval 15m."
        )
    is_mean = any("energy" in group.columns or "reactive_energy" in group.columns for group in groups)
    label = Label.START if stamp.label is Label.INSTANT and (is_mean or options.interval_us) else stamp.label
    return replace(stamp, interval_us=interval, label=label)


def _point_doubt(table: _Table) -> list[str]:
    if table.options.decimal is not None:
        return []
    measured = [each.place for each in table.meanings if each.is_measured]
    return point_doubt(table.grid, measured, table.decimals)


def _layout(table: _Table, found: _Plans, sample: Sample) -> Layout:
    header, identity, preset = table.header, table.identity, table.preset
    form = (f"form: {preset.name}",) if preset else ()
    layout = Layout(
        header.delimiter,
        table.decimals.point,
        header.width,
        found.stamp,
        found.plans,
        sample.position(header.lines),
        thousands=table.decimals.thousands,
        shortest=table.grid.shortest,
        cell_units=cell_units(table.meanings, table.grid),
        kinds=found.kinds,
        cluster=identity.cluster,
        device=identity.device,
        name=identity.name,
        state=identity.state,
        notes=(*form, f"times: {table.moments.why}", *found.notes, *_point_doubt(table)),
    )
    known = {*layout.numbers, *layout.texts, *layout.stamp.places}
    ignored = tuple(name for place, name in enumerate(header.names) if place not in known)
    return replace(layout, ignored=ignored, columns=described(layout, table.meanings, header))
