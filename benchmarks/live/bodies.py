"""The same readings as each client sends them: JSON, NDJSON, CSV and line protocol."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 3, 9, tzinfo=UTC)
EVERY_S = 5
COLUMNS = (
    "timestamp", "cluster", "voltage", "current", "real_power_watt", "reactive_power", "apparent_power",
    "power_factor", "frequency", "thd", "device_state",
)  # fmt: skip


def rows(batch: int, size: int, devices: int) -> list[dict[str, Any]]:
    """The readings of a batch; no two batches share a moment of a device."""
    found = []
    for number in range(batch * size, (batch + 1) * size):
        power_w = 100.0 + number % 977
        values = (230.1, power_w / 220, power_w, 0.01, power_w / 990, 0.99, 50.0, 3.5, "on")
        moment = BEGIN + timedelta(seconds=EVERY_S * (number // devices))
        found.append(dict(zip(COLUMNS, (moment.isoformat(), 1 + number % devices, *values), strict=True)))
    return found


def as_json(readings: list[dict[str, Any]]) -> bytes:
    """A JSON array."""
    return json.dumps(readings).encode()


def as_ndjson(readings: list[dict[str, Any]]) -> bytes:
    """One object a line."""
    return "\n".join(map(json.dumps, readings)).encode()


def as_csv(readings: list[dict[str, Any]]) -> bytes:
    """A header and rows."""
    lines = [",".join(COLUMNS), *(",".join(str(row[name]) for name in COLUMNS) for row in readings)]
    return "\n".join(lines).encode() + b"\n"


def as_lines(readings: list[dict[str, Any]]) -> bytes:
    """Influx line protocol in seconds, as Telegraf would send it."""
    found = []
    for row in readings:
        stamp = int(datetime.fromisoformat(row["timestamp"]).timestamp())
        fields = (
            f"power={row['real_power_watt']},voltage={row['voltage']},current={row['current']},"
            f"power_factor={row['power_factor']},frequency={row['frequency']},thd={row['thd']}"
        )
        found.append(f'meter,device=Meter\\ {row["cluster"]} {fields},state="on" {stamp}')
    return "\n".join(found).encode()


FORMATS: dict[str, tuple[str, str, Callable[[list[dict[str, Any]]], bytes]]] = {
    "JSON": ("/api/readings/", "application/json", as_json),
    "NDJSON": ("/api/readings/", "application/x-ndjson", as_ndjson),
    "CSV": ("/api/readings/", "text/csv", as_csv),
    "line protocol": ("/api/v2/write?precision=s", "text/plain", as_lines),
}
"""Format to its path, media type and encoder."""
