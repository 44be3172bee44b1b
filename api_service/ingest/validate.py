"""What a reading may say: one set of rules for files and requests, applied to whole columns.

A row is rejected only where it cannot be true: a value that is not finite, outside of what its quantity can
be, or real power far above apparent power (IEEE 1459: |P| <= S). Values that merely disagree are warned of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np

from api_service.ingest.rows import MISSING_STAMP, ObjectArray, RawRows, Reject, text_fault
from api_service.ingest.timestamps import EARLIEST_US, LATEST_US, localise
from api_service.metering.blocks import (
    MEASURES,
    BoolArray,
    FloatArray,
    IntArray,
    ReadingBlock,
)
from api_service.metering.measures import source_columns
from api_service.metering.units import WATTS_PER_KILOWATT

LARGEST_CLUSTER = 2**31 - 1
# Lowest and highest value of each quantity, in the table's units.
RANGES: Mapping[str, tuple[float, float]] = {
    name: (column.low, column.high) for name, (_, column) in source_columns().items()
}
# Meters average and round each quantity by itself, so |P| may pass S by a little.
IMPOSSIBLE_P_OVER_S, IMPOSSIBLE_P_OVER_S_W = 1.10, 5.0
DOUBTFUL_P_OVER_S, DOUBTFUL_P_OVER_S_W = 1.02, 1.0

WARN_P_OVER_S = "real power is slightly above apparent power"
WARN_TWO_POWERS = "real_power (kW) and real_power_watt (W) disagree; both are kept as they are"
WARN_APPARENT = "apparent power is not voltage times current (three phases, or a wrong scale?)"
WARN_POWER_FACTOR = "power factor is not real over apparent power"
WARN_NAMES = "the cluster has another device_name further on; the last one counts"
WARN_AMBIGUOUS = "local time occurs twice (the clock goes back); the order of the file decided"


@dataclass(frozen=True)
class Validated:
    """The good rows, the `row` numbers they came from, the rejects by ascending row, and warnings.

    `warnings` maps each sentence to the row numbers it is true of. `last` is what the next block's `Context`
    needs (see `timestamps.localise`).
    """

    columns: ReadingBlock
    row: IntArray
    rejects: list[Reject]
    warnings: dict[str, IntArray]
    last: Mapping[int, int]


@dataclass(frozen=True)
class Context:
    """What rows mean beyond themselves: the zone of naive timestamps, and each cluster's previous row."""

    zone: ZoneInfo
    last: Mapping[int, int] = field(default_factory=dict)


class _Faults:
    """The first fault of each row."""

    def __init__(self, rows: IntArray) -> None:
        self._rows = rows
        self.bad: BoolArray = np.zeros(len(rows), dtype=np.bool_)
        self._found: dict[int, tuple[str | None, str]] = {}

    def add(self, mask: BoolArray, name: str | None, reason: str) -> None:
        fresh = mask & ~self.bad
        if fresh.any():
            self._found.update(dict.fromkeys(np.flatnonzero(fresh).tolist(), (name, reason)))
            self.bad |= fresh

    def rejects(self) -> list[Reject]:
        return [Reject(int(self._rows[index]), *self._found[index]) for index in sorted(self._found)]


def validate(rows: RawRows, context: Context) -> Validated:
    """Apply every rule to `rows` (in the order of the file) and fill in what follows from what is given."""
    faults = _Faults(rows.row)
    warnings: dict[str, IntArray] = {}
    faults.add(rows.stamp_us == MISSING_STAMP, "timestamp", "missing")
    cluster = _check_cluster(rows.cluster, faults)
    utc_us, last, ambiguous = _check_time(rows, cluster, context, faults)
    for name in MEASURES:
        if name in rows.values:
            _check_range(rows.values[name], name, faults)
    _check_texts(rows, faults)
    _check_anything(rows, faults)
    values = _completed(rows)
    names = _names(cluster[~faults.bad], rows.device_name[~faults.bad])
    doubts = {WARN_AMBIGUOUS: ambiguous, **_check_physics(values, faults)}
    doubts[WARN_NAMES] = _otherwise_named(cluster, rows.device_name, names)
    good = np.flatnonzero(~faults.bad)
    for sentence, mask in doubts.items():
        if (found := mask[good]).any():
            warnings[sentence] = rows.row[good[found]]
    columns = ReadingBlock(
        timestamp_us=utc_us[good],
        cluster=cluster[good],
        values={name: column[good] for name, column in values.items()},
        device_state=rows.device_state[good].tolist(),
        device_name=names,
    )
    return Validated(columns, rows.row[good], faults.rejects(), warnings, last)


def _check_cluster(cluster: FloatArray, faults: _Faults) -> IntArray:
    faults.add(np.isnan(cluster), "cluster", "missing")
    whole = np.isfinite(cluster) & (np.floor(cluster) == cluster)
    faults.add(~whole, "cluster", "not a whole number")
    inside = (cluster >= 0) & (cluster <= LARGEST_CLUSTER)
    faults.add(~inside, "cluster", f"must be between 0 and {LARGEST_CLUSTER}")
    whole_numbers: IntArray = np.where(whole & inside, cluster, 0).astype(np.int64)
    return whole_numbers


