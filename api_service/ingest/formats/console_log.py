"""Console logs: lines that end in a JSON object with measured values, as smart plugs write them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

_TOPIC = re.compile(rb"[\w./-]+")
_LONGEST_PREFIX = 400
_TIMES = ("Time", "time", "timestamp", "ts", "last_seen", "unixtime")
_COARSE_TIMES = ("minute_ts",)  # that of the last full minute
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|1\d{9}(?:\.\d+)?|1\d{12})(?!\d)"
)
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
# The firmware's names for a quantity, by that of the column which is written.
_FIELDS = {
    "power": ("Power", "power", "apower", "act_power", "total_act_power"),
    "voltage": ("Voltage", "voltage"),
    "current": ("Current", "current", "total_current"),
    "apparent power": ("ApparentPower", "aprt_power", "total_aprt_power"),
    "reactive power": ("ReactivePower",),
    "power factor": ("Factor", "pf", "power_factor"),
    "frequency": ("Frequency", "freq", "frequency"),
}
HEADER = ("timestamp", "device", *_FIELDS)
_SKIPPED = frozenset({"tele", "stat", "cmnd", "sensor", "state", "result", "status"})
# One of several parts of a device that measure: `switch:1`.
_COMPONENT = re.compile(r"[a-z]+\d?:\d+")


@dataclass(frozen=True)
class _Reading:
    """The values of one part of a message; `component` is that part's own name, or empty."""

    moment: str
    device: str
    component: str
    values: list[str]


def is_console_log(begin: bytes) -> bool:
    """Whether most of the first lines end in a JSON object, and one of them in measured values."""
    lines = [line for line in begin.splitlines()[:50] if line.strip()]
    if not lines or (lines[0].lstrip().startswith(b"[") and len(lines) == 1):
        return False
    has_objects = sum(_parts(line) is not None for line in lines) * 2 > len(lines)
    return has_objects and any(_readings(line) for line in lines)


def write_console_log(source: BinaryIO, target: BinaryIO) -> None:
    """A row of CSV for every part of a line that measures; an empty one for a line without."""
    components: dict[str, set[str]] = {}
    for line in source:
        for reading in _readings(line):
            components.setdefault(reading.device, set()).add(reading.component)
    source.seek(0)
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for line in source:
        found = _readings(line)
        for reading in found:
            is_one_of_several = len(components[reading.device]) > 1 and reading.component
            name = f"{reading.device} {reading.component}" if is_one_of_several else reading.device
            writer.writerow([reading.moment, name, *reading.values])
        if not found:
            writer.writerow([""] * len(HEADER))
    text.detach()


def _readings(line: bytes) -> list[_Reading]:
    parts = _parts(line)
    if parts is None:
        return []
    try:
        message = json.loads(parts[1])
    except (ValueError, RecursionError):
        return []
    found: dict[str, list[str]] = {}
    for component, inner in _objects(message, ""):
        values = _measured(inner)
        if values and component not in found:
            found[component] = values
    moment = _moment(message, parts[0].decode("utf-8", "replace"))
    if moment is None or not found:
        return []
    # What an object around them sums up is none of the parts.
    named = {component: values for component, values in found.items() if component} or found
    device = _device(message, parts[0])
    return [_Reading(moment, device, component, values) for component, values in named.items()]


def _parts(line: bytes) -> tuple[bytes, bytes] | None:
    """What stands before the object that ends a line, and the object."""
    text = line.strip()
    begin = text.find(b"{")
    if not 0 <= begin <= _LONGEST_PREFIX or not text.endswith(b"}"):
        return None
    return text[:begin], text[begin:]


def _moment(message: Any, prefix: str) -> str | None:
    """When a message was made: as it says, else as the line says before it, else by its last full minute."""
    for names, text in ((_TIMES, ""), ((), prefix), (_COARSE_TIMES, "")):
        for inner in reversed([each for _, each in _objects(message, "")]):
            for name in names:
                if name in inner and not isinstance(inner[name], dict | list) and not _is_clock(inner[name]):
                    return str(inner[name])
        if match := _MOMENT.search(text):
            return match[1]
    return None


def _is_clock(value: Any) -> bool:
    """A time of day alone, of which nobody knows the date."""
    return isinstance(value, str) and _CLOCK.fullmatch(value) is not None


def _objects(message: Any, component: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The object and those inside it, the inner ones first, each with the device's part that it is in."""
    if isinstance(message, dict):
        for name, value in message.items():
            yield from _objects(value, name if _COMPONENT.fullmatch(name) else component)
        yield component, message


def _measured(message: dict[str, Any]) -> list[str] | None:
    found = []
    for names in _FIELDS.values():
        value = next((message[name] for name in names if name in message), "")
        found.append(str(value) if isinstance(value, int | float) and not isinstance(value, bool) else "")
    return found if any(found) else None


def _device(message: Any, prefix: bytes) -> str:
    """The topic before a message (`tele/plug_lab/SENSOR` → `plug_lab`), else whom it is from."""
    words = [word.decode("utf-8", "replace") for word in _TOPIC.findall(_MOMENT_BYTES.sub(b" ", prefix))]
    topic = words[-1] if words else ""
    parts = [part for part in topic.split("/") if part and part.lower() not in _SKIPPED]
    if parts:
        return parts[-1]
    source = message.get("src") if isinstance(message, dict) else None
    return source if isinstance(source, str) and source else "log"


_MOMENT_BYTES = re.compile(_MOMENT.pattern.encode())
