"""What a point says: which device, which quantities in the table's units, which state.

The quantity comes from the field's name ("power", "voltage_l1"); where the field is called just "value", as
by Home Assistant, it comes from the entity's name and from the measurement, which is then the unit ("W").
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from api_service.ingest.line_protocol.points import FieldValue, LineFault, Point, RejectedLine
from api_service.ingest.recognition.columns import Meaning, understand
from api_service.ingest.recognition.vocabulary import plain, unit_of
from api_service.ingest.rows import MAX_TEXT_LENGTH, RawRows, objects, text_fault

DEVICE_TAGS = (
    "device", "device_name", "friendly_name", "entity_id", "name", "meter", "sensor", "appliance", "circuit",
    "channel", "plug", "socket", "ct",
)  # fmt: skip
"""Tags that name the device, the first one that is there."""
UNIT_TAGS = ("unit", "unit_of_measurement", "units")
STATE_FIELDS = frozenset({"state", "device_state", "status"})
SWITCHES = frozenset({"switch", "light", "binary_sensor", "input_boolean", "fan"})
"""Home Assistant's domains whose 0 and 1 are off and on."""
COLUMNS: Mapping[str, tuple[str, float]] = {
    "real_power": ("real_power_watt", 1.0),
    "reactive_power": ("reactive_power", 1e-3),
    "apparent_power": ("apparent_power", 1e-3),
    "voltage": ("voltage", 1.0),
    "current": ("current", 1.0),
    "power_factor": ("power_factor", 1.0),
    "frequency": ("frequency", 1.0),
    "thd": ("thd", 1.0),
}
"""The table's column of each quantity, and how many of the column's unit its base unit is."""
BASE_FIELDS: Mapping[str, str] = {
    "real_power": "power",
    "reactive_power": "reactive_power",
    "apparent_power": "apparent_power",
    "voltage": "voltage",
    "current": "current",
    "power_factor": "power_factor",
    "frequency": "frequency",
    "thd": "thd",
}
"""The field's name under which each quantity is understood in its base unit (W, var, VA, V, A, 1, Hz, %)."""
UNNAMED = "Meter"
_PLACE_TAGS = frozenset({"host", "domain", "source", "db", "region", "topic", *UNIT_TAGS})
NAMED_PHASES = {"l1": "L1", "l2": "L2", "l3": "L3", "neutral": "N"}


@dataclass(frozen=True)
class PointRows:
    """The rows of some points. `cluster` in `rows` is the place in `names`, to be exchanged for clusters.

    `ignored` counts the fields that are no reading of the table, by name.
    """

    rows: RawRows
    names: tuple[str, ...]
    bad: tuple[RejectedLine, ...]
    ignored: Counter[str]


@dataclass
class _Rows:
    """Readings in the making, by device and moment, whose quantities may come in several lines."""

    now_us: int
    lines: dict[tuple[str, int], int] = field(default_factory=dict)
    values: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)

    def add(self, point: Point) -> None:
        """Take a point's fields. Raises `LineFault` for a device's name that cannot be stored."""
        stamp_us = self.now_us if point.stamp_us is None else point.stamp_us
        for field_name, field_value in point.fields.items():
            found = _reading(point, field_name, field_value)
            if found is None:
                self.ignored[f"{point.measurement}.{field_name}"[:80]] += 1
                continue
            name, column, value = found
            if fault := text_fault(name):
                raise LineFault(f"the device's name {fault}")
            key = (name, stamp_us)
            self.lines.setdefault(key, point.line)
            if isinstance(value, str):
                self.states[key] = value
            else:
                self.values.setdefault(key, {})[column] = value


