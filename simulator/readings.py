"""Metered readings of a simulated household: physically consistent columns, and their CSV form."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.rng import Floats, Rng

COLUMNS: tuple[str, ...] = (
    "timestamp", "voltage", "current", "real_power", "reactive_power", "apparent_power", "power_factor",
    "frequency", "thd", "real_power_watt", "cluster", "device_state", "device_name",
)  # fmt: skip
_FORMAT = "%s,%.2f,%.4f,%.5f,%.6f,%.6f,%.4f,%.3f,%.2f,%.2f,%d,%s,%s\n"
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Device:
    """One metered device: what it is called, and its readings in the order of time.

    `columns` holds COLUMNS without `cluster` and `device_name`, each of shape (readings,); `timestamp` is
    `datetime64[s]` in UTC, powers are in the table's units (kW, kvar, kVA, W), `thd` in percent.
    """

    name: str
    cluster: int
    kind: str
    period_s: int
    columns: Columns

    def __len__(self) -> int:
        return len(self.columns["timestamp"])


@dataclass(frozen=True)
class Household:
    """Devices under one roof, with the zone in which their owner speaks of "today"."""

    seed: int
    timezone: str
    devices: tuple[Device, ...]

    def __len__(self) -> int:
        return sum(len(device) for device in self.devices)

    @property
    def now(self) -> datetime:
        """The newest reading of all, in UTC: what the service calls now under `CLOCK=latest`."""
        newest = max(device.columns["timestamp"][-1] for device in self.devices if len(device))
        return datetime.fromtimestamp(int(newest.astype("datetime64[s]").astype(np.int64)), UTC)

    def columns(self) -> Columns:
        """All readings, COLUMNS by name, ordered by time and then by cluster. Shapes (readings,)."""
        joined: Columns = {
            name: np.concatenate([device.columns[name] for device in self.devices]) for name in COLUMNS[:-3]
        }
        joined["device_state"] = np.concatenate([device.columns["device_state"] for device in self.devices])
        joined["cluster"] = np.concatenate([np.full(len(d), d.cluster, np.int64) for d in self.devices])
        joined["device_name"] = np.concatenate([np.full(len(d), d.name) for d in self.devices])
        order = np.lexsort((joined["cluster"], joined["timestamp"]))
        return {name: joined[name][order] for name in COLUMNS}

    def csv_blocks(self, *, names: bool = True) -> Iterator[str]:
        """The readings as CSV text: a header, then blocks of lines; `device_name` only with `names`."""
        yield ",".join(COLUMNS if names else COLUMNS[:-1]) + "\n"
        columns = self.columns()
        columns["timestamp"] = np.datetime_as_string(columns["timestamp"], unit="s")
        texts = {name: _quoted(name) for name in set(columns["device_name"].tolist())}
        line = _FORMAT if names else _FORMAT.replace(",%s\n", "\n")
        for first in range(0, len(self), 10_000):
            block = {name: values[first : first + 10_000].tolist() for name, values in columns.items()}
            block["timestamp"] = [f"{moment}Z" for moment in block["timestamp"]]
            block["device_name"] = [texts[name] for name in block["device_name"]]
            yield "".join(
                line % row for row in zip(*(block[c] for c in COLUMNS[: 13 if names else 12]), strict=True)
            )

    def write_csv(self, path: str | Path, *, names: bool = True) -> int:
        """Write the CSV file (UTF-8, line feeds) and return its number of readings."""
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            file.writelines(self.csv_blocks(names=names))
        return len(self)


def _quoted(text: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([text])
    return buffer.getvalue()


@dataclass(frozen=True)
class Mains:
    """The supply that all devices share: slow drifts of voltage and frequency, and short sags.

    `knots_s` are epoch seconds; `sags` are (from_s, to_s, remaining share of the voltage).
    """

    knots_s: Floats
    voltage_v: Floats
    frequency_hz: Floats
    sags: tuple[tuple[float, float, float], ...]

    def voltage_at(self, times_s: Floats) -> Floats:
        """Volts at each time, shape (times,)."""
        volts: Floats = np.interp(times_s, self.knots_s, self.voltage_v)
        for from_s, to_s, share in self.sags:
            volts = np.where((times_s >= from_s) & (times_s < to_s), volts * share, volts)
        return volts

    def frequency_at(self, times_s: Floats) -> Floats:
        """Hertz at each time, shape (times,)."""
        hertz: Floats = np.interp(times_s, self.knots_s, self.frequency_hz)
        return hertz


def mains(
    span_s: tuple[float, float],
    nominal: tuple[float, float],
    sags: Sequence[tuple[float, float, float]],
    rng: Rng,
) -> Mains:
    """A supply over `span_s` around `nominal` volts and hertz."""
    knots = np.arange(span_s[0] - 600, span_s[1] + 1200, 600.0)
    volts = nominal[0] * (1 + 0.006 * rng.noise(len(knots)))
    hertz = nominal[1] + 0.012 * rng.noise(len(knots))
    return Mains(knots, volts, hertz, tuple(sags))


def measure(times_s: Floats, watts: Floats, power_factor: Floats, supply: Mains, rng: Rng) -> Columns:
    """What a meter reports for these powers: P <= S, S = V·I, PF = P / S and Q = sqrt(S² - P²).

    Voltage and current are rounded first, as a meter shows them; the rest follows from the rounded ones.
    """
    voltage = np.round(supply.voltage_at(times_s) + 0.2 * rng.noise(len(times_s)), 2)
    current = np.round(watts / power_factor / voltage, 4)
    apparent_va = voltage * current
    real_w = np.minimum(np.round(watts, 2), np.floor(apparent_va * 100) / 100)
    apparent_va = np.round(apparent_va, 3)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(apparent_va > 0, real_w / apparent_va, 0.0)
    return {
        "timestamp": times_s.astype(np.int64).astype("datetime64[s]"),
        "voltage": voltage,
        "current": current,
        "real_power": np.round(real_w / 1000, 5),
        "reactive_power": np.round(np.sqrt(np.maximum(apparent_va**2 - real_w**2, 0.0)) / 1000, 6),
        "apparent_power": np.round(apparent_va / 1000, 6),
        "power_factor": np.round(factor, 4),
        "frequency": np.round(supply.frequency_at(times_s), 3),
        "real_power_watt": real_w,
    }
