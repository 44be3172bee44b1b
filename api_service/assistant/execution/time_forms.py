"""What a query's form means for its time: a moment, all of a span, one value over periods; pure."""

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.query.query import PERIODS, Ask, Per, Query, StateCondition, StateTest, WindowForm
from api_service.metering.measure import Measure, MeasureKind, Statistic
from api_service.metering.measures import measure

OVER_PERIODS = frozenset((Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.MEDIAN))
CALENDAR = frozenset((Per.HOUR, Per.DAY, Per.WEEK, Per.MONTH))
_ONE_VALUE = frozenset((Ask.VALUE, Ask.WHEN, Ask.COMPARE, Ask.WHETHER))


def reads_moment(query: Query) -> bool:
    """Whether a value at a moment is that of the nearest reading, and not one over the minutes from it on."""
    row = measure(query.measure)
    is_level = row.kind in (MeasureKind.RECORDED, MeasureKind.TEXT)
    is_plain = query.statistic in (row.default_statistic, Statistic.LATEST) and not query.usual
    return is_level and is_plain and query.ask is not Ask.WHEN and query.per in (None, Per.DEVICE, Per.GROUP)


def is_at_moments(query: Query, bindings: Bindings) -> bool:
    """Whether every time of the query is a moment whose nearest reading counts."""
    windows = query.windows
    if windows is None or windows.form is not WindowForm.IN or not reads_moment(query):
        return False
    return all(bindings.times[slot].is_moment for slot in windows.slots)


def is_throughout(query: Query, bindings: Bindings) -> bool:
    """Whether "off" is meant of all of each group's time.

    Which devices were off yesterday are those that never ran, though every device is off at some time; and
    so are the days on which one was off. A yes/no question says so by `every`.
    """
    is_off = query.measure == "state" and query.where.state == StateCondition(StateTest.OFF)
    is_other = bool(query.where.bounds) or query.usual or query.per is Per.STATE
    if not is_off or is_other or is_at_moments(query, bindings):
        return False
    is_span = query.windows is not None or query.where.hours is not None or query.per in PERIODS
    by_period = query.per in PERIODS and query.ask in (Ask.WHEN, Ask.WHETHER)
    return is_span and (query.every or query.ask in (Ask.WHICH, Ask.LIST, Ask.HOW_MANY) or by_period)


def collapses(query: Query, row: Measure) -> bool:
    """Whether the statistic runs over all periods and gives one value ("the mean energy per day")."""
    over_periods = row.additive_over_time and query.statistic in OVER_PERIODS and query.per in CALENDAR
    return over_periods and query.order is None and query.ask in _ONE_VALUE
