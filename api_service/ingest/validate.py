"""What a reading may say: one set of rules for files and requests, applied to whole columns.

Three severities. A row is *rejected* where it names no device or moment, or where its power cannot be true.
A bad value of any other quantity is *left out* and counted, and the rest of its row stays: not a number, not
finite, outside of what the quantity can be, or an apparent power below the real one (IEEE 1459: |P| <= S).
Values that merely disagree are *warned* of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np

from api_service.ingest.faults import Faults
from api_service.ingest.rows import (
    BAD_STAMP,
    MISSING_STAMP,
    POWER_FIELDS,
    ObjectArray,
    RawRows,
    Reject,
    text_fault,
)
from api_service.ingest.time.localise import Before, localise
from api_service.ingest.time.timestamps import DAY_US, EARLIEST_US, LATEST_US
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

NOT_A_STAMP = "not a timestamp such as 2026-03-09T14:30:00Z, or no such date"
IN_THE_FUTURE = "more than a day in the future: the meter's clock is wrong, or the order of the date"
SATURATED = "saturated, the end of a 16-bit number: the meter's other values are none either"
# Ends of signed and unsigned 16-bit hundredths.
SATURATED_FACTORS = (327.67, 327.68, 655.34, 655.35)
BELOW_REAL_POWER = "below real power, which cannot be"
WARN_P_OVER_S = "real power is slightly above apparent power"
WARN_TWO_POWERS = "real_power (kW) and real_power_watt (W) disagree; both are kept as they are"
WARN_APPARENT = "apparent power is not voltage times current (three phases, or a wrong scale?)"
WARN_POWER_FACTOR = "power factor is not real over apparent power"
WARN_NAMES = "the cluster has another device_name further on; the last one counts"
WARN_AMBIGUOUS = "local time occurs twice (the clock goes back); the order of the file decided"


@dataclass(frozen=True)
class Validated:
    """The good rows, the `row` numbers they came from, the rejects by ascending row, and what else was found.

    `left_out` and `warnings` map each sentence to the row numbers it is true of. `last` is what the next
    block's `Context` needs (see `timestamps.localise`).
    """

    columns: ReadingBlock
    row: IntArray
    rejects: list[Reject]
    left_out: dict[str, IntArray]
    warnings: dict[str, IntArray]
    last: Mapping[int, int]


@dataclass(frozen=True)
class Context:
    """What rows mean beyond themselves: the zone of naive timestamps, and the moments before them.

    Readings later than `latest_us` are from a wrong clock; naive times count by `period_us` (see `written`).
    """

    zone: ZoneInfo
    before: Before = field(default_factory=Before)
    latest_us: int = LATEST_US
    period_us: int = 0


def validate(rows: RawRows, context: Context) -> Validated:
    """Apply every rule to `rows` (in the order of the file) and fill in what follows from what is given."""
    faults = Faults(rows.row)
    faults.add(rows.stamp_us == MISSING_STAMP, "timestamp", "missing")
    faults.add(rows.stamp_us == BAD_STAMP, "timestamp", NOT_A_STAMP)
    cluster = _check_cluster(rows.cluster, faults)
    utc_us, last, ambiguous = _check_time(rows, cluster, context, faults)
    _check_saturation(rows, faults)
    measured = {name: _checked(rows, name, faults) for name in MEASURES if name in rows.values}
    _check_power(rows, measured, faults)
    states = _checked_texts(rows.device_state, "device_state", faults)
    given_names = _checked_texts(rows.device_name, "device_name", faults)
    _check_anything(measured, states, faults)
    values = _completed(measured, len(rows))
    names = _names(cluster[~faults.bad], given_names[~faults.bad])
    doubts = {WARN_AMBIGUOUS: ambiguous, **_check_physics(values, faults)}
    doubts[WARN_NAMES] = _otherwise_named(cluster, given_names, names)
    good = np.flatnonzero(~faults.bad)
    columns = ReadingBlock(
        timestamp_us=utc_us[good],
        cluster=cluster[good],
        values={name: column[good] for name, column in values.items()},
        device_state=states[good].tolist(),
        device_name=names,
    )
    return Validated(
        columns,
        rows.row[good],
        faults.rejects(),
        _of_rows(faults.left_out, rows.row, good),
        _of_rows(doubts, rows.row, good),
        last,
    )


def _of_rows(found: Mapping[str, BoolArray], rows: IntArray, good: IntArray) -> dict[str, IntArray]:
    """The row numbers of each sentence, of good rows alone."""
    chosen = {sentence: rows[good[mask[good]]] for sentence, mask in found.items()}
    return {sentence: numbers for sentence, numbers in chosen.items() if len(numbers)}


def _check_cluster(cluster: FloatArray, faults: Faults) -> IntArray:
    faults.add(np.isnan(cluster), "cluster", "missing")
    whole = np.isfinite(cluster) & (np.floor(cluster) == cluster)
    faults.add(~whole, "cluster", "not a whole number")
    inside = (cluster >= 0) & (cluster <= LARGEST_CLUSTER)
    faults.add(~inside, "cluster", f"must be between 0 and {LARGEST_CLUSTER}")
    whole_numbers: IntArray = np.where(whole & inside, cluster, 0).astype(np.int64)
    return whole_numbers


def _check_time(
    rows: RawRows, cluster: IntArray, context: Context, faults: Faults
) -> tuple[IntArray, Mapping[int, int], BoolArray]:
    utc_us, last = rows.stamp_us.copy(), context.before.last
    ambiguous = np.zeros(len(rows), dtype=np.bool_)
    local = np.flatnonzero(rows.naive & ~faults.bad)
    if len(local):
        parts = rows.stamp_us[local] % DAY_US if context.period_us else 0
        found = localise(rows.stamp_us[local] - parts, cluster[local], context.zone, context.before)
        utc_us[local], last = found.utc_us + parts * context.period_us, found.last
        ambiguous[local] = found.ambiguous
        skipped = np.zeros(len(rows), dtype=np.bool_)
        skipped[local] = found.nonexistent
        reason = f"no such local time in {context.zone.key}: the clock goes forward over it"
        faults.add(skipped, "timestamp", reason)
    outside = (utc_us < EARLIEST_US) | (utc_us >= LATEST_US)
    faults.add(outside, "timestamp", "outside 1980 to 2099")
    faults.add(utc_us > context.latest_us, "timestamp", IN_THE_FUTURE)
    return utc_us, last, ambiguous


def _check_saturation(rows: RawRows, faults: Faults) -> None:
    """Reject rows in which a meter's numbers have come to their end: none of its values is one then."""
    factor = rows.values.get("power_factor")
    if factor is not None and (np.abs(factor) > SATURATED_FACTORS[0] - 0.01).any():
        faults.add(np.isin(np.round(np.abs(factor), 2), SATURATED_FACTORS), "power_factor", SATURATED)


