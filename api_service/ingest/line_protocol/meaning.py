"""What a point says: which device, which quantities in the table's units, which state.

The quantity comes from the field's name ("power", "voltage_l1"); where the field is called just "value", as
by Home Assistant, it comes from the entity's name and from the measurement, which is then the unit ("W").
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isnan, nan

import numpy as np

from api_service.ingest.faults import refuse_too_many_faults
from api_service.ingest.line_protocol.points import (
    LONGEST_CACHED,
    FieldValue,
    LineFault,
    Point,
    RejectedLine,
)
from api_service.ingest.recognition.columns import Meaning, understand
from api_service.ingest.recognition.vocabulary import plain, unit_of
from api_service.ingest.rows import MAX_TEXT_LENGTH, RawRows, objects, text_fault

DEVICE_TAGS = (
    "device", "device_name", "friendly_name", "entity_id", "name", "meter", "sensor", "appliance",
)  # fmt: skip
"""Tags that name the device, the first one that is there."""
PART_TAGS = ("circuit", "channel", "plug", "socket", "ct", "phase")
"""Tags that name what of it is measured: a meter's channels are devices of their own."""
UNIT_TAGS = ("unit", "unit_of_measurement", "units")
STATE_FIELDS = frozenset({"state", "device_state", "status"})
SWITCHES = frozenset({"switch", "light", "fan"})
"""Home Assistant's domains whose state is kept: the sun, a door and who is at home are no devices."""
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
SECOND = " (a second value)"
_COLUMN_NAMES = tuple(column for column, _ in COLUMNS.values())
UNNAMED = "Meter"
_NOT_MAINS = frozenset({"battery", "nominal", "target", "threshold", "dc"})
"""Words of fields that are not what the device draws from the grid, such as a UPS's `battery_voltage`."""
NO_STATES = frozenset({"unavailable", "unknown", "none", "null", "nan"})
"""What senders write in place of a state that they do not know."""
_PLACE_TAGS = frozenset({"host", "domain", "source", "db", "region", "topic", "slave_id", "type", *UNIT_TAGS})
NAMED_PHASES = {"l1": "L1", "l2": "L2", "l3": "L3", "neutral": "N"}


@dataclass(frozen=True)
class PointRows:
    """The rows of some points. `cluster` in `rows` is the place in `names`, to be exchanged for clusters.

    `ignored` counts the fields that are no reading of the table, by name, and with `SECOND` behind it those
    of which only one can be kept, for a quantity that the device has already at that moment.
    """

    rows: RawRows
    names: tuple[str, ...]
    bad: tuple[RejectedLine, ...]
    ignored: Counter[str]


@dataclass(frozen=True)
class _Rule:
    """What the numbers of one field of one series are: device, column, and how much of the column's unit."""

    name: str
    place: int
    factor: float
    is_exact: bool
    fault: str | None


@dataclass
class _Rows:
    """Readings in the making, by device and moment, whose quantities may come in several lines."""

    now_us: int
    lines: dict[tuple[str, int], int] = field(default_factory=dict)
    values: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    rules: dict[tuple[str, int, str], _Rule | None] = field(default_factory=dict)

    def add(self, point: Point) -> None:
        """Take a point's fields. Raises `LineFault` for a device's name that cannot be stored."""
        stamp_us = self.now_us if point.stamp_us is None else point.stamp_us
        for field_name, value in point.fields.items():
            if isinstance(value, str | bool) or _is_switch(point):
                self._add_state(point, field_name, value, stamp_us)
                continue
            rule = self._rule(point, field_name)
            if rule is None:
                self._ignore(point, field_name)
                continue
            if rule.fault:
                raise LineFault(f"the device's name {rule.fault}")
            key = (rule.name, stamp_us)
            self.lines.setdefault(key, point.line)
            row = self.values.get(key)
            if row is None:
                row = self.values[key] = [nan] * len(_COLUMN_NAMES)
            before, given = row[rule.place], value * rule.factor
            if not isnan(before) and before != given:
                self._ignore(point, field_name + SECOND)
            # "voltage" tells more surely what the device has than "output_voltage".
            if rule.is_exact or isnan(before):
                row[rule.place] = given

    def _add_state(self, point: Point, name: str, value: FieldValue, stamp_us: int) -> None:
        state = _state(point, name, value)
        if state is None:
            self._ignore(point, name)
            return
        device = _device(point, "")
        if fault := text_fault(device):
            raise LineFault(f"the device's name {fault}")
        self.lines.setdefault((device, stamp_us), point.line)
        if self.states.get((device, stamp_us), state) != state:
            self._ignore(point, name + SECOND)
        self.states[(device, stamp_us)] = state

    def _rule(self, point: Point, name: str) -> _Rule | None:
        key = (point.measurement, id(point.tags), name)
        if key not in self.rules:
            self.rules[key] = _rule(point, name)
        return self.rules[key]

    def _ignore(self, point: Point, name: str) -> None:
        self.ignored[f"{point.measurement}.{name}"[:80]] += 1


