"""What is computed beside a query's own values: what is usual, trends, the moments of extremes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api_service.assistant.execution.cells import Cell, Role
from api_service.assistant.execution.compute.evaluate import Evaluator, Group, Table
from api_service.assistant.execution.compute.source import Demand, Source
from api_service.assistant.execution.refusals import CannotAnswer, Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, Spec
from api_service.assistant.query.query import Ask
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.analysis.frame import level_values
from api_service.metering.analysis.robust import Usual, theil_sen_slope, usual_of
from api_service.metering.measure import Statistic
from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.power_curve import DAY_US

USUAL_WEEKS = 4
MIN_EARLIER = 2
# Earlier times that are covered by less than this part of the present one's coverage say nothing.
MIN_COVERAGE_SHARE = 0.5
MIN_POINTS = 3
DAYS_FOR_DAILY_TREND = 8


async def usual_values(evaluator: Evaluator, site: Site, span: Span, table: Table) -> dict[Group, Usual]:
    """Median and MAD of each group's values at the same local times 1 to 4 weeks earlier.

    Windows longer than a week move by as many whole weeks as they last. A group needs two earlier values of
    sufficient coverage; raises `CannotAnswer` where no group has them.
    """
    earlier: dict[Group, list[float]] = {group: [] for group in table}
    length = span.window.end - span.window.start
    weeks = max(1, -(-length // timedelta(days=7)))
    first = min(device.status.first_seen for device in site.devices.values())
    for back in range(1, USUAL_WEEKS + 1):
        shifted = _shifted(span, -back * weeks, site.zone)
        if shifted.window.end <= first:
            break
        for group, cell in (await evaluator.table(shifted)).items():
            if group in table and cell.coverage >= MIN_COVERAGE_SHARE * table[group].coverage:
                earlier[group].append(cell.number)
    usual = {g: usual_of(np.array(values)) for g, values in earlier.items() if len(values) >= MIN_EARLIER}
    if not usual:
        raise cannot(Reason.NO_EARLIER, window=span.window, first=first)
    return usual


def _shifted(span: Span, weeks: int, zone: ZoneInfo) -> Span:
    def moved(window: Window) -> Window:
        start, end = (_moved(moment, weeks, zone) for moment in (window.start, window.end))
        return replace(window, start=start, end=end)

    return replace(span, window=moved(span.window), windows=tuple(moved(window) for window in span.windows))


def _moved(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same wall-clock time so many weeks later."""
    local = moment.astimezone(zone)
    return from_epoch_us(epoch_us((local + timedelta(weeks=weeks)).replace(fold=local.fold)))


async def trend_table(source: Source, site: Site, spec: Spec, span: Span) -> Table:
    """Each subject's robust slope per day, over whole local days (hours in spans of less than 8 days).

    Points are days (hours) wholly in the span and at least half covered; at least three. Raises
    `CannotAnswer` where no subject has them.
    """
    start_us, end_us = span.edges_us
    period = Period.DAY if end_us - start_us >= DAYS_FOR_DAILY_TREND * DAY_US else Period.HOUR
    statistic = Statistic.SUM if spec.measure.additive_over_time else Statistic.MEAN
    points_spec = replace(spec, period=period, statistic=statistic)
    cut = source.pieces(Demand(spec.measure, statistic, span, period, spec.conditions)).cut
    points = await Evaluator(source, site, points_spec).table(span)
    table: Table = {}
    for subject in spec.subjects:
        own = [
            cell
            for group, cell in sorted(points.items(), key=lambda item: item[0].key)
            if group.subject == subject and group.key not in cut and cell.coverage >= MIN_COVERAGE_SHARE
        ]
        if len(own) >= MIN_POINTS:
            table[Group(subject, None, 0)] = _trend(own)
    if points and not table:
        raise cannot(Reason.TOO_SHORT, measure=spec.measure.key, window=span.window)
    return table


def _trend(points: Sequence[Cell]) -> Cell:
    middle_us = [(epoch_us(cell.start) + epoch_us(cell.end)) / 2 for cell in points]
    days = (np.array(middle_us) - middle_us[0]) / DAY_US
    slope = theil_sen_slope(days, np.array([cell.number for cell in points]))
    return replace(
        points[0],
        statistic=Statistic.TREND.value,
        value=slope,
        unit=f"{points[0].unit}/day",
        end=points[-1].end,
        at=points[0].start,
        until=points[-1].end,
        samples=sum(cell.samples for cell in points),
        coverage=sum(cell.coverage for cell in points) / len(points),
        key=None,
    )


async def with_moment(source: Source, spec: Spec, span: Span, cell: Cell) -> Cell:
    """An extreme that came from rollups, with its earliest moment out of the raw readings.

    Without it where those are no longer kept, unless the moment itself is asked for.
    """
    is_extreme = spec.statistic in (Statistic.MIN, Statistic.MAX) and cell.role is not Role.DIFFERENCE
    if not is_extreme or cell.at is not None or not spec.measure.columns:
        return cell
    demand = Demand(spec.measure, spec.statistic, span, spec.period, spec.conditions)
    pieces = source.pieces(demand)
    for start_us, end_us in await source.hours_with(demand, cell.subject.clusters, cell.number):
        within = pieces.within(start_us, end_us)
        try:
            block = await source.block(demand, cell.subject.clusters, (start_us, end_us))
        except CannotAnswer as error:
            if error.refused.reason is not Reason.NOT_KEPT or spec.query.ask is Ask.WHEN:
                raise
            return cell
        frame = source.frame(demand, block, within)
        reached = frame.selected & (level_values(spec.measure, block) == cell.number)
        rows = np.flatnonzero(reached)
        if cell.key is not None:
            rows = rows[within.key[frame.place[rows]] == cell.key]
        if len(rows):
            return replace(cell, at=from_epoch_us(int(block.timestamp_us[rows].min())))
    return cell
