"""Where values come from: rollups where they can answer, raw readings where they must."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.compute.placement import placed
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span
from api_service.metering.analysis.calendar.local_time import LocalClock
from api_service.metering.analysis.calendar.periods import GATHERING, Period, Pieces, pieces_of
from api_service.metering.analysis.conditions import Conditions, judge
from api_service.metering.analysis.frame import POWER_COLUMN, Frame, frame_of, sorted_block
from api_service.metering.analysis.prices import priced
from api_service.metering.analysis.site_load import SITE, total_load
from api_service.metering.analysis.sums import Sums, merged, sums_of
from api_service.metering.blocks import ReadingBlock
from api_service.metering.devices.retention import dropped_before_us
from api_service.metering.measure import Measure, MeasureKind, Statistic
from api_service.metering.moments import from_epoch_us
from api_service.metering.power_curve import HOUR_US
from api_service.metering.windows import RollupSpan, plan_window
from api_service.metering.windows import Span as ReadingSpan
from api_service.repositories.device_repository import with_intervals
from api_service.repositories.queries.grained_rollups import (
    Grain,
    GrainRequest,
    hours_reaching,
    load_grained,
)
from api_service.repositories.queries.reading_columns import load_columns

MAX_READINGS = 3_000_000
_KEPT_AMOUNTS = {
    "energy": {"n", "energy_wh", "record_s"},
    "cost": {"n", "energy_wh", "record_s"},
    "samples": {"n", "record_s"},
    "duration": {"n", "covered_s", "record_s"},
    "on_time": {"n", "covered_s", "record_s"},
    "coverage": {"n", "record_s"},
}
DAYLIKE = (Period.DAY, Period.WEEK, Period.MONTH, Period.WEEKDAY, Period.WEEKDAY_OR_WEEKEND)


@dataclass(frozen=True)
class Demand:
    """What is to be computed of some devices over a span, in which periods.

    `collapses`: an amount's statistic runs over all periods together and gives one value.
    """

    measure: Measure
    statistic: Statistic
    span: Span
    period: Period
    conditions: Conditions
    collapses: bool = False

    @property
    def over_instances(self) -> bool:
        """Whether a gathering period's value is made of its single days' amounts."""
        gathers = self.period in GATHERING and self.measure.additive_over_time
        return gathers and self.statistic is not Statistic.SUM


class Source:
    """Reads for one query within one snapshot."""

    def __init__(self, session: AsyncSession, site: Site) -> None:
        self._session = session
        self._site = site

    def pieces(self, demand: Demand) -> Pieces:
        """The span in pieces, with prices where the cost is wanted."""
        pieces = self._plain_pieces(demand.span, demand.period)
        if demand.measure.key != "cost":
            return pieces
        if self._site.prices is None:
            raise cannot(Reason.NO_TARIFF, measure="cost", window=demand.span.window)
        return priced(pieces, self._site.prices, self._site.clock(*demand.span.edges_us))

    async def sums(
        self, demand: Demand, clusters: tuple[int, ...], pieces: Pieces, *, by_device: bool = True
    ) -> Sums | None:
        """Sums from rollups and the span's ragged edges; None where rollups cannot answer.

        Without `by_device` all devices are added up under the first one's cluster.
        """
        start_us, end_us = demand.span.edges_us
        clock = self._site.clock(start_us, end_us)
        grain = _grain(demand, pieces, clock) if self._kept(demand, clusters) else None
        if grain is None:
            return None
        known = [self._site.devices[cluster].status for cluster in clusters]
        plan = plan_window(start_us, end_us, known)
        by_days = grain is Grain.ALL and not demand.span.filter.terms
        by_days |= grain is Grain.DAY and not np.any(clock.offsets_us) and not demand.span.filter.terms
        spans = plan.rollups if by_days else [replace(span, resolution="hour") for span in plan.rollups]
        request = GrainRequest(
            spans=tuple(spans),
            measure=demand.measure,
            columns=_columns(demand),
            clock=clock,
            grain=grain,
            states=self._states(demand, clusters),
            week_hours=_week_hours(demand) if demand.span.filter.terms else None,
            by_device=by_device,
        )
        sums = placed(await load_grained(self._session, request), grain, pieces, clock)
        parts = [sums if by_device else sums.of_cluster(clusters[0])]
        for span in plan.raw:
            block = await self.block(demand, span.clusters, (span.start_us, span.end_us))
            edge = self.frame(demand, block, pieces.within(span.start_us, span.end_us))
            sums = sums_of(edge, demand.measure)
            parts.append(sums if by_device else sums.of_cluster(clusters[0]))
        return merged(parts)

    async def block(
        self, demand: Demand, clusters: Iterable[int], within_us: tuple[int, int] | None = None
    ) -> ReadingBlock:
        """The raw readings that a demand needs, in order; raises `CannotAnswer` for too many."""
        clusters = tuple(clusters)
        start_us, end_us = within_us or demand.span.edges_us
        devices = [self._site.devices[cluster].status for cluster in clusters]
        kept_us = [dropped_before_us(device, start_us, end_us) for device in devices]
        if missing := [moment_us for moment_us in kept_us if moment_us is not None]:
            first = from_epoch_us(max(missing))
            raise cannot(Reason.NOT_KEPT, measure=demand.measure.key, window=demand.span.window, first=first)
        expected = sum((end_us - start_us) / 1e6 / (device.median_period_s or 1e9) for device in devices)
        if expected > MAX_READINGS:
            raise cannot(Reason.TOO_LARGE, measure=demand.measure.key, window=demand.span.window)
        gap_us = max((device.largest_gap_us for device in devices), default=0)
        needs_on = demand.conditions.needs_on or demand.measure.key == "switch_ons"
        first_us = min((device.first_seen_us for device in devices), default=start_us)
        before_us = max(start_us - first_us, gap_us) if needs_on else gap_us
        own = {column.name for column in demand.measure.columns} | demand.conditions.columns
        pair = {"apparent_power"} if "power_factor" in own else set()
        block = await load_columns(
            self._session,
            ReadingSpan(clusters, start_us, end_us),
            own | pair | {POWER_COLUMN},
            (before_us, gap_us),
            states=needs_on or demand.conditions.state is not None or demand.measure.key == "state",
        )
        block = with_intervals(block, devices)
        block = with_intervals(sorted_block(block), devices)
        return _near(block, (start_us, end_us), self._gaps(clusters), keep_before=needs_on)

    async def hours_with(
        self, demand: Demand, clusters: tuple[int, ...], value: float
    ) -> list[tuple[int, int]]:
        """The span's ragged edges and its hours that reach an extreme, in order: where to look for it."""
        start_us, end_us = demand.span.edges_us
        kept = demand.measure.rollup
        extreme = kept.minimum if demand.statistic is Statistic.MIN else kept.maximum
        hours = await hours_reaching(
            self._session, RollupSpan("hour", clusters, start_us - HOUR_US, end_us), extreme, value
        )
        first_us, last_us = -(-start_us // HOUR_US) * HOUR_US, end_us // HOUR_US * HOUR_US
        spans = [(start_us, first_us), (last_us, end_us), *((hour, hour + HOUR_US) for hour in hours)]
        inside = {(max(begin, start_us), min(end, end_us)) for begin, end in spans}
        return sorted((begin, end) for begin, end in inside if begin < end)

    def frame(self, demand: Demand, block: ReadingBlock, pieces: Pieces) -> Frame:
        """A block of readings judged, with its curves, in pieces."""
        clusters = tuple(sorted(set(block.cluster.tolist())))
        judged = judge(block, demand.conditions, self._site.on_off(clusters))
        return frame_of(block, (judged.known, judged.holds), pieces, self._gaps(clusters))

    def total_frame(
        self, demand: Demand, block: ReadingBlock, pieces: Pieces, minus: tuple[int, ...] = ()
    ) -> Frame:
        """The same of the devices' total load, as one meter; those of `minus` are subtracted."""
        clusters = tuple(sorted(set(block.cluster.tolist())))
        gaps_us = self._gaps(clusters)
        total = self._total(demand, block, minus)
        judged = judge(total, replace(demand.conditions, state=None), self._site.on_off(()))
        widest = {SITE: max(gaps_us.values(), default=0)}
        return frame_of(total, (judged.known, judged.holds), pieces, widest)

    def _total(self, demand: Demand, block: ReadingBlock, minus: tuple[int, ...]) -> ReadingBlock:
        """The total load; for its least, only at moments at which no device has a gap, if there are any."""
        clusters = set(block.cluster.tolist())
        gaps_us = self._gaps(clusters)
        if demand.statistic is Statistic.MIN:
            statuses = {cluster: self._site.devices[cluster].status for cluster in clusters}
            ends_us = {c: (status.first_seen_us, status.last_seen_us) for c, status in statuses.items()}
            total = total_load(block, gaps_us, minus, ends_us)
            if not np.all(np.isnan(total.measure(demand.measure.columns[0].name))):
                return total
        return total_load(block, gaps_us, minus)

    def alive_us(self, clusters: Iterable[int]) -> dict[int, tuple[int, int]]:
        """From each device's first reading until now, or until its newest one while it reports."""
        return {cluster: self._alive_us(cluster) for cluster in clusters}

    def keys(self, span: Span, period: Period) -> frozenset[int]:
        """The periods of a span that its filter leaves."""
        pieces = self._plain_pieces(span, period)
        return frozenset(pieces.key[pieces.key >= 0].tolist())

    def cut_keys(self, span: Span, period: Period) -> frozenset[int]:
        """The calendar periods of a span that it does not contain wholly."""
        return frozenset() if period in GATHERING else self._plain_pieces(span, period).cut

    def _alive_us(self, cluster: int) -> tuple[int, int]:
        status, now_us = self._site.devices[cluster].status, self._site.now_us
        reports = status.last_seen_us >= now_us - status.largest_gap_us
        return status.first_seen_us, status.last_seen_us if reports else now_us

    def _plain_pieces(self, span: Span, period: Period) -> Pieces:
        start_us, end_us = span.edges_us
        clock = self._site.clock(start_us, end_us)
        pieces = pieces_of(clock, start_us, end_us, period, span.filter)
        if len(span.windows) > 1:
            pieces = pieces.only([Span(window, (window,)).edges_us for window in span.windows])
        return pieces

    def _gaps(self, clusters: Iterable[int]) -> dict[int, int]:
        return {cluster: self._site.devices[cluster].status.largest_gap_us for cluster in clusters}

    def _states(self, demand: Demand, clusters: tuple[int, ...]) -> frozenset[str] | None:
        test = demand.conditions.state
        if test is None:
            return None
        states = {state for cluster in clusters for state in self._site.devices[cluster].states}
        return frozenset(state for state in states if test.fits(state))

    def _kept(self, demand: Demand, clusters: tuple[int, ...]) -> bool:
        """Whether rollups keep what the demand needs."""
        conditions, kept = demand.conditions, demand.measure.rollup
        if conditions.limits or (conditions.needs_on and self._site.on_off(clusters).on_w):
            return False
        if demand.measure.kind is not MeasureKind.RECORDED:
            return demand.measure.key in _KEPT_AMOUNTS
        if demand.statistic is Statistic.MEAN:
            return kept.sum is not None
        if demand.statistic in (Statistic.MIN, Statistic.MAX):
            extreme = kept.minimum if demand.statistic is Statistic.MIN else kept.maximum
            return extreme is not None
        return False


def _near(
    block: ReadingBlock, within_us: tuple[int, int], gaps_us: Mapping[int, int], *, keep_before: bool
) -> ReadingBlock:
    """Without neighbours that are further away than their own device's largest gap."""
    limits = np.array([gaps_us[cluster] for cluster in block.cluster.tolist()], np.int64)
    before_us, after_us = within_us[0] - block.timestamp_us, block.timestamp_us - within_us[1]
    kept = ((before_us <= limits) | keep_before) & (after_us <= limits)
    return block.take(np.flatnonzero(kept))


def _columns(demand: Demand) -> frozenset[str]:
    """The sums that the demand needs."""
    if demand.measure.key in _KEPT_AMOUNTS:
        return frozenset(_KEPT_AMOUNTS[demand.measure.key])
    extreme = {Statistic.MIN: "low", Statistic.MAX: "high"}.get(demand.statistic)
    values = {extreme} if extreme else {"total", "weight"}
    return frozenset(values | {"n", "count", "record_s"})


def _grain(demand: Demand, pieces: Pieces, clock: LocalClock) -> Grain | None:
    """How rollups are to be grouped so that each group lies in one period; None where hours do not fit."""
    one_price = pieces.price is None or bool(np.all(pieces.price == pieces.price[0]))
    is_plain = demand.period is Period.WINDOW and not demand.span.filter.terms and one_price
    if is_plain and len(demand.span.windows) == 1:
        return Grain.ALL
    if not clock.is_whole_hours or np.any(pieces.edges_us[1:-1] % HOUR_US):
        return None
    if not one_price or len(demand.span.windows) > 1:
        return Grain.HOUR
    if demand.period is Period.HOUR_OF_DAY and not demand.over_instances:
        return Grain.HOUR_OF_DAY
    if demand.period in DAYLIKE:
        return Grain.DAY
    return Grain.ALL if demand.period is Period.WINDOW else Grain.HOUR


def _week_hours(demand: Demand) -> frozenset[int]:
    """Local hours of the week (`weekday * 24 + hour`) in which the span's filter holds; whole hours only."""
    monday = 4  # 1970-01-05
    hours = np.arange(7 * 24)
    holds = demand.span.filter.holds(monday + hours // 24, hours % 24 * 3600)
    return frozenset(np.flatnonzero(holds).tolist())
