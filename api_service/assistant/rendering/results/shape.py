"""The shape of a result: what kind of sentence says it; pure."""

from collections.abc import Sequence
from enum import StrEnum

from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.query.query import PERIODS, Ask, Query
from api_service.metering.measure import Statistic


class Shape(StrEnum):
    """SCALAR one value. MOMENT when something was. SCALARS several devices' values. TABLE values of groups.
    PROFILE values of periods. RANKING groups or periods in order. WINNER the one at a place of an order.
    NAMES those that fulfil a condition. COMPARISON two sides. COMPARISONS several pairs. USUAL values beside
    what is usual. RELATION a difference, ratio or multiple. SHARE. VERDICT yes or no. COUNT how many.
    RUNS from when to when. STATE. TREND. NOTHING found.
    """

    SCALAR = "scalar"
    MOMENT = "moment"
    SCALARS = "scalars"
    TABLE = "table"
    PROFILE = "profile"
    RANKING = "ranking"
    WINNER = "winner"
    NAMES = "names"
    COMPARISON = "comparison"
    COMPARISONS = "comparisons"
    USUAL = "usual"
    RELATION = "relation"
    SHARE = "share"
    VERDICT = "verdict"
    COUNT = "count"
    RUNS = "runs"
    STATE = "state"
    TREND = "trend"
    NOTHING = "nothing"


_MADE = {
    Role.DIFFERENCE: Shape.RELATION,
    Role.RATIO: Shape.RELATION,
    Role.TIMES: Shape.RELATION,
    Role.SHARE: Shape.SHARE,
}
_EXTREMES = {Statistic.MIN.value, Statistic.MAX.value}


def answer_shape(query: Query, result: Result) -> Shape:
    """The shape of a query's result."""
    if result.verdict is not None:
        return Shape.VERDICT
    if query.ask is Ask.HOW_MANY:
        return Shape.COUNT
    return _of_rows(query, result.rows) if result.rows else Shape.NOTHING


def _of_rows(query: Query, rows: Sequence[Cell]) -> Shape:
    first, one = rows[0], len(rows) == 1
    if query.ask is Ask.COMPARE:
        return Shape.USUAL if query.usual else Shape.COMPARISON if len(rows) == 2 else Shape.COMPARISONS
    if query.order is not None:
        return Shape.WINNER if one else Shape.RANKING
    if first.unit.endswith("/day"):
        return Shape.TREND
    if query.ask is Ask.WHEN:
        return _when(query, first)
    return _values(query, first, one=one)


def _when(query: Query, first: Cell) -> Shape:
    if query.per is not None:
        return Shape.NAMES
    is_run = first.at is not None and first.until is not None and first.statistic not in _EXTREMES
    return Shape.RUNS if is_run else Shape.MOMENT


def _values(query: Query, first: Cell, *, one: bool) -> Shape:
    is_listed = query.ask in (Ask.WHICH, Ask.LIST)
    if query.ask is Ask.WHICH or (is_listed and (query.having is not None or query.usual)):
        return Shape.NAMES
    if one and first.role in _MADE:
        return _MADE[first.role]
    if query.usual or (first.measure == "state" and first.statistic != Statistic.COUNT):
        return Shape.USUAL if query.usual else Shape.STATE
    if one and not is_listed:
        return Shape.SCALAR
    several = Shape.TABLE if is_listed else Shape.SCALARS
    return Shape.PROFILE if query.grouping in PERIODS else several
