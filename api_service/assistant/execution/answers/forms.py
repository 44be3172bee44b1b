"""The forms of an answer: a list or value, a verdict, a count, a comparison, against what is usual."""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.execution.answers.denominator import shares
from api_service.assistant.execution.answers.query_run import QueryRun
from api_service.assistant.execution.answers.shape import Pair, beside, having, ordered, related, side, total
from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.execution.compute.beside import usual_values
from api_service.assistant.execution.compute.evaluate import Evaluator, Group, Table
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.query.query import Ask, End, RelationKind
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.analysis.robust import Usual
from api_service.metering.measure import Statistic

COMPLETE = 0.9
"""An amount of a period that is covered by less is not the least; one silent device of ten is let pass."""


async def selected(run: QueryRun, tables: Sequence[Table]) -> Result:
    """Rows with values of their own, or their shares or multiples."""
    query = run.spec.query
    rows = [cell for table in tables for cell in run.rows(table)]
    if run.relation is RelationKind.SHARE:
        rows, context = await shares(run, rows)
    elif run.relation is RelationKind.TIMES and query.relation and query.relation.slot is not None:
        factor = run.bindings.numbers[query.relation.slot]
        context = [side(row) for row in rows]
        rows = [replace(row, value=row.number * factor, role=Role.TIMES) for row in rows]
    else:
        context = total(rows, run.spec)
    return await _answer(run, rows, context)


async def compared(run: QueryRun, tables: Sequence[Table]) -> Result:
    """Two sides: side by side, their difference or ratio, or which exceeds the other."""
    if run.spec.statistic is Statistic.TREND:
        return _direction_of_trend(run, run.rows(tables[0]))
    pairs = _pairs(run, tables)
    if not pairs:
        raise await _unpaired(run, tables)
    both = [cell for pair in pairs for cell in pair]
    context = [cell for pair in pairs for cell in beside(pair)]
    if run.relation in (RelationKind.MORE, RelationKind.LESS):
        holds = [_is_directed(run, pair) for pair in pairs]
        return Result(tuple(both), tuple(context), all(holds) if run.spec.query.every else any(holds))
    if run.spec.query.ask is Ask.COMPARE or run.relation is None:
        return Result(tuple(both), tuple(context))
    answer = await _answer(run, related(pairs, run.relation), [side(cell) for cell in both])
    if answer.verdict is not None:
        return replace(answer, missing=())  # the second side has no row of its own
    # Both sides of what is left: the second one may be another device's or another kind of day's.
    kept = {(row.subject, row.state, row.key) for row in answer.rows}
    left = [pair for pair in pairs if (pair[0].subject, pair[0].state, pair[0].key) in kept]
    return replace(answer, context=tuple(side(cell) for pair in left for cell in pair), missing=())


async def against_usual(run: QueryRun, table: Table) -> Result:
    """Values beside what is usual for them; the unusual ones where some are to be chosen."""
    query = run.spec.query
    evaluator = Evaluator(run.source, run.site, run.spec)
    usual = await usual_values(evaluator, run.site, run.spec.spans[0], table)
    pairs = {group: (table[group], _usual_cell(table[group], usual[group])) for group in usual}
    if run.relation in (RelationKind.DIFFERENCE, RelationKind.RATIO):
        both = [side(cell) for pair in pairs.values() for cell in pair]
        return await _answer(run, related(list(pairs.values()), run.relation), both)
    if query.ask is Ask.COMPARE:
        context = [cell for pair in pairs.values() for cell in beside(pair)]
        return Result(tuple(cell for pair in pairs.values() for cell in pair), tuple(context))
    odd = [group for group in pairs if _is_odd(run, usual[group], pairs[group])]
    shown = odd if query.ask is not Ask.VALUE else list(pairs)
    if query.ask is Ask.WHETHER:
        shown = odd or list(pairs)
    context = [cell for group in shown for cell in (pairs[group][1], *beside(pairs[group]))]
    if query.ask is Ask.WHETHER:
        verdict = len(odd) == len(pairs) if query.every else bool(odd)
        return Result(tuple(pairs[group][0] for group in shown), tuple(context), verdict)
    return await _answer(run, [pairs[group][0] for group in shown], context, of=len(pairs))


# --- parts ------------------------------------------------------------------------------------------------