def _checked(rows: RawRows, name: str, faults: Faults) -> FloatArray:
    """The column with NaN in the place of every value that cannot be; those are left out."""
    column, (low, high) = rows.values[name], RANGES[name]
    if np.isnan(column).all():
        return column
    slack = 1e-6 if name == "power_factor" else 0.0  # a computed one may pass 1 by a hair
    bad = (column < low - slack) | (column > high + slack)
    if not bad.any():
        return column
    for mask, reason in _range_faults(column, name):
        faults.leave_out(mask & bad, name, reason)
    return np.where(bad, np.nan, column)


def _range_faults(column: FloatArray, name: str) -> list[tuple[BoolArray, str]]:
    low, high = RANGES[name]
    finite = np.isfinite(column)
    found = [(np.isneginf(column), "not a number"), (np.isposinf(column), "not a finite number")]
    if low == 0.0:
        found.append((finite & (column < 0), "must not be negative"))
        finite &= column >= 0
    return [*found, (finite, f"outside {low:g} to {high:g}")]


def _check_power(rows: RawRows, measured: Mapping[str, FloatArray], faults: Faults) -> None:
    """Reject the rows that give power and of whose power nothing is left."""
    given = np.zeros(len(rows), dtype=np.bool_)
    left = np.zeros(len(rows), dtype=np.bool_)
    for name in POWER_FIELDS:
        if name in measured:
            given |= ~np.isnan(rows.values[name])
            left |= ~np.isnan(measured[name])
    if not (given & ~left).any():
        return
    for name in POWER_FIELDS:
        if name in measured:
            lost = given & ~left & ~np.isnan(rows.values[name])
            for mask, reason in _range_faults(rows.values[name], name):
                faults.add(mask & lost, name, reason)


def _checked_texts(texts: ObjectArray, name: str, faults: Faults) -> ObjectArray:
    # Texts repeat: each distinct one is judged once.
    wrong = {text: fault for text in set(texts.tolist()) if (fault := text_fault(text))}
    if not wrong:
        return texts
    found = [wrong.get(text) for text in texts.tolist()]
    for reason in sorted(set(wrong.values())):
        faults.leave_out(np.array([fault == reason for fault in found], dtype=np.bool_), name, reason)
    kept = texts.copy()
    kept[np.array([fault is not None for fault in found], dtype=np.bool_)] = None
    return kept


def _check_anything(values: Mapping[str, FloatArray], states: ObjectArray, faults: Faults) -> None:
    empty = np.array([state is None for state in states.tolist()], dtype=np.bool_)
    if not empty.any():
        return
    for column in values.values():
        empty &= np.isnan(column)
    faults.add(empty, None, "holds no measurement")


def _completed(measured: Mapping[str, FloatArray], count: int) -> dict[str, FloatArray]:
    """All values; `real_power` and `real_power_watt` follow from one another where one is empty."""
    values = dict(measured)
    none = np.full(count, np.nan)
    kilowatts, watts = values.get("real_power", none), values.get("real_power_watt", none)
    values["real_power"] = np.where(np.isnan(kilowatts), watts / WATTS_PER_KILOWATT, kilowatts)
    values["real_power_watt"] = np.where(np.isnan(watts), kilowatts * WATTS_PER_KILOWATT, watts)
    if "power_factor" in values:
        values["power_factor"] = np.clip(values["power_factor"], -1.0, 1.0)
    return values


def _check_physics(values: dict[str, FloatArray], faults: Faults) -> dict[str, BoolArray]:
    """Act on what physics forbids and return the doubtful rows, by warning. NaN compares as no fault."""
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
        _settle(impossible, values, faults)
        apparent_va = values["apparent_power"] * WATTS_PER_KILOWATT
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


def _settle(impossible: BoolArray, values: dict[str, FloatArray], faults: Faults) -> None:
    """Of a real power above the apparent one, the apparent one is left out.

    Voltage and current judge where both are there: if their product agrees with the apparent power, it is
    the real power that cannot be.
    """
    if not impossible.any():
        return
    wrong_power = np.zeros_like(impossible)
    if "voltage" in values and "current" in values:
        product = values["voltage"] * np.abs(values["current"]) / WATTS_PER_KILOWATT
        wrong_power = impossible & (np.abs(product - values["apparent_power"]) <= 0.05 * product)
    faults.add(wrong_power, "real_power_watt", "above apparent power and above voltage times current")
    left_out = impossible & ~wrong_power
    faults.leave_out(left_out, "apparent_power", BELOW_REAL_POWER)
    values["apparent_power"] = np.where(left_out, np.nan, values["apparent_power"])


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
