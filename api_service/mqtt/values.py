"""What a source says of one value of its payloads: `power[kW]`, `current[mA] L1`, `state`, `by name`."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from api_service.ingest.line_protocol.meaning import (
    BASE_FIELDS,
    NAMED_PHASES,
    STATE_FIELDS,
    entity_name,
    factor_to_base,
    is_of_mains,
)
from api_service.ingest.line_protocol.points import LONGEST_CACHED
from api_service.ingest.recognition.columns import Meaning, compatible, understand
from api_service.ingest.recognition.vocabulary import unit_of
from api_service.mqtt.payloads import Number

STATE, BY_NAME = "state", "by name"
_TEXT = re.compile(r"([a-zA-Z_ ]+?)(?:\[([^\]]+)\])?(?: (L[123]))?")


@dataclass(frozen=True)
class ValueRule:
    """How a value becomes a field: `field` is `state`, `by name`, or a quantity's field in its base unit.

    `factor` makes base units of the value; `part` names what of a device the value is of: a phase, a circuit.
    """

    field: str
    quantity: str = ""
    factor: float = 1.0
    part: str = ""

    def in_base_unit(self, number: Number) -> float | None:
        """The number in the quantity's base unit; None where its own unit is of another quantity (12 kWh)."""
        if not number.unit:
            return number.value * self.factor
        unit = unit_of(number.unit)
        if unit is None or not compatible(self.quantity, unit):
            return None
        is_export = self.factor < 0
        return number.value * factor_to_base(Meaning(0, "", self.quantity, unit, is_export=is_export))


def value_rule(text: str) -> ValueRule:
    """The rule that a text of a source file says; raises `ValueError` for one that says none."""
    if text in (STATE, BY_NAME):
        return ValueRule(text)
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no value; write it like power[kW], state or by name")
    name, unit, part = match.groups()
    meaning = understand(0, name, "")
    quantity = meaning.quantity
    if quantity is None or quantity not in BASE_FIELDS or meaning.device:
        known = ", ".join(sorted(name.replace("_", " ") for name in BASE_FIELDS))
        raise ValueError(f"{text!r}: {name} is no quantity; there are: {known}")
    if unit:
        known_unit = unit_of(unit)
        if known_unit is None or not compatible(quantity, known_unit):
            raise ValueError(f"{text!r}: {unit} is no unit of {name}")
        meaning = replace(meaning, unit=known_unit)
    return ValueRule(BASE_FIELDS[quantity], quantity, factor_to_base(meaning), part or "")


def rule_by_name(name: str, unit: str) -> ValueRule | None:
    """The rule that a name and a written unit tell, as for columns of files; None for what is no reading.

    "phase_b_voltage" is a part of its device, and so is the fridge in "fridge_power".
    """
    return _remembered(name, unit) if len(name) + len(unit) <= LONGEST_CACHED else None


@lru_cache(maxsize=4096)
def _remembered(name: str, unit: str) -> ValueRule | None:
    if name.lower() in STATE_FIELDS:
        return ValueRule(STATE)
    meaning = understand(0, name, unit if unit_of(unit) else "")
    if meaning.quantity is None or meaning.quantity not in BASE_FIELDS or not is_of_mains(meaning):
        return None
    part = NAMED_PHASES.get(meaning.phase, "") or (entity_name(name) if meaning.device else "")
    return ValueRule(BASE_FIELDS[meaning.quantity], meaning.quantity, factor_to_base(meaning), part)