async def _answer(
    run: QueryRun, rows: Sequence[Cell], context: Sequence[Cell], of: int | None = None
) -> Result:
    """Conditions on results, order and limit; then the form that the query asks for."""
    spec, query = run.spec, run.spec.query
    passed = having(rows, spec, run.bindings)
    chosen = query.ask in (Ask.HOW_MANY, Ask.WHICH, Ask.WHEN) and not query.order and not query.having
    if chosen and spec.measure.key == "gaps":
        passed = [row for row in passed if row.number > 0]
    if query.ask is Ask.WHETHER:
        return await _verdict(run, rows, passed, context)
    whole = _whole_periods(run, passed)
    kept = await run.completed(ordered(whole, spec, run.bindings))
    left = {(row.subject, row.key) for row in passed} - {(row.subject, row.key) for row in whole}
    less = [row for row in passed if (row.subject, row.key) in left and kept and row.number < kept[0].number]
    count = len(kept) if query.ask is Ask.HOW_MANY else None
    groups = {(cell.subject, cell.state, cell.key) for cell in kept}
    near = [c for c in context if c.role is Role.TOTAL or (c.subject, c.state, c.key) in groups]
    missing = await run.missing(rows) if query.ask is Ask.VALUE else ()
    of = _looked_at(run, rows) if of is None else of
    return Result(tuple(kept), tuple(near), None, count, of, missing, incomplete=len(less))


def _looked_at(run: QueryRun, rows: Sequence[Cell]) -> int:
    """How many groups the answer is chosen from; those that no reading of theirs fulfils have no row."""
    is_conditioned = run.spec.query.where.state is not None or bool(run.spec.conditions.limits)
    return max(len(rows), _expected(run)) if is_conditioned else len(rows)


async def _verdict(
    run: QueryRun, rows: Sequence[Cell], passed: Sequence[Cell], context: Sequence[Cell]
) -> Result:
    spec, query = run.spec, run.spec.query
    if spec.measure.key == "gaps" and query.having is None:
        passed = [row for row in rows if row.number > 0]
    verdict = len(passed) >= _expected(run) if query.every else bool(passed)
    failed = [row for row in rows if row not in passed]
    shown = (failed or passed) if query.every else (passed or rows)
    kept = await run.completed(shown)
    missing = await run.missing(rows)
    return Result(tuple(kept), tuple(context), verdict, None, len(rows), missing)


def _expected(run: QueryRun) -> int:
    """How many groups there are, whether or not they have a value."""
    spec, periods = run.spec, 1
    if spec.spans and spec.period is not Period.WINDOW:
        periods = len(run.source.keys(spec.spans[0], spec.period))
    return len(spec.subjects) * max(1, len(spec.states)) * periods


def _whole_periods(run: QueryRun, rows: list[Cell]) -> list[Cell]:
    """For the least, without periods that the window cuts or that have gaps, if there are others."""
    spec, order = run.spec, run.spec.query.order
    if order is None or order.end is not End.LEAST:
        return rows
    if not spec.measure.additive_over_time or not spec.spans or spec.period is Period.WINDOW:
        return rows
    cut = run.source.cut_keys(spec.spans[0], spec.period)
    rows = [row for row in rows if row.key not in cut] or rows
    return [row for row in rows if row.coverage >= COMPLETE] or rows


def _pairs(run: QueryRun, tables: Sequence[Table]) -> list[Pair]:
    spec = run.spec
    if len(tables) == 2:
        first, second = tables
        return [(cell, second[group]) for group, cell in first.items() if group in second]
    table = tables[0]
    if spec.period is Period.WEEKDAY_OR_WEEKEND:
        by_kind = [_cells_with(table, key) for key in (0, 1)]
        return [(cell, by_kind[1][group]) for group, cell in by_kind[0].items() if group in by_kind[1]]
    subjects = spec.subjects
    if len(subjects) < 2:
        return []
    groups = [group for group in table if group.subject == subjects[0]]
    others = [replace(group, subject=subjects[1]) for group in groups]
    return [
        (table[group], table[other]) for group, other in zip(groups, others, strict=True) if other in table
    ]


def _cells_with(table: Table, key: int) -> dict[Group, Cell]:
    return {replace(group, key=0): cell for group, cell in table.items() if group.key == key}


async def _unpaired(run: QueryRun, tables: Sequence[Table]) -> CannotAnswer:
    """The side that has no value."""
    present = {group.subject for group in tables[0]}
    absent = [subject for subject in run.spec.subjects if subject not in present]
    empty = [span for span, table in zip(run.spec.spans, tables, strict=False) if not table]
    if empty:
        run = replace(run, spec=replace(run.spec, spans=tuple(empty)))
    return await run.why_nothing(absent or run.spec.subjects)


def _is_directed(run: QueryRun, pair: Pair) -> bool:
    first, second = pair
    is_more = run.relation is RelationKind.MORE
    return first.number > second.number if is_more else first.number < second.number


def _direction_of_trend(run: QueryRun, rows: Sequence[Cell]) -> Result:
    rises = run.relation is RelationKind.MORE
    return Result(tuple(rows), (), any(row.number > 0 if rises else row.number < 0 for row in rows))


def _usual_cell(cell: Cell, usual: Usual) -> Cell:
    return replace(cell, value=usual.median, role=Role.USUAL, at=None, until=None)


def _is_odd(run: QueryRun, usual: Usual, pair: Pair) -> bool:
    """Unusual, and in the direction that the query asks for if it asks for one."""
    if not usual.is_unusual(pair[0].number):
        return False
    return run.relation is None or run.relation is RelationKind.SHARE or _is_directed(run, pair)
