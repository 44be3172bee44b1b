"""Type rules: what makes no sense is refused for its own reason, with its own sentence."""

import re

import pytest

from api_service.assistant.query.linear import parse
from api_service.assistant.query.type_rules import RULES, type_fault


def slots(text: str) -> str:
    """`<0>` written as the linear form has it."""
    return re.sub(r"<(\d)>", r"<extra_id_\1>", text)


BROKEN = [
    ("value power_factor sum", "sum_of_level", "A power factor has no sum."),
    ("value power sum in <0>", "sum_of_level", "A power has no sum."),
    ("value energy latest", "no_such_statistic", "There is no latest value of energy."),
    ("value coverage p95", "no_such_statistic", "There is no 95th percentile of coverage."),
    (
        "value energy mean in <0>",
        "needs_period",
        "The average of energy needs a period: per hour, per day, per week or per month.",
    ),
    ("list energy max per day", "one_amount_each", "Each day has one amount of energy and no maximum of it."),
    (
        "value voltage count in <0>",
        "nothing_counted",
        "To count how often something happened I need a limit or a state.",
    ),
    (
        "value duration in <0>",
        "duration_of_nothing",
        "For a length of time I need a condition, such as a limit.",
    ),
    (
        "value power latest in <0>",
        "latest_in_past",
        "The latest power is that of now; for another time ask for the average, first or last power.",
    ),
    (
        "list on_time latest per hour_of_day these <0> in <1>",
        "latest_in_past",
        "The latest time on is that of now; for another time ask for the average, first or last time on.",
    ),
    (
        "value power trend in <0> usual",
        "senseless_trend",
        "A trend goes over one time and cannot be compared or divided.",
    ),
    ("list on_time per state", "no_states", "Time on cannot be told apart by state."),
    (
        "which energy per state where is <0> most",
        "states_of_one_state",
        "One state is named already; ask which device, or for energy by state without it.",
    ),
    (
        "value voltage per day",
        "value_of_groups",
        "There is one value for each day; ask for a list of them, or for the highest or the average.",
    ),
    (
        "which energy per day most",
        "which_of_times",
        "I understood that you ask which time it was; ask when it was highest, or on which day.",
    ),
    (
        "when energy per group most",
        "when_of_devices",
        "I understood that you ask when, and also for a device or state; ask for one of the two.",
    ),
    ("value energy most", "order_of_nothing", "There is nothing to put in order by energy here."),
    ("which state where on most", "order_of_nothing", "There is nothing to put in order by state here."),
    (
        "list energy most limit <0> rank <1>",
        "limit_and_rank",
        "Do you mean the first few, or the one at that place? Ask for one of the two.",
    ),
    ("when power in <0>", "no_moment", "The average of power has no moment; ask for a day or an hour."),
    (
        "which energy in <0>",
        "nothing_selects",
        "I understood that you choose by energy; say whether the most, the least, or above which value.",
    ),
    (
        "value energy having above <0>",
        "having_of_nothing",
        "I understood a limit for one value; ask whether it was above, or which devices or days were.",
    ),
    ("which state having above <0>", "having_no_number", "State has no limit."),
    (
        "value energy every",
        "every_of_nothing",
        "I understood that you ask about all of them; say what should be true of each, such as being on.",
    ),
    (
        "value power where energy above <0>",
        "not_in_readings",
        "I can only pick readings by something measured, such as power or voltage.",
    ),
    ("value power where normal", "no_limits", "There is no common rule for what is normal here."),
    ("explain energy <0>", "no_limits", "There is no common rule for what is normal here."),
    (
        "value power where silent",
        "reporting_of_values",
        "To see whether a device still sends readings, ask when its last reading came.",
    ),
    ("value gaps where on", "conditions_on_records", "Gaps cannot be limited to some readings."),
    ("value on_time where off", "state_of_runs", "Time on is about on and off already."),
    ("compare state these <0> <1>", "relation_of_no_number", "State cannot be compared or divided."),
    (
        "value energy in <0> <1> more",
        "direction_without_whether",
        "I understood that you compare two; ask whether the first is more or less than the second.",
    ),
    (
        "compare energy these <0>",
        "not_two_sides",
        "I understood that you compare; name two devices, or one device and two times.",
    ),
    (
        "compare energy these <0> <1> in <2> <3>",
        "not_two_sides",
        "I understood that you compare; name two devices, or one device and two times.",
    ),
    (
        "compare energy these <0> <1> <2>",
        "not_two_sides",
        "I understood that you compare; name two devices, or one device and two times.",
    ),
    (
        "value energy these <0> <1> <2> difference",
        "not_two_sides",
        "I understood that you compare; name two devices, or one device and two times.",
    ),
    (
        "value energy in <0> <1>",
        "sides_without_comparison",
        "I understood two times; ask for one of them, or compare the two.",
    ),
    ("value thd these <0> share", "no_share", "A THD has no share of a total."),
    (
        "value energy share",
        "share_of_nothing",
        "I understood that you ask for a share; say of which device, or of which hours.",
    ),
    (
        "which energy most times <0>",
        "relation_of_form",
        "I understood a comparison; ask for both values, or whether one is more than the other.",
    ),
    (
        "whether energy in <0>",
        "nothing_to_decide",
        "I understood a yes-or-no question about energy; say above which value, or compared with what.",
    ),
    ("value voltage rest", "no_rest", "Voltage of what is not metered cannot be told."),
    (
        "list state per day",
        "groups_of_text",
        "I understood state for each day; say which state you mean, such as on or off.",
    ),
]


@pytest.mark.parametrize(("text", "rule", "sentence"), BROKEN)
def test_a_senseless_query_is_refused_for_its_reason(text: str, rule: str, sentence: str) -> None:
    fault = type_fault(parse(slots(text)))
    assert fault is not None
    assert (fault.rule, fault.sentence) == (rule, sentence)


def test_every_rule_has_a_query_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == {rule for _, rule, _ in BROKEN}


@pytest.mark.parametrize(
    "text",
    [
        "value energy mean per day in <0>",
        "value on_time max these <0>",
        "value on_time latest these <0>",
        "which power latest per group most",
        "list power latest per group",
        "value gaps max in <0>",
        "value energy per weekday_or_weekend difference",
        "value energy mean per weekday_or_weekend difference",
        "when gaps these <0>",
        "when power where on above <0>",
        "when energy most in <0> <1>",
        "which energy these <0> <1> <2> most",
        "which energy usual more",
        "which energy most in <0> <1> difference",
        "which power where above <0> ever",
        "how_many samples in <0>",
        "how_many energy per day having above <0> in <1>",
        "whether energy having above <0> in <1> <2> difference",
        "whether energy trend in <0> more",
        "whether gaps in <0>",
        "whether voltage where poor in <0>",
        "compare power around <0>",
        "compare energy mean per day where during <0> <1> in <2>",
        "compare energy these <0> <1>",
        "list duration per state these <0>",
        "value energy these <0> in <1> share <2>",
        "value duration where thd above <0> share",
        "value cost rest in <0>",
        "greeting",
        "explain voltage <0>",
        "summary quality these <0>",
    ],
)
def test_a_query_that_makes_sense_breaks_no_rule(text: str) -> None:
    assert type_fault(parse(slots(text))) is None
