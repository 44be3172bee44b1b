"""What may be wrong with a query: one predicate for each type rule, true where the rule is broken; pure."""

from api_service.assistant.query.query import (
    PERIODS,
    Ask,
    BoundKind,
    DeviceScope,
    Per,
    RelationKind,
    StateTest,
)
from api_service.assistant.query.view import View
from api_service.metering.measures import MeasureKind, Statistic

CALENDAR_PERIODS = frozenset({Per.HOUR, Per.DAY, Per.WEEK, Per.MONTH})
BY_RUN = frozenset({"on_time", "duration", "gaps"})
"""Their minimum, maximum and mean run over single runs where no period is given."""

_OVER_PARTS = frozenset({Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.MEDIAN})
_OF_TWO = frozenset({RelationKind.DIFFERENCE, RelationKind.RATIO, RelationKind.MORE, RelationKind.LESS})
_JUDGED = frozenset({BoundKind.NORMAL, BoundKind.POOR})
_REPORTING = frozenset({StateTest.SILENT, StateTest.REPORTING})
_NAMED = frozenset({StateTest.IS, StateTest.ON, StateTest.OFF})


# --- statistics -------------------------------------------------------------------------------------------


def no_such_statistic(view: View) -> bool:
    """The measure does not have the statistic."""
    return view.query.statistic not in view.measure.statistics


def sum_of_level(view: View) -> bool:
    """A sum of what does not add up over time."""
    return view.query.statistic is Statistic.SUM and no_such_statistic(view)


def needs_period(view: View) -> bool:
    """The mean of an amount, and nothing says of which amounts: per day, per hour."""
    gathers = view.measure.additive_over_time and view.measure.key not in BY_RUN
    return gathers and view.query.statistic in _OVER_PARTS and view.query.per not in PERIODS


def one_amount_each(view: View) -> bool:
    """A statistic over the amounts of several periods, where each group is one period."""
    gathers = view.measure.additive_over_time and view.measure.key not in BY_RUN
    over_parts = gathers and view.query.statistic in _OVER_PARTS and view.query.per in CALENDAR_PERIODS
    return over_parts and view.query.ask is not Ask.VALUE and not view.query.having and not view.sides


def nothing_counted(view: View) -> bool:
    """A count without something that may begin."""
    where = view.query.where
    counts_readings = view.query.statistic is Statistic.COUNT and view.measure.key != "gaps"
    if view.measure.key == "state":
        return counts_readings and where.state is None
    return counts_readings and not where.bounds


def duration_of_nothing(view: View) -> bool:
    """A length of time without a condition that holds in it."""
    return view.measure.key == "duration" and not view.query.where and view.query.per is not Per.STATE


def latest_in_past(view: View) -> bool:
    """The newest reading with a window or a period beside it; the latest run for each of several periods."""
    if view.query.statistic is not Statistic.LATEST:
        return False
    if view.measure.kind is MeasureKind.RECORDED:
        return view.query.windows is not None or view.query.per not in (None, Per.GROUP)
    # The latest run lies in one period; a state is read in each.
    return view.query.per in PERIODS and view.measure.default_statistic is not Statistic.LATEST


def senseless_trend(view: View) -> bool:
    """A trend of several lines, or set against something."""
    query = view.query
    is_trend = query.statistic is Statistic.TREND
    allowed = query.relation is None or view.relation in (RelationKind.MORE, RelationKind.LESS)
    return is_trend and bool(not allowed or query.usual or view.sides or query.per)


# --- groups, order and conditions on groups ---------------------------------------------------------------


def no_states(view: View) -> bool:
    """Per state of what has none of its own."""
    no_states = view.measure.key in ("state", "on_time", "switch_ons", "gaps", "coverage", "last_seen")
    return view.query.per is Per.STATE and no_states


def states_of_one_state(view: View) -> bool:
    """Per state of what is in one state anyhow: the group is asked for that the condition names."""
    state = view.query.where.state
    return view.query.per is Per.STATE and state is not None and state.test in _NAMED


