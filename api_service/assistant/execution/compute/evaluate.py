"""From a spec and a span to cells: one per subject, state and period that has a value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.compute.reduce import BY_RUN, COLLAPSED, Alive, of_frame, of_sums
from api_service.assistant.execution.compute.source import Demand, Source
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, Spec
from api_service.metering.analysis.calendar.periods import GATHERING, Period, Pieces
from api_service.metering.analysis.conditions import StateRule, StateTest
from api_service.metering.analysis.prices import earliest
from api_service.metering.analysis.sums import Sums, sums_of
from api_service.metering.analysis.values import Value
from api_service.metering.blocks import ReadingBlock
from api_service.metering.measure import MeasureKind, Statistic
from api_service.metering.moments import from_epoch_us

_ADDED_SIMPLY = frozenset((Statistic.MEAN, Statistic.SUM, Statistic.TREND))


@dataclass(frozen=True)
class Group:
    """A row's identity: whose value, in which recorded state, in which period (`key` of the pieces)."""

    subject: Subject
    state: str | None
    key: int


Table = dict[Group, Cell]


@dataclass(frozen=True)
class _Part:
    """What one subject's cells are made of."""

    demand: Demand
    subject: Subject
    state: str | None
    pieces: Pieces


class Evaluator:
    """Computes one spec's values over any span."""

    def __init__(self, source: Source, site: Site, spec: Spec) -> None:
        self._source = source
        self._site = site
        self._spec = spec

    async def table(self, span: Span) -> Table:
        """Every group that has a value over the span."""
        cells: Table = {}
        for state in self._spec.states or (None,):
            demand = self._demand(span, state)
            pieces = self._source.pieces(demand)
            if not np.any(pieces.key >= 0):
                continue
            parts = [_Part(demand, subject, state, pieces) for subject in self._spec.subjects]
            plain = [part for part in parts if not needs_readings(demand, part.subject)]
            sums = await self._sums(demand, plain, pieces)
            if sums is not None:
                for part in plain:
                    cells |= self._of_sums(part, sums)
            by_readings = [part for part in parts if part not in plain or sums is None]
            if by_readings:
                cells |= await self._of_readings(demand, by_readings)
        return cells

    def _demand(self, span: Span, state: str | None) -> Demand:
        spec, conditions = self._spec, self._spec.conditions
        if state is not None:
            conditions = replace(conditions, state=StateTest(StateRule.IS, state))
        return Demand(spec.measure, spec.statistic, span, spec.period, conditions, spec.collapses)

    async def _sums(self, demand: Demand, parts: Sequence[_Part], pieces: Pieces) -> Sums | None:
        clusters = tuple(sorted({cluster for part in parts for cluster in part.subject.clusters}))
        if not clusters:
            return None
        # Added up in the database where nothing looks at single devices.
        is_one = len(parts) == 1 and not parts[0].subject.minus
        is_level = demand.measure.kind is MeasureKind.RECORDED and demand.measure.additive_over_devices
        is_level |= demand.measure.key == "power_factor"  # its powers are weighted by each device's time
        return await self._source.sums(demand, clusters, pieces, by_device=is_level or not is_one)

    def _of_sums(self, part: _Part, sums: Sums) -> Table:
        mine = sums.take(np.flatnonzero(np.isin(sums.cluster, part.subject.clusters)))
        mine = mine.signed(part.subject.minus)
        values = of_sums(part.demand, mine, part.pieces, len(part.subject.clusters))
        return self._cells(part, values, mine)

    async def _of_readings(self, demand: Demand, parts: Iterable[_Part]) -> Table:
        parts = list(parts)
        clusters = {cluster for part in parts for cluster in part.subject.clusters}
        block = await self._source.block(demand, sorted(clusters))
        cells: Table = {}
        for part in parts:
            rows = np.flatnonzero(np.isin(block.cluster, part.subject.clusters))
            cells |= self._of_block(part, block.take(rows))
        return cells

    def _of_block(self, part: _Part, block: ReadingBlock) -> Table:
        demand, subject = part.demand, part.subject
        if needs_total(demand, subject):
            frame = self._source.total_frame(demand, block, part.pieces, subject.minus)
            sums = sums_of(frame, demand.measure)
        else:
            frame = self._source.frame(demand, block, part.pieces)
            sums = sums_of(frame, demand.measure)
        status = self._site.on_off(subject.clusters).status(frame.readings)
        minus = () if needs_total(demand, subject) else subject.minus
        alive = Alive(self._source.alive_us(subject.clusters), status, minus)
        return self._cells(part, of_frame(demand, frame, alive), sums)

    def _cells(self, part: _Part, values: dict[int, Value], sums: Sums) -> Table:
        return {
            Group(part.subject, part.state, key): self._cell(part, key, value, sums)
            for key, value in values.items()
        }

    def _cell(self, part: _Part, key: int, value: Value, sums: Sums) -> Cell:
        demand, pieces = part.demand, part.pieces
        whole = key == COLLAPSED or demand.period in GATHERING or demand.period is Period.WINDOW
        start_us, end_us = demand.span.edges_us if whole else pieces.span_us(key)
        if isinstance(value.value, float) and np.isnan(value.value):
            prices = self._site.prices
            first = earliest(prices.tariffs) if prices else None
            raise cannot(Reason.NO_TARIFF, measure="cost", window=demand.span.window, valid_from=first)
        return Cell(
            subject=part.subject,
            measure=demand.measure.key,
            statistic=demand.statistic.value,
            value=value.value,
            unit=self._unit(demand),
            start=from_epoch_us(start_us),
            end=from_epoch_us(end_us),
            at=None if value.at_us is None else from_epoch_us(value.at_us),
            until=None if value.end_us is None else from_epoch_us(value.end_us),
            samples=value.samples,
            coverage=_coverage(part, key, sums),
            period=demand.period,
            key=None if key == COLLAPSED or demand.period is Period.WINDOW else key,
            state=part.state,
        )

    def _unit(self, demand: Demand) -> str:
        if demand.statistic is Statistic.COUNT:
            return ""
        if demand.measure.key == "cost" and self._site.prices is not None:
            return self._site.prices.currency
        return demand.measure.unit


