"""From groups' values to the rows of an answer: conditions on results, order, relations; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.execution.cells import Cell, Result, Role, added
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.spec import Spec, limit_of
from api_service.assistant.query.query import Ask, End, Per, RelationKind
from api_service.metering.measure import Statistic

Pair = tuple[Cell, Cell]

ADDABLE = frozenset((Statistic.MEAN, Statistic.SUM, Statistic.LATEST))


def having(rows: Iterable[Cell], spec: Spec, bindings: Bindings) -> list[Cell]:
    """The rows whose value the query's condition on results lets through."""
    bound = spec.query.having
    if bound is None:
        return list(rows)
    limit = limit_of(bound, spec.measure, bindings)
    return [row for row in rows if limit.holds_for(row.number)]


def ordered(rows: Sequence[Cell], spec: Spec, bindings: Bindings) -> list[Cell]:
    """The rows in the query's order with their ranks, as many as it wants; equal ones keep their order."""
    order = spec.query.order
    if order is None:
        return list(rows)
    # Sums of floats differ in their last bits: values equal to 12 digits rank in the order of the table.
    ranked = sorted(rows, key=lambda row: float(f"{row.number:.12g}"), reverse=order.end is End.MOST)
    ranked = [replace(row, rank=place) for place, row in enumerate(ranked, 1)]
    if order.rank is not None:
        place = round(bindings.numbers[order.rank])
        return [row for row in ranked if row.rank == place]
    if order.limit is not None:
        return ranked[: round(bindings.numbers[order.limit])]
    return ranked if spec.query.ask is Ask.LIST else ranked[:1]


def difference(first: Cell, second: Cell) -> Cell:
    """`first` minus `second`, as a cell of the first one's subject and time."""
    return replace(
        first,
        value=first.number - second.number,
        role=Role.DIFFERENCE,
        at=None,
        until=None,
        samples=first.samples + second.samples,
        coverage=min(first.coverage, second.coverage),
    )


def ratio(first: Cell, second: Cell) -> Cell | None:
    """`first` over `second`; None where there is nothing to divide by."""
    if second.number == 0:
        return None
    return replace(difference(first, second), value=first.number / second.number, unit="", role=Role.RATIO)


def share(part: Cell, whole: Cell) -> Cell | None:
    """Which percentage of `whole` `part` is; None of nothing."""
    quotient = ratio(part, whole)
    if quotient is None:
        return None
    return replace(quotient, value=100 * quotient.number, unit="%", samples=part.samples, role=Role.SHARE)


def related(pairs: Sequence[Pair], kind: RelationKind) -> list[Cell]:
    """The difference or ratio of each pair; raises `CannotAnswer` where no pair has one."""
    if kind is RelationKind.DIFFERENCE:
        return [difference(*pair) for pair in pairs]
    quotients = [ratio(*pair) for pair in pairs]
    found = [quotient for quotient in quotients if quotient is not None]
    if pairs and not found:
        raise cannot(Reason.DIVIDED_BY_ZERO, measure=pairs[0][0].measure)
    return found


def side(cell: Cell) -> Cell:
    """A cell that an answer's relation is made of."""
    return replace(cell, role=Role.SIDE)


def beside(pair: Pair) -> list[Cell]:
    """Difference and, where there is one, ratio of a pair."""
    quotient = ratio(*pair)
    return [difference(*pair), *([quotient] if quotient is not None else [])]


def total(rows: Sequence[Cell], spec: Spec) -> list[Cell]:
    """The sum over several devices, where it is one of the site; empty otherwise."""
    adds = spec.measure.additive_over_devices and spec.statistic in ADDABLE
    subjects = {row.subject for row in rows}
    groups_only_devices = spec.query.per in (None, Per.DEVICE) and all(row.key is None for row in rows)
    if not adds or not groups_only_devices or len(subjects) < 2 or len(subjects) != len(rows):
        return []
    return [
        replace(
            added(rows),
            subject=replace(rows[0].subject, name="", clusters=_clusters(rows)),
            coverage=sum(row.coverage for row in rows) / len(rows),
            rank=None,
            role=Role.TOTAL,
        )
    ]


def choose_side(cells: Sequence[Cell], spec: Spec, bindings: Bindings) -> Result:
    """Which of two times has more, or less."""
    kept = ordered(cells, spec, bindings)[:1]
    chosen = {cell.start for cell in kept}
    return Result(tuple(kept), tuple(side(cell) for cell in cells if cell.start not in chosen))


def _clusters(rows: Sequence[Cell]) -> tuple[int, ...]:
    return tuple(sorted({cluster for row in rows for cluster in row.subject.clusters}))
