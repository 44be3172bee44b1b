"""One value of several devices and one period, from sums or from a frame; pure."""

from dataclasses import dataclass, replace

import numpy as np

from api_service.metering.analysis.frame import Frame, level_values
from api_service.metering.analysis.intervals import Spans, run_starts
from api_service.metering.analysis.sums import Sums
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.measure import Measure, Statistic
from api_service.metering.rollups import NEVER


@dataclass(frozen=True)
class Value:
    """A value in the measure's unit; `at_us` (and `end_us`) is its moment, or span."""

    value: float | str
    samples: int
    at_us: int | None = None
    end_us: int | None = None
    cluster: int | None = None


def level_of(sums: Sums, measure: Measure, statistic: Statistic) -> Value | None:
    """Mean, minimum or maximum of a level over the rows of one period; None where nothing was recorded."""
    samples = int(sums.count.sum() if measure.rollup.count else sums.n.sum())
    if statistic is Statistic.MEAN:
        mean = _mean(sums, measure)
        return None if mean is None else Value(mean, samples)
    levels, moments = (sums.low, sums.low_at) if statistic is Statistic.MIN else (sums.high, sums.high_at)
    if not len(levels) or np.all(np.isnan(levels)):
        return None
    pick = np.nanmin if statistic is Statistic.MIN else np.nanmax
    extreme = float(pick(levels))
    winners = np.flatnonzero(levels == extreme)
    first_at = int(moments[winners].min())
    # One unknown moment may be earlier than all that are known.
    is_known = not np.any(moments[winners] == NEVER)
    return Value(extreme, samples, first_at if is_known else None, cluster=int(sums.cluster[winners[0]]))


def _mean(sums: Sums, measure: Measure) -> float | None:
    if measure.key == "power_factor":
        sums = _by_time(sums, sums.count if measure.rollup.count else sums.n)
    if not measure.additive_over_devices:
        weight = float(sums.weight.sum())
        return float(sums.total.sum()) / weight if weight else None
    clusters, device = np.unique(sums.cluster, return_inverse=True)
    totals = np.bincount(device, sums.total, len(clusters))
    weights = np.bincount(device, sums.weight, len(clusters))
    read = weights > 0
    return float(np.sum(totals[read] / weights[read])) if np.any(read) else None


def _by_time(sums: Sums, readings: IntArray) -> Sums:
    """The same with the sums of each device's readings weighted by the time that one of them stands for.

    Sums of powers over several devices are amounts of energy only so: of two equal devices the one that is
    read twice as often has twice the readings. Unchanged where the time of a device is not known.
    """
    clusters, device = np.unique(sums.cluster, return_inverse=True)
    covered_s, record_s, count = (
        np.bincount(device, column, len(clusters)) for column in (sums.covered_s, sums.record_s, readings)
    )
    read = np.flatnonzero(count)
    seconds = covered_s if np.all(covered_s[read] > 0) else record_s
    if len(read) < 2 or not np.all(seconds[read] > 0):
        return sums
    factor = np.divide(seconds, count, out=np.zeros(len(clusters)), where=count > 0)[device]
    return replace(sums, total=sums.total * factor, weight=sums.weight * factor)


def readings_of(frame: Frame, measure: Measure, key: int) -> tuple[FloatArray, np.ndarray]:
    """The values of a period's selected readings that carry one, and the places of these readings."""
    values = level_values(measure, frame.readings)
    mine = frame.selected & ~np.isnan(values)
    rows = np.flatnonzero(mine)
    rows = rows[frame.pieces.key[frame.place[rows]] == key]
    return values[rows], rows


def quantile_of(frame: Frame, measure: Measure, key: int, statistic: Statistic) -> Value | None:
    """Median or 95th percentile (linear between order statistics) of a period's readings."""
    values, rows = readings_of(frame, measure, key)
    if not len(rows):
        return None
    share = 50 if statistic is Statistic.MEDIAN else 95
    return Value(float(np.percentile(values, share)), len(rows))


