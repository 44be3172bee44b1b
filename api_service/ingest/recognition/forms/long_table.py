"""A long table as a whole: the quantities in its sample, and how each of its lines becomes a reading."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from api_service.ingest.layout import Column, FieldPlan, Kinds, ReadingPlan
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.forms.kinds import ENERGIES, KindColumns, Texts, meaning_of
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.groups import Group, is_index
from api_service.ingest.recognition.scales import Scaling, field_and_factor

_SHOWN = 8


class LongTable:
    """A long table, by its sample; `device` is the place of the column that names devices."""

    def __init__(self, columns: KindColumns, grid: Grid, decimals: Decimals, device: int | None) -> None:
        self._columns = columns
        rows = list(zip(*(grid.texts(place) for place in columns.kinds), strict=True))
        owners = grid.texts(device) if device is not None else [""] * len(rows)
        self._indexes = _index_kinds(rows, owners, grid, grid.numbers(columns.value.place, decimals))
        self._sample: list[Texts] = list(dict.fromkeys(rows))

    @property
    def groups(self) -> list[Group]:
        """The quantities of the sample, one group each."""
        found = [self._meaning(texts) for texts in self._sample]
        return [Group("", {each.quantity: (each,)}) for each in found if each and each.quantity]

    @property
    def notes(self) -> list[str]:
        """What the sample holds that is not kept here."""
        unknown = [
            " ".join(text or "" for text in texts) for texts in self._sample if not self._meaning(texts)
        ]
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        return [f"lines that are not kept: {', '.join(unknown[:_SHOWN])}{more}"] if unknown else []

    def kinds(self, scaling: Scaling, alone: str) -> Kinds:
        """What the layout keeps; `alone` is the device that no column names."""
        columns = self._columns
        values = {columns.value.place} | ({columns.totals.place} if columns.totals else set())
        find = self._finder(scaling, alone)
        return Kinds(columns.kinds, tuple(sorted(values)), find, names_devices=columns.is_sensor)

    def plans(self, kinds: Kinds) -> tuple[ReadingPlan, ...]:
        """The plans of the sample."""
        return tuple(plan for texts in self._sample if (plan := kinds.find(texts)))

    def _meaning(self, texts: Texts) -> Meaning | None:
        return meaning_of(texts, self._columns, self._indexes)

    def _finder(self, scaling: Scaling, alone: str) -> Callable[[Texts], ReadingPlan | None]:
        known: dict[Texts, ReadingPlan | None] = {}

        def find(texts: Texts) -> ReadingPlan | None:
            if texts not in known:
                meaning = self._meaning(texts)
                known[texts] = self._plan(meaning, scaling, alone) if meaning else None
            return known[texts]

        return find

    def _plan(self, meaning: Meaning, scaling: Scaling, alone: str) -> ReadingPlan:
        field, factor = field_and_factor(meaning.quantity or "", meaning, scaling)
        signed = -factor if meaning.is_export else factor
        if self._columns.is_sensor:
            device = meaning.device.replace("_", " ").strip() or meaning.name
        else:
            phase = "" if meaning.phase == "total" else meaning.phase.upper()
            device = " ".join(word for word in (alone, phase, "export" if meaning.is_export else "") if word)
        is_mean = meaning.quantity in (*ENERGIES, "reactive_energy")
        return ReadingPlan({field: FieldPlan((Column(meaning.place, signed),))}, device or None, is_mean)


def _index_kinds(
    rows: list[tuple[str, ...]],
    owners: list[str],
    grid: Grid,
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> frozenset[Texts]:
    """The kinds whose numbers only grow, as a meter's index does, in the first run of lines."""
    run = grid.runs[0]
    lines = list(zip(rows, owners, strict=True))[:run]
    found: set[Texts] = set()
    for kind, owner in Counter(lines):
        own = values[:run][np.array([line == (kind, owner) for line in lines], dtype=np.bool_)]
        if is_index(own[~np.isnan(own)]):
            found.add(kind)
    return frozenset(found)
