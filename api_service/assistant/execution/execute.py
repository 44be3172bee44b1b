"""The executor: select, where, group, aggregate, having, order, limit, relate; any query, one pipeline."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.answers.forms import against_usual, compared, selected
from api_service.assistant.execution.answers.parts import is_searched, is_settled, parts_of
from api_service.assistant.execution.answers.query_run import QueryRun
from api_service.assistant.execution.answers.shape import choose_side
from api_service.assistant.execution.answers.throughout import off_throughout, whether_off
from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.execution.compute.evaluate import Table
from api_service.assistant.execution.compute.runs import condition_runs, gap_runs
from api_service.assistant.execution.refusals import CannotAnswer, Reason
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, attempts, sharpened, specify
from api_service.assistant.execution.time_forms import is_throughout
from api_service.assistant.query.query import Ask, Query, RelationKind
from api_service.metering.analysis.conditions import Conditions
from api_service.metering.measure import MeasureKind, Statistic

MAX_RUNS = 50
MAX_WITNESSES = 5
_OF_TWO = frozenset((RelationKind.DIFFERENCE, RelationKind.RATIO, RelationKind.MORE, RelationKind.LESS))
_EXTREMES = frozenset((Statistic.MIN, Statistic.MAX))
_TOO_LONG = frozenset((Reason.TOO_LARGE, Reason.NOT_KEPT))
_ENDS = frozenset((Statistic.FIRST, Statistic.LAST))


async def execute(session: AsyncSession, query: Query, bindings: Bindings, site: Site) -> Result:
    """The answer of a well-typed query over this site; nothing is written.

    Raises `CannotAnswer` with the true reason where the data have no answer.
    """
    spec = sharpened(specify(query, bindings, site), site)
    *longer, last = attempts(spec, bindings, site)
    for attempt in longer:
        try:
            return await _answered(QueryRun(session, site, attempt, bindings))
        except CannotAnswer as error:
            if error.refused.reason not in _TOO_LONG:
                raise
    return await _answered(QueryRun(session, site, last, bindings))


async def _answered(run: QueryRun) -> Result:
    result = await _result(run)
    named = {refused.subject for refused in result.missing}
    silent = [refused for refused in run.silent() if refused.subject not in named]
    return replace(result, missing=(*result.missing, *silent), implied=run.spec.implied)


async def _result(run: QueryRun) -> Result:
    query = run.spec.query
    if query.ask is Ask.WHEN and _asks_for_runs(run):
        return await _runs(run)
    tables = await run.tables()
    if is_throughout(query, run.bindings):
        return await _throughout(run, tables)
    if not any(tables):
        return await _nothing(run)
    if query.usual:
        return await against_usual(run, tables[0])
    if query.ask is Ask.COMPARE or run.relation in _OF_TWO:
        return await compared(run, tables)
    return await _plain(run, tables)


async def _plain(run: QueryRun, tables: list[Table]) -> Result:
    if run.spec.query.ask is Ask.WHEN and len(tables) == 2:
        return choose_side([cell for table in tables for cell in run.rows(table)], run.spec, run.bindings)
    return await selected(run, tables)


async def _throughout(run: QueryRun, tables: list[Table]) -> Result:
    """What was off all of the time; a yes/no question says how long the others ran."""
    if run.spec.query.every:
        found = await whether_off(run, tables)
        return await _nothing(run) if found is None else found
    kept = await off_throughout(run, tables)
    return await selected(run, kept) if any(kept) else await _nothing(run)


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
    if spec.statistic in _ENDS and is_searched(spec):
        return await _end_run(run)
    cells = [cell for span in spec.spans for cell in await _runs_in(run, span)]
    if not cells:
        return await _nothing(run)
    if spec.statistic in _ENDS:
        return Result((_end_of(cells, spec.statistic),))
    return Result(tuple(cells[:MAX_RUNS]), count=len(cells))


async def _end_run(run: QueryRun) -> Result:
    """The first or last run, looked for in ever longer parts of the span."""
    for part in parts_of(run.spec):
        cells = await _runs_in(run, part)
        if cells:
            found = _end_of(cells, run.spec.statistic)
            if is_settled([found], part, run.spec.spans[0]):
                return Result((found,))
    return await _nothing(run)


async def _runs_in(run: QueryRun, span: Span) -> list[Cell]:
    runs = gap_runs if run.spec.measure.key == "gaps" else condition_runs
    return await runs(run.source, run.spec, span)


def _end_of(cells: Sequence[Cell], statistic: Statistic) -> Cell:
    if statistic is Statistic.FIRST:
        return min(cells, key=lambda cell: cell.start)
    return max(cells, key=lambda cell: cell.end)


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
