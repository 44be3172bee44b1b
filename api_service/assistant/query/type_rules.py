"""Which queries make sense: a table of rules, each with the sentence that refuses what breaks it; pure.

The grammar reads more than makes sense, so that a senseless question is refused for its true reason and is
not forced into a sensible one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api_service.assistant.query import type_checks as checks
from api_service.assistant.query.query import Explain, Per, Query, Request
from api_service.assistant.query.view import View
from api_service.metering.measures import MEASURES, Measure, Statistic

STATISTIC_NOUNS: Mapping[Statistic, str] = {
    Statistic.LATEST: "latest value",
    Statistic.MEAN: "average",
    Statistic.MIN: "minimum",
    Statistic.MAX: "maximum",
    Statistic.SUM: "sum",
    Statistic.MEDIAN: "median",
    Statistic.P95: "95th percentile",
    Statistic.FIRST: "first value",
    Statistic.LAST: "last value",
    Statistic.COUNT: "count",
    Statistic.TREND: "trend",
}


@dataclass(frozen=True)
class TypeFault:
    """The rule that a query breaks, and the sentence that says so."""

    rule: str
    sentence: str


@dataclass(frozen=True)
class Rule:
    """`breaks` says whether a query breaks the rule; `sentence` is a format over noun, statistic and per."""

    breaks: Callable[[View], bool]
    sentence: str

    @property
    def name(self) -> str:
        """What it forbids."""
        return self.breaks.__name__


NO_LIMITS = "There is no common rule for what is normal here."

RULES: tuple[Rule, ...] = (
    Rule(checks.sum_of_level, "{a_noun} has no sum."),
    Rule(checks.no_such_statistic, "There is no {statistic} of {noun}."),
    Rule(
        checks.needs_period,
        "The {statistic} of {noun} needs a period: per hour, per day, per week or per month.",
    ),
    Rule(checks.one_amount_each, "Each {per} has one amount of {noun} and no {statistic} of it."),
    Rule(
        checks.nothing_counted,
        "To count how often something happened I need a limit or a state.",
    ),
    Rule(
        checks.duration_of_nothing,
        "For a length of time I need a condition, such as a limit.",
    ),
    Rule(
        checks.latest_in_past,
        "The latest {noun} is that of now; for another time ask for the average, first or last {noun}.",
    ),
    Rule(
        checks.senseless_trend,
        "A trend goes over one time and cannot be compared or divided.",
    ),
    Rule(checks.no_states, "{noun} cannot be told apart by state."),
    Rule(
        checks.states_of_one_state,
        "One state is named already; ask which device, or for {noun} by state without it.",
    ),
    Rule(checks.value_of_groups, "The values per {per} make a list and not one value."),
    Rule(checks.which_of_times, "Times are asked for with when."),
    Rule(
        checks.when_of_devices,
        "A question for a time needs a period and not a device or state.",
    ),
    Rule(checks.order_of_nothing, "There is nothing to put in order by {noun} here."),
    Rule(checks.limit_and_rank, "Either the first few or one place is meant, not both."),
    Rule(checks.no_moment, "The {statistic} of {noun} has no moment; ask for a day or an hour."),
    Rule(checks.nothing_selects, "I need an order or a condition to choose by {noun}."),
    Rule(
        checks.having_of_nothing,
        "A limit chooses among several results, and here is one only.",
    ),
    Rule(checks.having_no_number, "{noun} has no limit."),
    Rule(checks.every_of_nothing, "Whether it holds for every one needs a condition."),
    Rule(
        checks.not_in_readings,
        "A condition on readings must be on something measured, such as power or voltage.",
    ),
    Rule(checks.no_limits, NO_LIMITS),
    Rule(
        checks.reporting_of_values,
        "Whether a device reports is a question of its last reading.",
    ),
    Rule(checks.conditions_on_records, "{noun} cannot be limited to some readings."),
    Rule(checks.state_of_runs, "{noun} is about on and off already."),
    Rule(checks.relation_of_no_number, "{noun} cannot be compared or divided."),
    Rule(
        checks.direction_without_whether,
        "Whether it is more or less is a yes/no question.",
    ),
    Rule(checks.not_two_sides, "A comparison needs exactly two sides."),
    Rule(checks.sides_without_comparison, "Two times need a comparison."),
    Rule(checks.no_share, "{a_noun} has no share of a total."),
    Rule(
        checks.share_of_nothing,
        "A share needs a part, such as a device or a time of day.",
    ),
    Rule(checks.relation_of_form, "That relation does not fit this form of question."),
    Rule(checks.nothing_to_decide, "A yes/no question about {noun} needs a limit or a comparison."),
    Rule(checks.no_rest, "{noun} of what is not metered cannot be told."),
    Rule(checks.groups_of_text, "{noun} per {per} needs a condition."),
)


def type_fault(request: Request, measures: Mapping[str, Measure] = MEASURES) -> TypeFault | None:
    """The first rule that `request` breaks; None for what makes sense."""
    if isinstance(request, Explain) and request.value is not None:
        row = measures.get(request.term)
        return None if row and row.has_limits else TypeFault("no_limits", NO_LIMITS)
    if not isinstance(request, Query):
        return None
    view = View(request, measures[request.measure], measures)
    rule = next((rule for rule in RULES if rule.breaks(view)), None)
    return TypeFault(rule.name, _sentence(rule, view)) if rule else None


def _sentence(rule: Rule, view: View) -> str:
    noun, per = view.measure.noun, view.query.per
    text = rule.sentence.format(
        noun=noun,
        a_noun=("an " if noun[0] in "aeiou" else "a ") + noun,
        statistic=STATISTIC_NOUNS.get(view.query.statistic, view.query.statistic.value),
        per=(per or Per.DAY).value.replace("_", " "),
    )
    return text[0].upper() + text[1:]