def needs_readings(demand: Demand, subject: Subject) -> bool:
    """Whether the subject's value cannot be made of sums."""
    if demand.measure.key in BY_RUN:
        by_run = demand.period is Period.WINDOW and demand.statistic is not Statistic.SUM
        return by_run or len(subject.clusters) > 1
    if demand.measure.key in ("state", "switch_ons", "gaps"):
        return True
    return demand.statistic is Statistic.COUNT or needs_total(demand, subject)


def needs_total(demand: Demand, subject: Subject) -> bool:
    """Whether several devices count as one meter that reads their total load.

    So for statistics of a level that adds up over devices, other than its mean; and for conditions on such
    levels. Not under a condition on states, which belong to single devices.
    """
    if len(subject.clusters) < 2 or demand.conditions.state is not None:
        return False
    limited = [measure.additive_over_devices for measure, _ in demand.conditions.limits]
    if limited:
        return all(limited)
    level = demand.measure.kind is MeasureKind.RECORDED and demand.measure.additive_over_devices
    return level and demand.statistic not in _ADDED_SIMPLY


def _coverage(part: _Part, key: int, sums: Sums) -> float:
    pieces = part.pieces
    if key == COLLAPSED:
        record_s, kept = sums.record_s.sum(), pieces.key >= 0
        seconds = float(np.diff(pieces.edges_us)[kept].sum()) / 1e6
    else:
        record_s, seconds = sums.record_s[sums.key == key].sum(), pieces.seconds(key)
    return min(1.0, float(record_s) / (seconds * _devices(part, sums)))


def _devices(part: _Part, sums: Sums) -> int:
    # A total is one meter whatever the number of its devices.
    return 1 if np.all(sums.cluster < 0) and len(sums) else len(part.subject.clusters)
