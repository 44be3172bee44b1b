"""The executor: select, where, group, aggregate, having, order, limit, relate; any query, one pipeline."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.answers.forms import against_usual, compared, selected
from api_service.assistant.execution.answers.query_run import QueryRun
from api_service.assistant.execution.answers.shape import choose_side
from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.execution.compute.runs import condition_runs, gap_runs
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import sharpened, specify
from api_service.assistant.query.query import Ask, Query, RelationKind
from api_service.metering.analysis.conditions import Conditions
from api_service.metering.measure import MeasureKind, Statistic

MAX_RUNS = 50
MAX_WITNESSES = 5
_OF_TWO = frozenset((RelationKind.DIFFERENCE, RelationKind.RATIO, RelationKind.MORE, RelationKind.LESS))
_EXTREMES = frozenset((Statistic.MIN, Statistic.MAX))
_ENDS = frozenset((Statistic.FIRST, Statistic.LAST))


async def execute(session: AsyncSession, query: Query, bindings: Bindings, site: Site) -> Result:
    """The answer of a well-typed query over this site; nothing is written.

    Raises `CannotAnswer` with the true reason where the data have no answer.
    """
    run = QueryRun(session, site, sharpened(specify(query, bindings, site), site), bindings)
    if query.ask is Ask.WHEN and _asks_for_runs(run):
        return await _runs(run)
    tables = await run.tables()
    if not any(tables):
        return await _nothing(run)
    if query.usual:
        return await against_usual(run, tables[0])
    if query.ask is Ask.COMPARE or run.relation in _OF_TWO:
        return await compared(run, tables)
    if query.ask is Ask.WHEN and len(tables) == 2:
        return choose_side([cell for table in tables for cell in run.rows(table)], run.spec, bindings)
    return await selected(run, tables)


def _asks_for_runs(run: QueryRun) -> bool:
    """Whether the stretches themselves are asked for, and not a moment or a period."""
    spec, query = run.spec, run.spec.query
    if query.per is not None or query.order is not None or not spec.spans or query.usual:
        return False
    if spec.measure.key == "gaps":
        return spec.statistic not in _EXTREMES and spec.statistic is not Statistic.LATEST
    conditioned = spec.conditions.state is not None or bool(spec.conditions.limits)
    recorded = spec.measure.kind is not MeasureKind.DERIVED
    return recorded and conditioned and spec.statistic not in _EXTREMES


async def _runs(run: QueryRun) -> Result:
    spec = run.spec
    cells: list[Cell] = []
    for span in spec.spans:
        if spec.measure.key == "gaps":
            cells += await gap_runs(run.source, spec, span)
        else:
            cells += await condition_runs(run.source, spec, span)
    if not cells:
        return await _nothing(run)
    if spec.statistic in _ENDS:
        ends = [cell.start if spec.statistic is Statistic.FIRST else cell.end for cell in cells]
        pick = min(ends) if spec.statistic is Statistic.FIRST else max(ends)
        return Result((cells[ends.index(pick)],))
    return Result(tuple(cells[:MAX_RUNS]), count=len(cells))


async def _nothing(run: QueryRun) -> Result:
    """No group has a value: an answer where a condition was the reason, else a refusal."""
    spec, query = run.spec, run.spec.query
    witnesses: list[Cell] = []
    if spec.measure.key == "gaps" and query.ask is Ask.WHEN:
        if not any(run.rows(table) for table in await run.tables()):
            raise await run.why_nothing(spec.subjects)
    elif not query.where.state and not spec.conditions.limits:
        raise await run.why_nothing(spec.subjects)
    elif spec.measure.key != "last_seen":
        tables = await run.tables(replace(spec, conditions=Conditions(), collapses=False))
        if not any(tables):
            raise await run.why_nothing(spec.subjects)
        near = [cell for table in tables for cell in run.rows(table)][:MAX_WITNESSES]
        witnesses = [replace(cell, role=Role.WITNESS) for cell in await run.completed(near)]
    verdict = False if query.ask is Ask.WHETHER else None
    count = 0 if query.ask is Ask.HOW_MANY else None
    return Result((), tuple(witnesses), verdict, count, of=len(spec.subjects))
