"""Values of now: each device's newest reading, and when devices were read."""

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.compute.evaluate import Group, Table
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, Spec
from api_service.assistant.query.query import StateTest
from api_service.metering.analysis.conditions import judge
from api_service.metering.analysis.frame import level_values, power_pair, sorted_block
from api_service.metering.blocks import IntArray, ReadingBlock
from api_service.metering.measure import MeasureKind, Statistic
from api_service.metering.moments import from_epoch_us
from api_service.repositories.queries.reading_columns import first_and_last, newest_with

_STATE_COLUMN = "device_state"


async def latest_table(session: AsyncSession, site: Site, spec: Spec) -> Table:
    """Each subject's value by its devices' newest readings that carry the measure and are still fresh.

    Several devices: the sum of what adds up over devices, else the mean (of power factors ΣP/ΣS). Raises
    `CannotAnswer` where no subject has a fresh reading.
    """
    columns = [_STATE_COLUMN] if spec.measure.kind is MeasureKind.TEXT else _columns(spec)
    block = sorted_block(await newest_with(session, spec.clusters, columns[0]))
    fresh = np.array(
        [
            site.is_reporting(cluster, at_us)
            for cluster, at_us in zip(block.cluster.tolist(), block.timestamp_us.tolist(), strict=True)
        ],
        np.bool_,
    )
    if len(block) and not np.any(fresh):
        raise _stale(site, spec, block)
    holds = judge(block, spec.conditions, site.on_off(spec.clusters)).holds
    table: Table = {}
    for subject in spec.subjects:
        rows = np.flatnonzero(fresh & holds & np.isin(block.cluster, subject.clusters))
        if len(rows):
            table[Group(subject, None, 0)] = cell_of_readings(spec, subject, block, rows)
    return table


def _columns(spec: Spec) -> list[str]:
    return [column.name for column in spec.measure.columns]


def cell_of_readings(spec: Spec, subject: Subject, block: ReadingBlock, rows: IntArray) -> Cell:
    """A subject's value by one reading of each of its devices."""
    moments = block.timestamp_us[rows]
    newest = int(rows[np.argmax(moments)])
    at = from_epoch_us(int(moments.max()))
    if spec.measure.kind is MeasureKind.TEXT:
        value: float | str = block.device_state[newest] or ""
    else:
        value = _number(spec, subject, block, rows)
    return Cell(
        subject=subject,
        measure=spec.measure.key,
        statistic=Statistic.LATEST.value,
        value=value,
        unit=spec.measure.unit,
        start=from_epoch_us(int(moments.min())),
        end=at,
        at=at,
        samples=len(rows),
    )


def _number(spec: Spec, subject: Subject, block: ReadingBlock, rows: IntArray) -> float:
    values = level_values(spec.measure, block)[rows]
    if spec.measure.additive_over_devices:
        sign = np.where(np.isin(block.cluster[rows], list(subject.minus)), -1.0, 1.0)
        return float(np.sum(values * sign))
    if spec.measure.key == "power_factor" and len(rows) > 1:
        real_w, apparent_va = (part[rows] for part in power_pair(block))
        if np.nansum(apparent_va) > 0:
            return float(np.nansum(real_w) / np.nansum(apparent_va))
    return float(np.mean(values))


def _stale(site: Site, spec: Spec, block: ReadingBlock) -> Exception:
    subject = spec.subjects[0].name if len(spec.subjects) == 1 else ""
    last = from_epoch_us(int(block.timestamp_us.max()))
    first = min(site.devices[cluster].status.first_seen for cluster in spec.clusters)
    return cannot(Reason.STALE, subject=subject, measure=spec.measure.key, first=first, last=last)


async def last_seen_table(session: AsyncSession, site: Site, spec: Spec, span: Span | None) -> Table:
    """When each subject's devices were read last (or first); only silent or reporting ones if so demanded.

    Within a span: the last reading in it; a device reports if it has one, and is silent if not.
    """
    moments = {
        cluster: (site.devices[cluster].status.first_seen_us, site.devices[cluster].status.last_seen_us)
        for cluster in spec.clusters
    }
    within = moments if span is None else await first_and_last(session, spec.clusters, span.edges_us)
    test = spec.query.where.state.test if spec.query.where.state else None
    table: Table = {}
    for subject in spec.subjects:
        reporting = [c for c in subject.clusters if _reports(site, c, within, span)]
        clusters = [c for c in subject.clusters if c in within]
        if test is not None:
            is_silent = test is StateTest.SILENT
            clusters = [c for c in subject.clusters if (c in reporting) is not is_silent]
        if clusters:
            seen = {c: within.get(c, moments[c]) for c in clusters}
            table[Group(subject, None, 0)] = _moment_cell(spec, subject, seen)
    return table


def _reports(site: Site, cluster: int, within: dict[int, tuple[int, int]], span: Span | None) -> bool:
    if span is not None:
        return cluster in within
    return site.is_reporting(cluster, within[cluster][1])


def _moment_cell(spec: Spec, subject: Subject, seen: dict[int, tuple[int, int]]) -> Cell:
    is_first = spec.statistic is Statistic.FIRST
    ends = [span[0] if is_first else span[1] for span in seen.values()]
    at = from_epoch_us(min(ends) if is_first else max(ends))
    return Cell(
        subject=subject,
        measure=spec.measure.key,
        statistic=spec.statistic.value,
        value=at,
        unit=spec.measure.unit,
        start=from_epoch_us(min(span[0] for span in seen.values())),
        end=from_epoch_us(max(span[1] for span in seen.values())),
        at=at,
        samples=len(seen),
    )
