"""A summary: several queries over the same devices and time, each answered by the executor."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.bindings import Bindings, TimeValue
from api_service.assistant.execution.cells import Finding
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.execution.site import Site
from api_service.assistant.query.query import (
    Ask,
    Bound,
    BoundKind,
    DeviceScope,
    End,
    MeasureCondition,
    Order,
    Query,
    Slot,
    Summary,
    Where,
    WindowForm,
    Windows,
)
from api_service.assistant.types import Window
from api_service.metering.measures import MEASURES, Statistic
from api_service.metering.moments import from_epoch_us

# A number and a time that no question has a slot for.
_TOP, _WINDOW = Slot(99), Slot(98)
DAY = timedelta(hours=24)
TOP_DEVICES = 3


async def summarise(
    session: AsyncSession, summary: Summary, bindings: Bindings, site: Site
) -> tuple[Finding, ...]:
    """The parts that the data answer, in the order in which they should be said.

    Use: energy, what used the most, the peak, against usual, cost. Quality: extremes and mean of each measure
    that the glossary has limits for, and how long it was beyond them. Raises the first part's `CannotAnswer`
    where no part has an answer.
    """
    numbers = {**bindings.numbers, _TOP: float(TOP_DEVICES)}
    bindings = replace(bindings, numbers=numbers)
    if summary.windows is None:
        summary, bindings = _of_the_last_day(summary, bindings, from_epoch_us(site.now_us))
    parts, first_refusal = [], None
    for query in _quality(summary, bindings) if summary.quality else _use(summary):
        try:
            parts.append(Finding(query, bindings, await execute(session, query, bindings, site)))
        except CannotAnswer as refused:
            first_refusal = first_refusal or refused
    if not parts and first_refusal is not None:
        raise first_refusal
    return tuple(parts)


def _of_the_last_day(summary: Summary, bindings: Bindings, now: datetime) -> tuple[Summary, Bindings]:
    """One window for all parts: left open, each would take the one that its own question implies."""
    window = Window(now - DAY, now, "in the last 24 hours")
    times = {**bindings.times, _WINDOW: TimeValue((window,))}
    return replace(summary, windows=Windows(WindowForm.IN, (_WINDOW,))), replace(bindings, times=times)


def _use(summary: Summary) -> list[Query]:
    energy = _query(summary, Ask.VALUE, "energy", Statistic.SUM)
    queries = [energy]
    if summary.devices.scope is not DeviceScope.THESE:
        queries.append(replace(energy, ask=Ask.LIST, order=Order(End.MOST, limit=_TOP)))
    queries.append(_query(summary, Ask.WHEN, "power", Statistic.MAX))
    queries.append(replace(energy, ask=Ask.COMPARE, usual=True))
    queries.append(replace(energy, measure="cost"))
    return queries


def _quality(summary: Summary, bindings: Bindings) -> list[Query]:
    poor = Where(bounds=(MeasureCondition(None, Bound(BoundKind.POOR)),))
    queries = []
    for key, row in MEASURES.items():
        if not row.has_limits:
            continue
        level = _query(summary, Ask.VALUE, key, Statistic.MEAN)
        queries.append(level)
        if key != "power_factor":
            queries += [replace(level, statistic=statistic) for statistic in (Statistic.MIN, Statistic.MAX)]
        if key in bindings.limits:
            bounds = tuple(replace(bound, measure=key) for bound in poor.bounds)
            duration = _query(summary, Ask.VALUE, "duration", Statistic.SUM)
            queries.append(replace(duration, where=Where(bounds=bounds)))
    return queries


def _query(summary: Summary, ask: Ask, measure: str, statistic: Statistic) -> Query:
    return Query(ask, measure, statistic, devices=summary.devices, windows=summary.windows)
