"""What a user says about a file, where the file itself does not."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from api_service.ingest.layout import DateOrder, Label
from api_service.ingest.recognition.columns import MEASURED
from api_service.ingest.recognition.vocabulary import Unit, unit_of, vocabulary
from shared.errors import InvalidInput

EVERY_OTHER = "*"
_MAPPED = re.compile(r"^\s*([a-z_]+|-)\s*(?:\[([^\]]+)\])?\s*$")
_INTERVAL = re.compile(r"(\d+)\s*(s|m|min|h|d)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
OTHER_QUANTITIES = (
    "timestamp",
    "date",
    "clock",
    "start",
    "end",
    "cluster",
    "device",
    "device_name",
    "device_state",
    "kind",
)
_SHORT = {
    "power": "real_power",
    "counter": "energy_counter",
    "-": "ignored",
    "ignore": "ignored",
    "time": "timestamp",
}


@dataclass(frozen=True)
class Mapped:
    """A quantity, its unit and its device as given by the user; a device of None is found out."""

    quantity: str
    unit: Unit | None
    device: str | None = None


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file; everything that is None or empty is found out.

    `mapping` gives columns (or patterns of them; `*`: all others) their quantity, `columns` names those of a
    file without header, `device` names the one device of a file, `device_column` the column that names
    devices. `interval_us` is the time that each value of an interval covers. `has_own_numbers`: the file's
    numbers of devices are its own. `day` is the date of the first time of day. `likely_order` is the order of
    dates that files of this form have where theirs does not show.
    """

    delimiter: str | None = None
    mapping: Mapping[str, Mapped] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    device: str | None = None
    device_column: str | None = None
    date_order: DateOrder | None = None
    likely_order: DateOrder | None = None
    label: Label | None = None
    interval_us: int | None = None
    decimal: str | None = None
    encoding: str | None = None
    keep_last_line: bool = False
    has_own_numbers: bool = False
    day: date | None = None


def parse_map(items: list[str]) -> dict[str, Mapped]:
    """`Usage=energy[kWh]` per item, or `c1=power[W]@Fridge` with the device.

    Raises `InvalidInput` with what is wrong with one.
    """
    found = {}
    for item in items:
        head, at, device = item.rpartition("@") if "@" in item.rpartition("=")[2] else (item, "", "")
        name, equals, meaning = head.rpartition("=")
        if not equals or not name.strip():
            raise InvalidInput(f"--map {item!r}: write COLUMN=QUANTITY[UNIT], such as Usage=energy[kWh].")
        found[name.strip()] = _mapped(item, meaning, device.strip() if at else None)
    return found


def parse_interval_us(text: str) -> int:
    """The microseconds of `30s`, `15m`, `1h`. Raises `InvalidInput` for anything else."""
    match = _INTERVAL.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise InvalidInput("write a time such as 30s, 15m or 1h")
    return int(match[1]) * _SECONDS[match[2]] * 1_000_000


def parse_day(text: str) -> date:
    """The date `2024-03-01`. Raises `InvalidInput` for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"{text!r} is no date: write one such as 2024-03-01.") from None


def parse_encoding(text: str) -> str:
    """The name of an encoding of texts as Python has it. Raises `InvalidInput` for another one."""
    try:
        "".encode(text.strip())  # some codecs, such as base64, are none of texts
        return codecs.lookup(text.strip()).name
    except (LookupError, ValueError):
        raise InvalidInput(
            f"{text!r} is no encoding: name one such as cp1251, shift_jis or latin-1."
        ) from None


def _mapped(item: str, meaning: str, device: str | None) -> Mapped:
    match = _MAPPED.match(meaning)
    quantity = _SHORT.get(match[1], match[1]) if match else ""
    if quantity not in (*MEASURED, *OTHER_QUANTITIES, "ignored"):
        known = ", ".join(("power", *MEASURED[1:], *OTHER_QUANTITIES, "-"))
        raise InvalidInput(f"--map {item!r}: {meaning!r} is no quantity; there are {known}.")
    unit = vocabulary().default_units.get(quantity)
    if match and match[2]:
        unit = unit_of(match[2])
        wanted = "energy" if quantity == "energy_counter" else quantity
        if unit is None or (unit.quantity != wanted and unit.symbol not in ("%", "1")):
            raise InvalidInput(f"--map {item!r}: {match[2]!r} is no unit of {quantity}.")
    return Mapped(quantity, unit, device)
