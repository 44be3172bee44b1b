"""What each number of a request counts: the unit that its slot must have."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from api_service.assistant.query.query import Bound, Explain, Query, RelationKind, Request, Slot
from api_service.metering.measures import Statistic


class NumberRole(StrEnum):
    """BOUND in the unit of a measure; SHARE in percent; the others plain: places, factors, times."""

    BOUND = "bound"
    SHARE = "share"
    COUNT = "count"
    LIMIT = "limit"
    RANK = "rank"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class NumberUse:
    """A number slot with its role; `measure` is the one whose unit a BOUND has."""

    slot: Slot
    role: NumberRole
    measure: str | None = None


def number_uses(request: Request) -> list[NumberUse]:
    """Every number of `request`."""
    if isinstance(request, Explain):
        value = request.value
        return [] if value is None else [NumberUse(value, NumberRole.BOUND, request.term)]
    return list(_of_query(request)) if isinstance(request, Query) else []


def _of_query(query: Query) -> Iterator[NumberUse]:
    for condition in query.where.bounds:
        yield from _of_bound(condition.bound, NumberRole.BOUND, condition.measure or query.measure)
    if query.having:
        yield from _of_bound(query.having, _result_role(query), query.measure)
    if query.order and query.order.limit is not None:
        yield NumberUse(query.order.limit, NumberRole.LIMIT)
    if query.order and query.order.rank is not None:
        yield NumberUse(query.order.rank, NumberRole.RANK)
    if query.relation and query.relation.kind is RelationKind.TIMES and query.relation.slot is not None:
        yield NumberUse(query.relation.slot, NumberRole.FACTOR)


def _of_bound(bound: Bound, role: NumberRole, measure: str) -> Iterator[NumberUse]:
    for slot in bound.numbers:
        yield NumberUse(slot, role, measure if role is NumberRole.BOUND else None)


def _result_role(query: Query) -> NumberRole:
    """What a limit on the result is a limit of."""
    kind = query.relation.kind if query.relation else None
    if kind is RelationKind.SHARE:
        return NumberRole.SHARE
    if kind is RelationKind.RATIO:
        return NumberRole.FACTOR
    return NumberRole.COUNT if query.statistic is Statistic.COUNT else NumberRole.BOUND