def _check_time(
    rows: RawRows, cluster: IntArray, context: Context, faults: _Faults
) -> tuple[IntArray, Mapping[int, int], BoolArray]:
    utc_us, last = rows.stamp_us.copy(), context.last
    ambiguous = np.zeros(len(rows), dtype=np.bool_)
    local = np.flatnonzero(rows.naive & ~faults.bad)
    if len(local):
        found = localise(rows.stamp_us[local], cluster[local], context.zone, context.last)
        utc_us[local], last = found.utc_us, found.last
        ambiguous[local] = found.ambiguous
        skipped = np.zeros(len(rows), dtype=np.bool_)
        skipped[local] = found.nonexistent
        reason = f"no such local time in {context.zone.key}: the clock goes forward over it"
        faults.add(skipped, "timestamp", reason)
    outside = (utc_us < EARLIEST_US) | (utc_us >= LATEST_US)
    faults.add(outside, "timestamp", "outside 1980 to 2099")
    return utc_us, last, ambiguous


def _check_range(column: FloatArray, name: str, faults: _Faults) -> None:
    faults.add(np.isinf(column), name, "not a finite number")
    low, high = RANGES[name]
    # Rounding of a computed power factor may pass 1 by a hair.
    slack = 1e-6 if name == "power_factor" else 0.0
    if low == 0.0:
        faults.add(column < 0, name, "must not be negative")
    faults.add((column < low - slack) | (column > high + slack), name, f"outside {low:g} to {high:g}")


def _check_texts(rows: RawRows, faults: _Faults) -> None:
    for name, texts in (("device_state", rows.device_state), ("device_name", rows.device_name)):
        # Texts repeat: each distinct one is judged once.
        wrong = {text: fault for text in set(texts.tolist()) if (fault := text_fault(text))}
        if wrong:
            found = [wrong.get(text) for text in texts.tolist()]
            for reason in sorted(set(wrong.values())):
                faults.add(np.array([fault == reason for fault in found], dtype=np.bool_), name, reason)


def _check_anything(rows: RawRows, faults: _Faults) -> None:
    empty = np.array([state is None for state in rows.device_state.tolist()], dtype=np.bool_)
    if not empty.any():
        return
    for column in rows.values.values():
        empty &= np.isnan(column)
    faults.add(empty, None, "holds no measurement")


def _completed(rows: RawRows) -> dict[str, FloatArray]:
    """All values; `real_power` and `real_power_watt` follow from one another where one is empty."""
    values = dict(rows.values)
    none = np.full(len(rows), np.nan)
    kilowatts, watts = values.get("real_power", none), values.get("real_power_watt", none)
    with np.errstate(over="ignore"):  # rows with absurd values are rejected already
        values["real_power"] = np.where(np.isnan(kilowatts), watts / WATTS_PER_KILOWATT, kilowatts)
        values["real_power_watt"] = np.where(np.isnan(watts), kilowatts * WATTS_PER_KILOWATT, watts)
    if "power_factor" in values:
        values["power_factor"] = np.clip(values["power_factor"], -1.0, 1.0)
    return values


def _check_physics(values: Mapping[str, FloatArray], faults: _Faults) -> dict[str, BoolArray]:
    """Reject what physics forbids and return the doubtful rows, by warning. NaN compares as no fault."""
    doubts: dict[str, BoolArray] = {}
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        real_w = values["real_power_watt"]
        other_w = values["real_power"] * WATTS_PER_KILOWATT
        doubts[WARN_TWO_POWERS] = np.abs(real_w - other_w) > 5.0 + 0.01 * np.abs(real_w)
        if "apparent_power" not in values:
            return doubts
        apparent_va = values["apparent_power"] * WATTS_PER_KILOWATT
        power_w = np.abs(real_w)
        impossible = power_w > np.maximum(
            apparent_va * IMPOSSIBLE_P_OVER_S, apparent_va + IMPOSSIBLE_P_OVER_S_W
        )
        faults.add(impossible, "apparent_power", "real power is above apparent power, which cannot be")
        doubts[WARN_P_OVER_S] = power_w > np.maximum(
            apparent_va * DOUBTFUL_P_OVER_S, apparent_va + DOUBTFUL_P_OVER_S_W
        )
        if "voltage" in values and "current" in values:
            product = values["voltage"] * np.abs(values["current"])
            doubts[WARN_APPARENT] = np.abs(product - apparent_va) > 5.0 + 0.1 * apparent_va
        if "power_factor" in values:
            factor = np.where(apparent_va > 20.0, power_w / apparent_va, np.nan)
            doubts[WARN_POWER_FACTOR] = np.abs(factor - np.abs(values["power_factor"])) > 0.05
    return doubts


def _names(cluster: IntArray, names: ObjectArray) -> dict[int, str]:
    """The last name given to each cluster."""
    pairs = zip(cluster.tolist(), names.tolist(), strict=True)
    return {number: name for number, name in pairs if name is not None}


def _otherwise_named(cluster: IntArray, names: ObjectArray, last: Mapping[int, str]) -> BoolArray:
    """Rows whose device_name is not the last one of their cluster."""
    pairs = list(zip(cluster.tolist(), names.tolist(), strict=True))
    if sum(name is not None for _, name in set(pairs)) == len(last):
        return np.zeros(len(pairs), dtype=np.bool_)
    return np.array([name not in (None, last.get(number)) for number, name in pairs], dtype=np.bool_)