def rows_of(points: Iterable[Point | RejectedLine], now_us: int) -> PointRows:
    """The rows of the points; a point without a time is of `now_us`, UTC epoch microseconds."""
    made, bad = _Rows(now_us), list[RejectedLine]()
    held = []  # the rules know a series by the identity of its tags, which must not be given to another one
    for point in points:
        refuse_too_many_faults(len(bad))
        if isinstance(point, RejectedLine):
            bad.append(point)
            continue
        held.append(point.tags)
        try:
            made.add(point)
        except LineFault as fault:
            bad.append(RejectedLine(point.line, str(fault)))
    keys = list(made.lines)
    names = tuple(dict.fromkeys(name for name, _ in keys))
    places = {name: place for place, name in enumerate(names)}
    none = [nan] * len(_COLUMN_NAMES)
    table = np.array([made.values.get(key, none) for key in keys], dtype=np.float64)
    table = table.reshape(len(keys), len(_COLUMN_NAMES))
    rows = RawRows(
        row=np.array([made.lines[key] for key in keys], dtype=np.int64),
        stamp_us=np.array([stamp for _, stamp in keys], dtype=np.int64),
        naive=np.zeros(len(keys), dtype=np.bool_),
        cluster=np.array([places[name] for name, _ in keys], dtype=np.float64),
        values={column: table[:, place].copy() for place, column in enumerate(_COLUMN_NAMES)},
        device_state=objects([made.states.get(key) for key in keys]),
        device_name=objects([None] * len(keys)),
    )
    return PointRows(rows, names, tuple(bad), made.ignored)


def _rule(point: Point, name: str) -> _Rule | None:
    """What the numbers of a field are, None for no reading of the table."""
    if _is_home_assistants(point) and name != "value":
        return None
    meaning = _meaning(point, name)
    column = COLUMNS.get(meaning.quantity or "")
    if column is None or _NOT_MAINS & set(plain(name).split()) or not is_of_mains(meaning):
        return None
    device = _device(point, _part(meaning))
    factor = factor_to_base(meaning) * column[1]
    place = _COLUMN_NAMES.index(column[0])
    return _Rule(device, place, factor, not meaning.device, text_fault(device))


def _is_home_assistants(point: Point) -> bool:
    """Whether Home Assistant sent it: all fields but `value` and `state` are attributes of the entity then.

    Some are called like quantities: `voltage` of a thermometer's battery is 3005 (mV).
    """
    return "domain" in point.tags and "entity_id" in point.tags


def _is_switch(point: Point) -> bool:
    return point.tags.get("domain") in SWITCHES


def _state(point: Point, name: str, value: FieldValue) -> str | None:
    """The state that a field tells: a text called so, or the on and off of a switch."""
    if isinstance(value, str):
        is_told = name in STATE_FIELDS and (_is_switch(point) or not _is_home_assistants(point))
        return value[:MAX_TEXT_LENGTH] if is_told and value and value.lower() not in NO_STATES else None
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
    entity = next((point.tags[tag] for tag in (*DEVICE_TAGS, *PART_TAGS) if tag in point.tags), "")
    written_unit = unit if unit_of(unit) else ""
    whole = _understood(point.measurement, "")
    if not written_unit and whole.is_measured and not whole.device:
        return whole
    by_entity = _understood(entity, written_unit) if entity else own
    return by_entity if by_entity.is_measured else _understood(point.measurement, written_unit)


def is_of_mains(meaning: Meaning) -> bool:
    """Whether what a name says is measured at the grid: no battery's volts, no set point, no extreme."""
    part = plain(meaning.device).rpartition(" ")[2]
    is_of_battery = part == "battery" and meaning.quantity == "real_power"
    return not meaning.is_extreme and (part not in _NOT_MAINS or is_of_battery)


def _understood(name: str, unit: str) -> Meaning:
    is_short = len(name) + len(unit) <= LONGEST_CACHED
    return (_remembered if is_short else _remembered.__wrapped__)(name, unit)


@lru_cache(maxsize=4096)
def _remembered(name: str, unit: str) -> Meaning:
    found = understand(0, name, unit)
    head, _, rest = name.partition("_")
    if head.lower() == "energy" and rest:
        # Telegraf makes ENERGY_Power of Tasmota's {"ENERGY": {"Power": …}}.
        inner = understand(0, rest, unit)
        return inner if inner.quantity in COLUMNS else found
    return found


def factor_to_base(meaning: Meaning) -> float:
    """How many base units of its quantity one unit of a column or field is; below 0 for what is exported."""
    sign = -1.0 if meaning.is_export else 1.0
    if meaning.unit is None:
        return sign
    is_percentage = meaning.quantity == "power_factor" and meaning.unit.symbol == "%"
    return sign * (0.01 if is_percentage else meaning.unit.factor)


def _part(meaning: Meaning) -> str:
    """The phase, or the channel of a meter with several: what the field's name says besides its quantity."""
    return NAMED_PHASES.get(meaning.phase, "")


def _device(point: Point, part: str) -> str:
    """The device's name: a tag that names it, without an entity's quantity; else what else tells."""
    tags = point.tags
    named = next((tags[tag] for tag in DEVICE_TAGS if tags.get(tag)), "")
    if named in (tags.get("entity_id"), tags.get("friendly_name")):
        named = entity_name(named)
    parts = [tags[tag] for tag in PART_TAGS if tags.get(tag)]
    if not named and not parts:
        others = [value for tag, value in sorted(tags.items()) if tag not in _PLACE_TAGS]
        named = " ".join(others) or tags.get("topic", "") or _measurement_name(point.measurement)
    return " ".join(filter(None, (named, *parts, part)))[:MAX_TEXT_LENGTH]


def entity_name(entity: str) -> str:
    """The device of an entity: "sensor.fridge_power" and "fridge_voltage" are both of the fridge."""
    own = entity.rpartition(".")[2]
    meaning = _understood(own, "")
    words = meaning.device if meaning.quantity and meaning.device else own
    return re.sub(r"[\s_]+", " ", words).strip()


def _measurement_name(measurement: str) -> str:
    is_quantity = _understood(measurement, "").is_measured or unit_of(measurement) is not None
    return UNNAMED if is_quantity or not plain(measurement) else measurement
