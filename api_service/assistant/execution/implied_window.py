"""Which window is meant where a question names no time; pure."""

from datetime import datetime, timedelta

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.query.query import PERIODS, Ask, Per, Query
from api_service.assistant.types import Window
from api_service.metering.measure import Measure, Statistic
from api_service.metering.measures import measure

RECORD_LABEL = "so far"
"""The label of a window that is the whole record."""

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
_LABELS = {DAY: "in the last 24 hours", WEEK: "in the last 7 days", MONTH: "in the last 30 days"}

_RARE = frozenset((Statistic.MIN, Statistic.MAX, Statistic.COUNT, Statistic.TREND))
_OF_THE_RECORD = frozenset(("gaps", "samples", "coverage", "switch_ons"))
_RUNS = frozenset(("on_time", "duration"))
_CROSSED = frozenset((Ask.WHETHER, Ask.WHICH, Ask.HOW_MANY, Ask.LIST))


def implied_windows(query: Query, bindings: Bindings, now: datetime) -> tuple[Window, ...]:
    """The window that is meant, then shorter ones for where that one holds too much to be read.

    Empty: the whole record, for habits, and for days and longer periods. A month for what is rare: times,
    extremes, counts, trends, gaps and limits. A week for conditions on weekdays. Else a day.
    """
    if query.per in PERIODS - {Per.HOUR}:
        return ()
    hours = query.where.hours.slots if query.where.hours else ()
    by_weekday = any(bindings.hours[slot].depends_on_weekday for slot in hours)
    if is_of_the_rare(query):
        lengths = [MONTH, WEEK] if by_weekday else [MONTH, WEEK, DAY]
    else:
        lengths = [WEEK] if by_weekday else [DAY]
    return tuple(Window(now - length, now, _LABELS[length]) for length in lengths)


def implied_window(query: Query, bindings: Bindings, now: datetime) -> Window | None:
    """The window that is meant; None is the whole record."""
    return next(iter(implied_windows(query, bindings, now)), None)


def is_of_the_rare(query: Query) -> bool:
    """Whether one day says too little: "never below 207 V" of the last day would pass for an all-clear.

    What is set against its usual value stays with a day, which has earlier ones to be set against.
    """
    if query.usual:
        return False
    row = measure(query.measure)
    return (
        query.ask is Ask.WHEN
        or query.statistic in _RARE
        or row.key in _OF_THE_RECORD
        or (query.every and row.key == "state")
        or (row.key in _RUNS and query.statistic is Statistic.MEAN and query.per is not Per.HOUR)
        or _crosses_a_limit(query, row)
    )


def _crosses_a_limit(query: Query, row: Measure) -> bool:
    """Whether single readings beyond a limit are looked for."""
    return bool(query.where.bounds) and query.ask in _CROSSED and not row.additive_over_time