def rows_of(points: Iterable[Point | RejectedLine], now_us: int) -> PointRows:
    """The rows of the points; a point without a time is of `now_us`, UTC epoch microseconds."""
    made, bad = _Rows(now_us), []
    for point in points:
        if isinstance(point, RejectedLine):
            bad.append(point)
            continue
        try:
            made.add(point)
        except LineFault as fault:
            bad.append(RejectedLine(point.line, str(fault)))
    keys = list(made.lines)
    names = tuple(dict.fromkeys(name for name, _ in keys))
    places = {name: place for place, name in enumerate(names)}
    rows = RawRows(
        row=np.array([made.lines[key] for key in keys], dtype=np.int64),
        stamp_us=np.array([stamp for _, stamp in keys], dtype=np.int64),
        naive=np.zeros(len(keys), dtype=np.bool_),
        cluster=np.array([places[name] for name, _ in keys], dtype=np.float64),
        values={
            column: np.array([made.values.get(key, {}).get(column, np.nan) for key in keys], dtype=np.float64)
            for column, _ in COLUMNS.values()
        },
        device_state=objects([made.states.get(key) for key in keys]),
        device_name=objects([None] * len(keys)),
    )
    return PointRows(rows, names, tuple(bad), made.ignored)


def _reading(point: Point, name: str, value: FieldValue) -> tuple[str, str, float | str] | None:
    """Device, column and value of a field; a state has the column "device_state". None for anything else."""
    if isinstance(value, str | bool) or _is_switch(point):
        state = _state(point, name, value)
        return None if state is None else (_device(point, ""), "device_state", state)
    meaning = _meaning(point, name)
    column = COLUMNS.get(meaning.quantity or "")
    if column is None:
        return None
    return _device(point, _part(meaning)), column[0], value * factor_to_base(meaning) * column[1]


def _is_switch(point: Point) -> bool:
    return point.tags.get("domain") in SWITCHES


def _state(point: Point, name: str, value: FieldValue) -> str | None:
    """The state that a field tells: a text called so, or the on and off of a switch."""
    if isinstance(value, str):
        return value[:MAX_TEXT_LENGTH] if name in STATE_FIELDS and value else None
    is_told = name in STATE_FIELDS or (name == "value" and _is_switch(point))
    return ("on" if value else "off") if is_told and value in (0, 1) else None


def _meaning(point: Point, name: str) -> Meaning:
    """What a number means: by its field's name, else by the entity's, else by the measurement's."""
    unit = next((point.tags[tag] for tag in UNIT_TAGS if tag in point.tags), point.measurement)
    own = _understood(name, "")
    if own.is_measured:
        return own
    if own.quantity != "value":
        return Meaning(0, name)
    entity = next((point.tags[tag] for tag in DEVICE_TAGS if tag in point.tags), "")
    written_unit = unit if unit_of(unit) else ""
    by_entity = _understood(entity, written_unit) if entity else own
    return by_entity if by_entity.is_measured else _understood(point.measurement, written_unit)


@lru_cache(maxsize=4096)
def _understood(name: str, unit: str) -> Meaning:
    return understand(0, name, unit)


def factor_to_base(meaning: Meaning) -> float:
    """How many base units of its quantity one unit of a column or field is."""
    if meaning.unit is None:
        return 1.0
    is_percentage = meaning.quantity == "power_factor" and meaning.unit.symbol == "%"
    return 0.01 if is_percentage else meaning.unit.factor


def _part(meaning: Meaning) -> str:
    """The phase, or the channel of a meter with several: what the field's name says besides its quantity."""
    return NAMED_PHASES.get(meaning.phase, "")


def _device(point: Point, part: str) -> str:
    """The device's name: a tag that names it, without an entity's quantity; else what else tells."""
    named = next((point.tags[tag] for tag in DEVICE_TAGS if point.tags.get(tag)), "")
    if named in (point.tags.get("entity_id"), point.tags.get("friendly_name")):
        named = entity_name(named)
    if not named:
        others = [value for tag, value in sorted(point.tags.items()) if tag not in _PLACE_TAGS]
        named = " ".join(others) or _measurement_name(point.measurement)
    return f"{named} {part}".strip()[:MAX_TEXT_LENGTH]


def entity_name(entity: str) -> str:
    """The device of an entity: "sensor.fridge_power" and "fridge_voltage" are both of the fridge."""
    own = entity.rpartition(".")[2]
    meaning = _understood(own, "")
    words = meaning.device if meaning.quantity and meaning.device else own
    return re.sub(r"[\s_]+", " ", words).strip()


def _measurement_name(measurement: str) -> str:
    is_quantity = _understood(measurement, "").is_measured or unit_of(measurement) is not None
    return UNNAMED if is_quantity or not plain(measurement) else measurement
