"""From sums or a frame of one subject to a value for each period; pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api_service.assistant.execution.compute.source import Demand
from api_service.metering.analysis.amounts import (
    Amounts,
    amounts_of,
    amounts_of_moments,
    amounts_of_spans,
    collapsed,
    gap_spans,
    gathered,
    split_by_key,
    switch_on_moments,
)
from api_service.metering.analysis.calendar.periods import LEFT_OUT, Period, Pieces
from api_service.metering.analysis.frame import Frame
from api_service.metering.analysis.intervals import Spans, holding
from api_service.metering.analysis.sums import Sums, sums_of
from api_service.metering.analysis.values import (
    Value,
    end_of,
    level_of,
    over_spans,
    quantile_of,
    runs_begun,
    state_end_of,
)
from api_service.metering.blocks import IntArray
from api_service.metering.measure import MeasureKind, Statistic

COLLAPSED = -2
"""The key of a value over all periods."""
BY_RUN = frozenset(("on_time", "duration"))


@dataclass(frozen=True)
class Alive:
    """What a frame cannot say of its devices.

    Their time on record, each reading's on/off status, and which of them are subtracted.
    """

    spans_us: dict[int, tuple[int, int]]
    status: IntArray
    minus: tuple[int, ...] = ()


def of_sums(demand: Demand, sums: Sums, pieces: Pieces, devices: int) -> dict[int, Value]:
    """Values of so many devices by key; keys without a value are absent."""
    if demand.measure.key == "coverage":
        return _coverage(sums, pieces, devices)
    if demand.measure.additive_over_time:
        return _over_periods(demand, amounts_of(sums, demand.measure), pieces)
    return _by_key(
        pieces,
        lambda key: level_of(sums.take(np.flatnonzero(sums.key == key)), demand.measure, demand.statistic),
    )


def of_frame(demand: Demand, frame: Frame, alive: Alive) -> dict[int, Value]:
    """Values by key; keys without a value are absent."""
    measure, statistic, pieces = demand.measure, demand.statistic, frame.pieces
    if measure.key == "gaps":
        return _of_gaps(demand, frame, alive)
    if statistic is Statistic.COUNT or measure.kind is MeasureKind.TEXT:
        return _by_key(pieces, lambda key: _counted_or_text(demand, frame, key))
    if measure.key == "switch_ons":
        moments = switch_on_moments(frame, alive.status)
        counted = amounts_of_moments(moments, pieces, sums_of(frame, measure))
        return _over_periods(demand, counted, pieces)
    if measure.key in BY_RUN:
        return _of_runs(demand, frame)
    return _of_levels(demand, frame, alive)


def _of_levels(demand: Demand, frame: Frame, alive: Alive) -> dict[int, Value]:
    measure, statistic = demand.measure, demand.statistic
    if measure.kind is MeasureKind.RECORDED and statistic in (Statistic.MEDIAN, Statistic.P95):
        return _by_key(frame.pieces, lambda key: quantile_of(frame, measure, key, statistic))
    if measure.kind is MeasureKind.RECORDED and statistic in (Statistic.FIRST, Statistic.LAST):
        return _by_key(frame.pieces, lambda key: end_of(frame, measure, key, statistic))
    sums = sums_of(frame, measure).signed(alive.minus)
    return of_sums(demand, sums, frame.pieces, len(alive.spans_us))


def _counted_or_text(demand: Demand, frame: Frame, key: int) -> Value | None:
    if demand.statistic is Statistic.COUNT:
        return runs_begun(frame, demand.measure, key)
    return state_end_of(frame, key, demand.statistic)


def _by_key(pieces: Pieces, value_of: Callable[[int], Value | None]) -> dict[int, Value]:
    found = {}
    for key in np.unique(pieces.key[pieces.key != LEFT_OUT]).tolist():
        value = value_of(key)
        if value is not None:
            found[key] = value
    return found


def _over_periods(demand: Demand, amounts: Amounts, pieces: Pieces) -> dict[int, Value]:
    if not demand.collapses:
        return gathered(amounts, pieces, demand.statistic, demand.period)
    value = collapsed(amounts, pieces, demand.statistic)
    return {} if value is None else {COLLAPSED: value}


def _of_runs(demand: Demand, frame: Frame) -> dict[int, Value]:
    sums = sums_of(frame, demand.measure)
    spans = holding(frame)
    if demand.period is Period.WINDOW and demand.statistic is not Statistic.SUM:
        return _over_spans(spans, demand, sums)
    return _over_periods(demand, amounts_of_spans(spans, frame.pieces, sums), frame.pieces)


def _over_spans(spans: Spans, demand: Demand, sums: Sums) -> dict[int, Value]:
    if not sums.record_s.sum():
        return {}
    value = over_spans(spans, demand.statistic, int(sums.n.sum()))
    return {} if value is None else {0: value}


def _of_gaps(demand: Demand, frame: Frame, alive: Alive) -> dict[int, Value]:
    pieces = frame.pieces
    first_us = min((span[0] for span in alive.spans_us.values()), default=None)
    if first_us is None or first_us >= pieces.edges_us[-1]:
        return {}
    gaps = gap_spans(frame, alive.spans_us)
    parts, keys = split_by_key(gaps, pieces)
    samples = int(np.sum(frame.selected))

    def value_of(key: int) -> Value | None:
        mine = parts.take(np.flatnonzero(keys == key))
        return over_spans(mine, demand.statistic, samples)

    if demand.period is Period.WINDOW:
        value = over_spans(gaps, demand.statistic, samples)
        return {} if value is None else {0: value}
    return _by_key(pieces, value_of)


def _coverage(sums: Sums, pieces: Pieces, devices: int) -> dict[int, Value]:
    values = {}
    for key in np.unique(pieces.key[pieces.key != LEFT_OUT]).tolist():
        mine = sums.take(np.flatnonzero(sums.key == key))
        percent = 100.0 * float(mine.record_s.sum()) / (pieces.seconds(key) * devices)
        values[key] = Value(min(100.0, percent), int(mine.n.sum()))
    return values
