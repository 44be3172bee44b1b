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
    Rule(
        checks.value_of_groups,
        "There is one value for each {per}; ask for a list of them, or for the highest or the average.",
    ),
    Rule(
        checks.which_of_times,
        "I understood that you ask which time it was; ask when it was highest, or on which day.",
    ),
    Rule(
        checks.when_of_devices,
        "I understood that you ask when, and also for a device or state; ask for one of the two.",
    ),
    Rule(checks.order_of_nothing, "There is nothing to put in order by {noun} here."),
    Rule(
        checks.limit_and_rank, "Do you mean the first few, or the one at that place? Ask for one of the two."
    ),
    Rule(checks.no_moment, "The {statistic} of {noun} has no moment; ask for a day or an hour."),
    Rule(
        checks.nothing_selects,
        "I understood that you choose by {noun}; say whether the most, the least, or above which value.",
    ),
    Rule(
        checks.having_of_nothing,
        "I understood a limit for one value; ask whether it was above, or which devices or days were.",
    ),
    Rule(checks.having_no_number, "{noun} has no limit."),
    Rule(
        checks.every_of_nothing,
        "I understood that you ask about all of them; say what should be true of each, such as being on.",
    ),
    Rule(
        checks.not_in_readings,
        "I can only pick readings by something measured, such as power or voltage.",
    ),
    Rule(checks.no_limits, NO_LIMITS),
    Rule(
        checks.reporting_of_values,
        "To see whether a device still sends readings, ask when its last reading came.",
    ),
    Rule(checks.conditions_on_records, "{noun} cannot be limited to some readings."),
    Rule(checks.state_of_runs, "{noun} is about on and off already."),
    Rule(checks.relation_of_no_number, "{noun} cannot be compared or divided."),
    Rule(
        checks.direction_without_whether,
        "I understood that you compare two; ask whether the first is more or less than the second.",
    ),
    Rule(
        checks.not_two_sides, "I understood that you compare; name two devices, or one device and two times."
    ),
    Rule(checks.sides_without_comparison, "I understood two times; ask for one of them, or compare the two."),
    Rule(checks.no_share, "{a_noun} has no share of a total."),
    Rule(
        checks.share_of_nothing,
        "I understood that you ask for a share; say of which device, or of which hours.",
    ),
    Rule(
        checks.relation_of_form,
        "I understood a comparison; ask for both values, or whether one is more than the other.",
    ),
    Rule(
        checks.nothing_to_decide,
        "I understood a yes-or-no question about {noun}; say above which value, or compared with what.",
    ),
    Rule(checks.no_rest, "{noun} of what is not metered cannot be told."),
    Rule(
        checks.groups_of_text,
        "I understood {noun} for each {per}; say which state you mean, such as on or off.",
    ),
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
