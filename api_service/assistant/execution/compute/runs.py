"""When conditions held: every run of readings that fulfil them, with its span."""

import numpy as np

from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.compute.evaluate import needs_total
from api_service.assistant.execution.compute.source import Demand, Source
from api_service.assistant.execution.spec import Span, Spec
from api_service.metering.analysis.amounts import gap_spans
from api_service.metering.analysis.frame import Frame, level_values
from api_service.metering.analysis.intervals import Spans, union
from api_service.metering.blocks import IntArray
from api_service.metering.measure import MeasureKind
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import MICROSECONDS


async def condition_runs(source: Source, spec: Spec, span: Span) -> list[Cell]:
    """One cell per run, in order of subjects and time: `at` to `until`.

    A run lasts until its last reading's stretch of the curve ends; one isolated reading is a run without
    length. The value of a limited level is the extreme of the run that is furthest beyond the limit, of a
    state its text, of anything else the length in seconds.
    """
    cells = []
    for subject in spec.subjects:
        demand = Demand(spec.measure, spec.statistic, span, spec.period, spec.conditions)
        block = await source.block(demand, subject.clusters)
        pieces = source.pieces(demand)
        is_total = needs_total(demand, subject)
        if is_total:
            frame = source.total_frame(demand, block, pieces, subject.minus)
        else:
            frame = source.frame(demand, block, pieces)
        cells += [_cell(spec, subject, frame, run) for run in _runs(frame)]
    return cells


async def gap_runs(source: Source, spec: Spec, span: Span) -> list[Cell]:
    """One cell per gap of each subject, in order of subjects and time."""
    cells = []
    for subject in spec.subjects:
        demand = Demand(spec.measure, spec.statistic, span, spec.period, spec.conditions)
        frame = source.frame(demand, await source.block(demand, subject.clusters), source.pieces(demand))
        gaps = gap_spans(frame, source.alive_us(subject.clusters))
        order = np.argsort(gaps.start_us, kind="stable")
        for start_us, end_us in zip(gaps.start_us[order].tolist(), gaps.end_us[order].tolist(), strict=True):
            length = (end_us - start_us) / MICROSECONDS
            cells.append(_made(spec, subject, (start_us, end_us), (length, 0), "s"))
    return cells


def _runs(frame: Frame) -> list[tuple[int, int, IntArray]]:
    """Begin, end and readings of each run."""
    selected = np.flatnonzero(frame.selected)
    kept = np.flatnonzero(frame.segment_selected)
    at_us = frame.readings.timestamp_us[selected]
    spans: Spans = union(
        np.concatenate((frame.segments.start_us[kept], at_us)),
        np.concatenate((frame.segments.end_us[kept], at_us)),
    )
    order = np.argsort(at_us, kind="stable")
    selected, at_us = selected[order], at_us[order]
    first = np.searchsorted(at_us, spans.start_us, side="left")
    last = np.append(first[1:], len(at_us))
    return [
        (int(spans.start_us[run]), int(spans.end_us[run]), selected[first[run] : last[run]])
        for run in range(len(spans))
    ]


def _cell(spec: Spec, subject: Subject, frame: Frame, run: tuple[int, int, IntArray]) -> Cell:
    start_us, end_us, rows = run
    own = [limit for measure, limit in spec.conditions.limits if measure.key == spec.measure.key]
    if spec.measure.kind is MeasureKind.TEXT:
        state = frame.readings.device_state[int(rows[0])] if len(rows) else None
        return _made(spec, subject, (start_us, end_us), (state or "", len(rows)), spec.measure.unit)
    values = level_values(spec.measure, frame.readings)[rows]
    values = values[~np.isnan(values)]
    if own and len(values):
        value = float(values.min() if own[0].is_below else values.max())
        return _made(spec, subject, (start_us, end_us), (value, len(rows)), spec.measure.unit)
    return _made(spec, subject, (start_us, end_us), ((end_us - start_us) / MICROSECONDS, len(rows)), "s")


def _made(
    spec: Spec, subject: Subject, run_us: tuple[int, int], value: tuple[float | str, int], unit: str
) -> Cell:
    start, end = (from_epoch_us(moment) for moment in run_us)
    return Cell(
        subject=subject,
        measure=spec.measure.key,
        statistic=spec.statistic.value,
        value=value[0],
        unit=unit,
        start=start,
        end=end,
        at=start,
        until=end,
        samples=value[1],
    )