def value_of_groups(view: View) -> bool:
    """One value, but several groups, and no statistic that runs over groups."""
    query = view.query
    if query.ask is not Ask.VALUE or query.per is None:
        return False
    if query.per is Per.WEEKDAY_OR_WEEKEND:
        return view.relation not in (RelationKind.DIFFERENCE, RelationKind.RATIO)
    amounts = view.measure.additive_over_time and query.statistic in _OVER_PARTS
    return not (amounts and query.per in CALENDAR_PERIODS)


def which_of_times(view: View) -> bool:
    """A device is asked for, and the groups are periods."""
    return view.query.ask is Ask.WHICH and view.query.per in PERIODS


def when_of_devices(view: View) -> bool:
    """A time is asked for, and the groups are devices or states."""
    return view.query.ask is Ask.WHEN and view.query.per in (Per.GROUP, Per.STATE)


def nothing_selects(view: View) -> bool:
    """Some groups are asked for, and nothing says which."""
    query = view.query
    selects = bool(query.order or query.having or query.where or query.usual)
    if query.ask is Ask.WHICH:
        return not selects
    if query.ask is Ask.HOW_MANY:
        return not selects and view.measure.key not in ("last_seen", "samples", "gaps")
    return query.ask is Ask.WHEN and query.per is not None and not (selects or query.order)


def no_moment(view: View) -> bool:
    """A question for a time without a group: of an extreme, a condition, a first or last, or of two."""
    query = view.query
    if query.ask is not Ask.WHEN or query.per is not None or view.measure.key in ("gaps", "last_seen"):
        return False
    if query.order is not None:
        return "windows" not in view.sides
    if query.statistic in (Statistic.MIN, Statistic.MAX):
        return view.measure.additive_over_time and view.measure.key not in BY_RUN
    return not query.where or view.measure.kind is MeasureKind.DERIVED


def order_of_nothing(view: View) -> bool:
    """An order without groups, or by what has none."""
    query = view.query
    orders = query.ask in (Ask.WHICH, Ask.LIST, Ask.WHEN)
    return query.order is not None and not (orders and (view.is_number or view.measure.key == "last_seen"))


def limit_and_rank(view: View) -> bool:
    """The first few, and one place, at once."""
    order = view.query.order
    return order is not None and order.limit is not None and order.rank is not None


def having_of_nothing(view: View) -> bool:
    """A limit on results where there is one result that is asked for itself."""
    query = view.query
    if query.having is None:
        return False
    if query.ask is Ask.WHEN:
        return query.per is None
    return query.ask in (Ask.VALUE, Ask.COMPARE)


def having_no_number(view: View) -> bool:
    """A limit on a text or a moment."""
    return view.query.having is not None and not view.is_number


def every_of_nothing(view: View) -> bool:
    """A demand on every group without a yes/no question and a condition."""
    query = view.query
    tests = query.where or query.having or query.usual
    return query.every and (query.ask is not Ask.WHETHER or not tests)


# --- conditions on readings -------------------------------------------------------------------------------


def not_in_readings(view: View) -> bool:
    """A condition on readings by what no single reading holds."""
    return any(row.kind is not MeasureKind.RECORDED for row, _ in view.rows)


def no_limits(view: View) -> bool:
    """Normal or poor, by a measure without rules of thumb."""
    having = view.query.having
    judged = [row for row, bound in view.rows if bound.kind in _JUDGED]
    if having is not None and having.kind in _JUDGED:
        judged.append(view.measure)
    return any(not row.has_limits for row in judged)


def reporting_of_values(view: View) -> bool:
    """Whether a device still reports is a condition on its last reading, and the only one."""
    state = view.query.where.state
    return (state is not None and state.test in _REPORTING) != (
        view.measure.key == "last_seen" and state is not None
    )