def end_of(frame: Frame, measure: Measure, key: int, statistic: Statistic) -> Value | None:
    """The first or last reading of a period; of equally old ones that of the lower cluster."""
    values, rows = readings_of(frame, measure, key)
    if not len(rows):
        return None
    at_us = frame.readings.timestamp_us[rows]
    place = int(np.argmin(at_us)) if statistic is Statistic.FIRST else int(_last(at_us))
    cluster = int(frame.readings.cluster[rows[place]])
    return Value(float(values[place]), len(rows), int(at_us[place]), cluster=cluster)


def state_end_of(frame: Frame, key: int, statistic: Statistic) -> Value | None:
    """The state of the first or last selected reading of a period that has one."""
    rows = np.flatnonzero(frame.selected)
    rows = rows[frame.pieces.key[frame.place[rows]] == key]
    rows = np.array([row for row in rows.tolist() if frame.readings.device_state[row]], np.int64)
    if not len(rows):
        return None
    at_us = frame.readings.timestamp_us[rows]
    place = int(np.argmin(at_us)) if statistic is Statistic.FIRST else _last(at_us)
    state = frame.readings.device_state[int(rows[place])] or ""
    return Value(state, len(rows), int(at_us[place]), cluster=int(frame.readings.cluster[rows[place]]))


def runs_begun(frame: Frame, measure: Measure, key: int) -> Value:
    """How many runs of consecutive readings that fulfil the conditions began in a period.

    Readings that do not carry the measure, or what the conditions look at, are passed over.
    """
    known = frame.known & _in_window(frame)
    if measure.columns:
        known &= ~np.isnan(level_values(measure, frame.readings))
    rows = np.flatnonzero(known)
    starts = rows[run_starts(frame.readings.cluster[rows], frame.selected[rows])]
    mine = frame.pieces.key[frame.place[starts]] == key
    selected = np.flatnonzero(known & frame.selected)
    samples = int(np.sum(frame.pieces.key[frame.place[selected]] == key))
    at_us = frame.readings.timestamp_us[starts[mine]]
    return Value(float(np.sum(mine)), samples, int(at_us.min()) if len(at_us) else None)


def over_spans(spans: Spans, statistic: Statistic, samples: int) -> Value | None:
    """A statistic of the lengths of runs, in seconds, with the run that it is where it is one."""
    if not len(spans):
        return Value(0.0, samples) if statistic in (Statistic.SUM, Statistic.COUNT) else None
    seconds = spans.seconds
    if statistic is Statistic.COUNT:
        return Value(float(len(spans)), samples)
    if statistic in (Statistic.MIN, Statistic.MAX, Statistic.LATEST):
        places = {
            Statistic.MIN: int(np.argmin(seconds)),
            Statistic.MAX: int(np.argmax(seconds)),
            Statistic.LATEST: int(np.argmax(spans.start_us)),
        }
        place = places[statistic]
        span = int(spans.start_us[place]), int(spans.end_us[place])
        return Value(float(seconds[place]), samples, *span)
    value, _ = over_amounts(seconds, statistic)
    return Value(value, samples)


def over_amounts(amounts: FloatArray, statistic: Statistic) -> tuple[float, int | None]:
    """A statistic of the amounts of several periods, and which one it is where it is one."""
    if statistic is Statistic.MIN:
        return float(amounts.min()), int(np.argmin(amounts))
    if statistic is Statistic.MAX:
        return float(amounts.max()), int(np.argmax(amounts))
    if statistic is Statistic.MEAN:
        return float(amounts.mean()), None
    if statistic is Statistic.MEDIAN:
        return float(np.median(amounts)), None
    return float(amounts.sum()), None


def _in_window(frame: Frame) -> np.ndarray:
    edges, at_us = frame.pieces.edges_us, frame.readings.timestamp_us
    return np.asarray((at_us >= edges[0]) & (at_us < edges[-1]))


def _last(at_us: np.ndarray) -> int:
    return int(np.flatnonzero(at_us == at_us.max())[0])
