"""The raw rows of a database, read by plain SQL for the oracle."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.query_oracle import Price, Reading, World, moment_us

VALUES = (
    "real_power_watt", "voltage", "current", "frequency", "thd", "reactive_power", "apparent_power",
    "power_factor",
)  # fmt: skip
_SELECT = f"SELECT cluster, timestamp, device_state, {', '.join(VALUES)} FROM electrical_data"


def read_world(database: Path, zone: str, mains: Iterable[int], tariff: dict[str, Any] | None) -> World:
    """Every stored reading, at the moment of the newest one."""
    readings: dict[int, list[Reading]] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for cluster, at, state, *values in connection.execute(_SELECT + " ORDER BY cluster, timestamp"):
            known = {name: value for name, value in zip(VALUES, values, strict=True) if value is not None}
            readings.setdefault(cluster, []).append(Reading(cluster, _stored_us(at), known, state))
    now_us = max(rows[-1].us for rows in readings.values())
    return World(readings, now_us, ZoneInfo(zone), set(mains), prices_of(tariff))


def _stored_us(stored: str | int) -> int:
    if isinstance(stored, int):
        return stored
    return moment_us(datetime.fromisoformat(stored).replace(tzinfo=UTC))


def prices_of(tariff: dict[str, Any] | None) -> list[Price]:
    """The oracle's form of a body of `PUT /api/tariffs/`."""
    return [
        Price(
            date.fromisoformat(one["valid_from"]),
            one["price_per_kwh"],
            tuple(
                (band["price_per_kwh"], _second(band["start"]), _second(band["end"]), frozenset(range(7)))
                for band in one.get("bands", ())
            ),
        )
        for one in (tariff or {}).get("tariffs", ())
    ]


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