def conditions_on_records(view: View) -> bool:
    """A condition on readings where the readings themselves are counted."""
    where, key = view.query.where, view.measure.key
    if key == "last_seen":
        return bool(where.bounds or where.hours)
    return key in ("gaps", "coverage") and bool(where.state or where.bounds)


def state_of_runs(view: View) -> bool:
    """A condition on the state where only time on is looked at."""
    return view.measure.key in ("on_time", "switch_ons") and view.query.where.state is not None


# --- comparisons and relations ----------------------------------------------------------------------------


def nothing_to_decide(view: View) -> bool:
    """A yes/no question without anything that could be so or not."""
    query = view.query
    if query.ask is not Ask.WHETHER or view.measure.key == "gaps":
        return False
    if view.measure.kind is MeasureKind.TEXT or view.measure.key == "last_seen":
        return query.where.state is None
    decides = query.having or query.usual or query.where.bounds
    return not (decides or view.relation in (RelationKind.MORE, RelationKind.LESS))


def not_two_sides(view: View) -> bool:
    """A comparison of one thing, of more than two, or in two ways at once."""
    query = view.query
    if view.relation in (RelationKind.MORE, RelationKind.LESS) and query.statistic is Statistic.TREND:
        return False
    if query.ask is Ask.COMPARE:
        return list(view.sides.values()) != [2]
    return view.relation in _OF_TWO and list(view.sides.values()) != [2]


def sides_without_comparison(view: View) -> bool:
    """Two times, and nothing is done with them."""
    query = view.query
    compares = query.ask is Ask.COMPARE or view.relation in _OF_TWO
    open_sides = view.sides.keys() & {"windows", "hours"}
    chooses = query.ask is Ask.WHEN and query.order is not None and query.per is None
    return bool(open_sides) and not compares and not (chooses and "windows" in open_sides)


def direction_without_whether(view: View) -> bool:
    """A direction outside of a yes/no question."""
    directed = view.relation in (RelationKind.MORE, RelationKind.LESS)
    allowed = view.query.ask is Ask.WHETHER or (
        view.query.usual and view.query.ask in (Ask.WHICH, Ask.LIST, Ask.HOW_MANY)
    )
    return directed and not allowed


def relation_of_no_number(view: View) -> bool:
    """A relation of texts or moments."""
    relates = view.query.relation is not None or view.query.usual or view.query.ask is Ask.COMPARE
    return relates and not view.is_number


def no_share(view: View) -> bool:
    """A share of what does not add up."""
    row = view.measure
    return view.relation is RelationKind.SHARE and not (row.additive_over_devices or row.additive_over_time)


def share_of_nothing(view: View) -> bool:
    """A share of the whole in the whole, or of an extreme."""
    query = view.query
    if view.relation is not RelationKind.SHARE:
        return False
    part = query.devices.scope is not DeviceScope.ALL or query.where or query.grouping
    return not part or query.statistic in (Statistic.MIN, Statistic.MAX, Statistic.MEDIAN, Statistic.COUNT)


def relation_of_form(view: View) -> bool:
    """Relations that make one value of several fit some forms of answer only."""
    ask = view.query.ask
    if view.relation in (RelationKind.MORE, RelationKind.LESS):
        return view.query.having is not None
    if view.relation is RelationKind.TIMES:
        return ask is not Ask.VALUE
    if view.relation in (RelationKind.DIFFERENCE, RelationKind.RATIO):
        compared = ask is Ask.WHETHER and view.query.having is not None
        return ask not in (Ask.VALUE, Ask.WHICH, Ask.LIST) and not compared
    return view.relation is RelationKind.SHARE and ask in (Ask.WHEN, Ask.HOW_MANY)


def no_rest(view: View) -> bool:
    """The rest of what does not add up over devices."""
    return view.query.devices.scope is DeviceScope.REST and not view.measure.additive_over_devices


def groups_of_text(view: View) -> bool:
    """States are counted by period, never compared or listed by it without a condition."""
    query = view.query
    return view.measure.key in ("state", "last_seen") and query.per in PERIODS and query.where.state is None
