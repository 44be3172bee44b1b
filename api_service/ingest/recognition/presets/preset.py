"""Presets: files of a known origin, recognised by their column names.

Each is a TOML file in this folder, so that a contributor adds one without code: `[match] columns` are
patterns of which each must fit a column, `[read]` holds options of reading by their names, `[map]` says what
columns hold, as `--map` does, and `[phase]` of which phase they are. What a user says goes before; an order
of dates counts only where the file does not show another one.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from api_service.ingest.layout import DateOrder, Label
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.options import Mapped, ReadOptions, parse_interval_us, parse_map


@dataclass(frozen=True)
class Preset:
    """One origin: its name, the patterns of its columns, how its files are read. `zone`: of local times."""

    name: str
    columns: tuple[str, ...]
    mapping: Mapping[str, Mapped]
    date_order: DateOrder | None = None
    label: Label | None = None
    interval_us: int | None = None
    decimal: str | None = None
    zone: str | None = None
    phases: Mapping[str, str] = field(default_factory=dict)

    def fits(self, names: Sequence[str]) -> bool:
        """Whether each pattern fits a column."""
        lowered = [name.strip().lower() for name in names]
        return all(any(fnmatchcase(name, pattern.lower()) for name in lowered) for pattern in self.columns)

    def completed(self, given: ReadOptions) -> ReadOptions:
        """The options of a user, with those of the preset where the user says nothing."""
        return replace(
            given,
            mapping={**self.mapping, **given.mapping},
            likely_order=self.date_order,
            label=given.label or self.label,
            interval_us=given.interval_us or self.interval_us,
            decimal=given.decimal or self.decimal,
        )

    def in_phase(self, meaning: Meaning) -> Meaning:
        """The column with the phase that the preset gives it."""
        name = meaning.name.strip().lower()
        phase = next((phase for pattern, phase in self.phases.items() if fnmatchcase(name, pattern)), None)
        return meaning if phase is None else replace(meaning, phase=phase)


def find_preset(names: Sequence[str]) -> Preset | None:
    """The preset that fits these columns with the most patterns."""
    fitting = [preset for preset in presets() if preset.fits(names)]
    return max(fitting, key=lambda preset: len("".join(preset.columns)), default=None)


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, by the names of their files. Raises `InvalidInput` for one that cannot be."""
    found = sorted((item for item in files(__package__).iterdir() if item.name.endswith(".toml")), key=str)
    return tuple(_preset(tomllib.loads(item.read_text("utf-8"))) for item in found)


def _preset(raw: Mapping[str, dict[str, str]]) -> Preset:
    read = raw.get("read", {})
    return Preset(
        name=str(raw["name"]),
        columns=tuple(raw["match"]["columns"]),
        mapping=parse_map([f"{name}={meaning}" for name, meaning in raw.get("map", {}).items()]),
        date_order=DateOrder(read["date_order"]) if "date_order" in read else None,
        label=Label(read["label"]) if "label" in read else None,
        interval_us=parse_interval_us(read["interval"]) if "interval" in read else None,
        decimal=read.get("decimal"),
        zone=read.get("zone"),
        phases=raw.get("phase", {}),
    )
