"""Console logs: lines that end in a JSON object with measured values, as smart plugs write them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

_TOPIC = re.compile(rb"[\w./-]+")
_LONGEST_PREFIX = 400
_TIMES = ("Time", "time", "timestamp", "ts", "last_seen")
# The firmware's names for a quantity, by that of the column which is written.
_FIELDS = {
    "power": ("Power", "power", "apower", "act_power"),
    "voltage": ("Voltage", "voltage"),
    "current": ("Current", "current"),
    "apparent power": ("ApparentPower", "aprt_power"),
    "reactive power": ("ReactivePower",),
    "power factor": ("Factor", "pf", "power_factor"),
    "frequency": ("Frequency", "freq", "frequency"),
}
HEADER = ("timestamp", "device", *_FIELDS)
_SKIPPED = frozenset({"tele", "stat", "cmnd", "sensor", "state", "result", "status"})


def is_console_log(begin: bytes) -> bool:
    """Whether most of the first lines end in a JSON object, and one of them in measured values."""
    lines = [line for line in begin.splitlines()[:50] if line.strip()]
    if not lines or (lines[0].lstrip().startswith(b"[") and len(lines) == 1):
        return False
    has_objects = sum(_parts(line) is not None for line in lines) * 2 > len(lines)
    return has_objects and any(_row(line) for line in lines)


def write_console_log(source: BinaryIO, target: BinaryIO) -> None:
    """One row of CSV for every line of the log, empty where it carries no measurement."""
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for line in source:
        writer.writerow(_row(line) or [""] * len(HEADER))
    text.detach()


def _row(line: bytes) -> list[str] | None:
    parts = _parts(line)
    if parts is None:
        return None
    try:
        message = json.loads(parts[1])
    except (ValueError, RecursionError):
        return None
    moment = next((message[name] for name in _TIMES if name in message), None)
    values = next((found for found in map(_measured, _objects(message)) if found), None)
    if moment is None or values is None:
        return None
    return [str(moment), _device(parts[0].decode("utf-8", "replace")), *values]


def _parts(line: bytes) -> tuple[bytes, bytes] | None:
    """The topic before the object that ends a line (the last word there), and the object."""
    text = line.strip()
    begin = text.find(b"{")
    if not 0 <= begin <= _LONGEST_PREFIX or not text.endswith(b"}"):
        return None
    words = _TOPIC.findall(text[:begin])
    return words[-1] if words else b"", text[begin:]


def _objects(message: Any) -> Iterator[dict[str, Any]]:
    """The object and those inside it, the inner ones first."""
    if isinstance(message, dict):
        for value in message.values():
            yield from _objects(value)
        yield message


def _measured(message: dict[str, Any]) -> list[str] | None:
    found = []
    for names in _FIELDS.values():
        value = next((message[name] for name in names if name in message), "")
        found.append(str(value) if isinstance(value, int | float) and not isinstance(value, bool) else "")
    return found if any(found) else None


def _device(topic: str) -> str:
    """`tele/plug_lab/SENSOR` → `plug_lab`."""
    parts = [part for part in topic.split("/") if part and part.lower() not in _SKIPPED]
    return parts[-1] if parts else "log"
