"""A long table as a whole: the quantities in its sample, and how each of its lines becomes a reading."""

from collections.abc import Callable

import numpy as np

from api_service.ingest.layout import Column, FieldPlan, Kinds, ReadingPlan
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.forms.kinds import ENERGIES, KindColumns, Texts, meaning_of
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.groups import Group
from api_service.ingest.recognition.scales import Scaling, field_and_factor, sign_of
from api_service.ingest.recognition.sequences import Sequence, are_indexes, sequences
from api_service.ingest.recognition.vocabulary import plain, vocabulary
from api_service.metering.blocks import FloatArray, IntArray

_SHOWN = 8


class LongTable:
    """A long table, by its sample; `owners` are the devices and `us` the moments of its rows."""

    def __init__(
        self, columns: KindColumns, grid: Grid, decimals: Decimals, owners: list[str], us: IntArray
    ) -> None:
        self._columns = columns
        rows = list(zip(*(grid.texts(place) for place in columns.kinds), strict=True))
        numbers = grid.numbers(columns.value.place, decimals)
        self._sample: list[Texts] = list(dict.fromkeys(rows))
        self._numbers = {kind: numbers[[row == kind for row in rows]] for kind in self._sample}
        self._indexes = _index_kinds(
            sequences(us, list(zip(rows, owners, strict=True)), grid.runs), rows, numbers
        )
        self._unneeded: frozenset[str | None] = frozenset()
        self._powered: frozenset[str] = frozenset()
        self._powered = self._with_power()
        self._unneeded = self._means()
        self._names_devices = self._are_devices()

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
        """What a kind is; None for extremes beside their mean, which are no further readings."""
        found = meaning_of(texts, self._columns, self._indexes)
        if found and found.quantity in ENERGIES and not found.is_export and found.device in self._powered:
            return None
        return None if found and found.is_extreme and found.quantity in self._unneeded else found

    def _with_power(self) -> frozenset[str]:
        """The devices, as sensors name them, whose power is there: their energy says nothing more."""
        if not self._columns.is_sensor:
            return frozenset()
        found = [self._meaning(texts) for texts in self._sample]
        return frozenset(each.device for each in found if each and each.quantity == "real_power")

    def _means(self) -> frozenset[str | None]:
        """The quantities that come otherwise than as extremes."""
        found = [self._meaning(texts) for texts in self._sample]
        return frozenset(each.quantity for each in found if each and not each.is_extreme)

    def _are_devices(self) -> bool:
        """Whether the kinds name devices as well: `Fridge (W)` beside `Oven (W)`."""
        devices: dict[tuple[str | None, str], set[str]] = {}
        for texts in self._sample:
            if (found := self._meaning(texts)) is not None:
                devices.setdefault((found.quantity, found.phase), set()).add(_own_name(found))
        return any(len(named - {""}) > 1 for named in devices.values())

    def _finder(self, scaling: Scaling, alone: str) -> Callable[[Texts], ReadingPlan | None]:
        known: dict[Texts, ReadingPlan | None] = {}

        def find(texts: Texts) -> ReadingPlan | None:
            if texts not in known:
                meaning = self._meaning(texts)
                numbers = self._numbers.get(texts, np.empty(0))
                known[texts] = (
                    self._plan(meaning, sign_of(meaning, numbers), scaling, alone) if meaning else None
                )
            return known[texts]

        return find

    def _plan(self, meaning: Meaning, sign: int, scaling: Scaling, alone: str) -> ReadingPlan:
        field, factor = field_and_factor(meaning.quantity or "", meaning, scaling)
        signed = sign * factor
        if self._columns.is_sensor:
            device = meaning.device.replace("_", " ").strip() or meaning.name
        else:
            phase = "" if meaning.phase == "total" else meaning.phase.upper()
            own = _own_name(meaning) if self._names_devices else ""
            device = " ".join(
                word for word in (alone, own, phase, "export" if meaning.is_export else "") if word
            )
        is_mean = meaning.quantity in (*ENERGIES, "reactive_energy")
        return ReadingPlan({field: FieldPlan((Column(meaning.place, signed),))}, device or None, is_mean)


def _own_name(meaning: Meaning) -> str:
    """The words of a kind that name a device: not those of a direction or of how a value was made."""
    known = vocabulary()
    silent = known.exports | known.energy_exports | known.statistics | known.soft | set(known.flows)
    return " ".join(word for word in meaning.device.split() if plain(word) not in silent)


def _index_kinds(found: list[Sequence], rows: list[Texts], numbers: FloatArray) -> frozenset[Texts]:
    """The kinds whose numbers only grow, as a meter's index does."""
    by_kind: dict[Texts, list[Sequence]] = {}
    for each in found:
        by_kind.setdefault(rows[int(each.rows[0])], []).append(each)
    return frozenset(kind for kind, own in by_kind.items() if are_indexes(numbers, own))
