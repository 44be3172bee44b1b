"""Off all through a span: what never ran in it, and how long the others did."""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.execution.answers.query_run import QueryRun
from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.execution.compute.evaluate import Table
from api_service.assistant.execution.spec import Spec
from api_service.metering.analysis.conditions import Conditions, StateRule, StateTest
from api_service.metering.measure import Statistic
from api_service.metering.measures import measure


async def off_throughout(run: QueryRun, tables: Sequence[Table]) -> list[Table]:
    """The tables without the groups that were on at some time."""
    ran = await _ran(run)
    return [
        {group: cell for group, cell in table.items() if group not in on}
        for table, on in zip(tables, ran, strict=True)
    ]


async def whether_off(run: QueryRun, tables: Sequence[Table]) -> Result | None:
    """Yes, or no with how long and how often each one that ran did; None without any reading."""
    ran = await _ran(run)
    on = [cell for table in ran for cell in run.rows(table)]
    rows = [cell for table in tables for cell in run.rows(table)]
    missing = await run.missing([*rows, *on])
    if not on:
        return Result(tuple(rows), (), True, None, len(run.spec.subjects), missing) if rows else None
    counts = await run.tables(_of(run.spec, "switch_ons"))
    groups = {(cell.subject, cell.key) for cell in on}
    starts = [cell for table in counts for cell in run.rows(table) if (cell.subject, cell.key) in groups]
    beside = tuple(replace(cell, role=Role.SIDE) for cell in starts)
    return Result(tuple(on), beside, False, None, len(run.spec.subjects), missing)


async def _ran(run: QueryRun) -> list[Table]:
    """The time on of the groups that were on at some time."""
    tables = await run.tables(_of(run.spec, "on_time"))
    return [{group: cell for group, cell in table.items() if _is_on(cell)} for table in tables]


def _is_on(cell: Cell) -> bool:
    return cell.number > 0


def _of(spec: Spec, key: str) -> Spec:
    conditions = Conditions(StateTest(StateRule.ON)) if key == "on_time" else Conditions()
    row = measure(key)
    query = replace(spec.query, measure=key, statistic=Statistic.SUM, every=False)
    return replace(spec, query=query, measure=row, statistic=Statistic.SUM, conditions=conditions)
