"""Values at a moment: each device's reading that is nearest to it."""

from dataclasses import replace

import numpy as np

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.compute.evaluate import Group, Table, needs_total
from api_service.assistant.execution.compute.latest import cell_of_readings
from api_service.assistant.execution.compute.source import Demand, Source
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, Spec
from api_service.metering.analysis.conditions import judge
from api_service.metering.analysis.frame import level_values
from api_service.metering.blocks import BoolArray, IntArray, ReadingBlock
from api_service.metering.measure import MeasureKind


async def moment_table(source: Source, site: Site, spec: Spec, span: Span) -> Table:
    """Each subject's value by its devices' readings nearest to the moment with which the span begins.

    A reading counts that is no further away than the device's largest gap; of two as near the earlier one.
    Several devices: the sum of what adds up over devices, else the mean.
    """
    moment_us = span.edges_us[0]
    gaps_us = {cluster: site.devices[cluster].status.largest_gap_us for cluster in spec.clusters}
    widest_us = max(gaps_us.values(), default=0)
    demand = Demand(spec.measure, spec.statistic, span, spec.period, spec.conditions)
    block = await source.block(demand, spec.clusters, (moment_us - widest_us, moment_us + widest_us + 1))
    on_off = site.on_off(spec.clusters)
    holds = judge(block, spec.conditions, on_off).holds
    of_state = judge(block, replace(spec.conditions, limits=()), on_off).holds
    nearest = _nearest(block, _carries(block, spec), moment_us, gaps_us)
    table: Table = {}
    for subject in spec.subjects:
        own = nearest[np.isin(block.cluster[nearest], subject.clusters)]
        adds = needs_total(demand, subject)
        rows = own[of_state[own] if adds else holds[own]]
        if not len(rows):
            continue
        cell = cell_of_readings(spec, subject, block, rows)
        if not adds or _total_holds(spec, cell):
            table[Group(subject, None, 0)] = _placed(cell, len(own), _alive(site, cell, moment_us))
    return table


def _total_holds(spec: Spec, cell: Cell) -> bool:
    """Whether a sum over devices is within the limits on it."""
    limits = [limit for row, limit in spec.conditions.limits if row.key == spec.measure.key]
    return all(limit.holds_for(cell.number) for limit in limits)


def _carries(block: ReadingBlock, spec: Spec) -> BoolArray:
    """Which readings carry the measure."""
    if spec.measure.kind is MeasureKind.TEXT:
        return np.array([bool(state) for state in block.device_state], np.bool_)
    return np.asarray(~np.isnan(level_values(spec.measure, block)))


def _nearest(block: ReadingBlock, carries: BoolArray, moment_us: int, gaps_us: dict[int, int]) -> IntArray:
    """The row of each device's nearest reading."""
    away_us = np.abs(block.timestamp_us - moment_us)
    found = []
    for cluster, gap_us in gaps_us.items():
        rows = np.flatnonzero((block.cluster == cluster) & carries & (away_us <= gap_us))
        if len(rows):
            found.append(int(rows[np.argmin(away_us[rows])]))
    return np.array(found, np.int64)


def _alive(site: Site, cell: Cell, moment_us: int) -> int:
    """How many of the subject's devices reported before and after the moment."""
    statuses = [site.devices[cluster].status for cluster in cell.subject.clusters]
    return sum(status.first_seen_us <= moment_us <= status.last_seen_us for status in statuses)


def _placed(cell: Cell, found: int, alive: int) -> Cell:
    """The cell with its coverage; the readings of several devices have no moment in common."""
    coverage = min(1.0, found / alive) if alive else 1.0
    return replace(cell, coverage=coverage, at=cell.at if found == 1 else None)
