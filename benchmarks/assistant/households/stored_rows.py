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


class StoredWorld(World):
    """A world that no longer changes: what all of a device's rows say is worked out once."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._known: dict[tuple[str, int], Any] = {}

    def _once(self, what: str, cluster: int) -> Any:
        if (what, cluster) not in self._known:
            self._known[what, cluster] = getattr(super(), what)(cluster)
        return self._known[what, cluster]

    def gap_us(self, cluster: int) -> int:
        """The longest spacing that is no gap."""
        return int(self._once("gap_us", cluster))

    def tells_state(self, cluster: int) -> bool:
        """Whether its states say on or off."""
        return bool(self._once("tells_state", cluster))

    def largest_w(self, cluster: int) -> float:
        """Its largest power."""
        return float(self._once("largest_w", cluster))


def read_world(database: Path, zone: str, mains: Iterable[int], tariff: dict[str, Any] | None) -> World:
    """Every stored reading, at the moment just after the newest one, as `CLOCK=latest` has it."""
    readings: dict[int, list[Reading]] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for cluster, at, state, *values in connection.execute(_SELECT + " ORDER BY cluster, timestamp"):
            known = {name: value for name, value in zip(VALUES, values, strict=True) if value is not None}
            readings.setdefault(cluster, []).append(Reading(cluster, _stored_us(at), known, state))
    now_us = max(rows[-1].us for rows in readings.values()) + 1  # windows are half-open
    return StoredWorld(readings, now_us, ZoneInfo(zone), set(mains), prices_of(tariff))


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
