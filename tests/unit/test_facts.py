"""Sheets from statistics: which facts, with which numbers, and which refusals the data asks for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api_service.assistant.execution.facts import build_sheet
from api_service.assistant.types import AnswerFacts, Fact, Quantity, Refusal, Relation
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.measure import Statistic as Stat
from api_service.metering.window_stats import StatKey, WindowStats
from tests.support.conversation import CATALOG, MOMENT, ask

NOW = MOMENT.now
MIN, MEAN, MAX, SUM = Stat.MIN, Stat.MEAN, Stat.MAX, Stat.SUM
START, END = NOW - timedelta(hours=24), NOW
AT = datetime(2026, 3, 12, 12, 5, tzinfo=UTC)
CATALOG_4 = CATALOG[:4]  # Fridge, Heat pump, Washing machine, Tumble dryer


def status(cluster: int, power_w: float | None, state: str | None = "on", age_s: float = 30) -> DeviceStatus:
    return DeviceStatus(
        cluster=cluster,
        name=CATALOG[cluster - 1].name,
        first_seen=NOW - timedelta(days=9),
        last_seen=NOW - timedelta(seconds=age_s),
        last_state=state,
        last_power_w=power_w,
        last_thd_percent=10.0 * cluster,
        median_period_s=60.0,
        max_sample_period_s=600.0,
    )


def stats(cluster: int, energy_wh: float, mean_w: float) -> WindowStats:
    return WindowStats(
        cluster=cluster,
        start=START,
        end=END,
        values={
            ("samples", SUM): 1440.0,
            ("duration", SUM): 86400.0,
            ("energy", SUM): energy_wh,
            ("power", MIN): mean_w / 10,
            ("power", MEAN): mean_w,
            ("power", MAX): mean_w * 3,
            ("thd", MEAN): 5.0 * cluster,
            ("thd", MAX): 50.0,
            ("power_factor", MEAN): 0.8,
            ("voltage", MIN): 207.0,
            ("voltage", MEAN): 230.0 + cluster,
            ("voltage", MAX): 241.0,
            ("current", MEAN): 1.0,
            ("current", MAX): 9.0,
            ("frequency", MEAN): 50.0,
            ("reactive_power", MEAN): 12.0,
            ("apparent_power", MEAN): 90.0,
        },
        moments={("power", MIN): AT, ("power", MAX): AT, ("thd", MAX): AT},
        sums={"power_factor": (800.0 * cluster, 1000.0)},
        state_counts={"on": 1440},
    )


def without(whole: WindowStats, *keys: StatKey) -> WindowStats:
    return replace(whole, values={key: value for key, value in whole.values.items() if key not in keys})


STATUSES = [
    status(1, 90.0, "cooling"),
    status(2, 1500.0, "heating"),
    status(3, 2.0, "standby"),
    status(4, 0.0, "off", age_s=7200),
]
STATS = {1: stats(1, 1000.0, 40.0), 2: stats(2, 6000.0, 250.0), 3: stats(3, 3000.0, 120.0)}


def sheet(
    text: str, statuses: list[DeviceStatus] = STATUSES, by: dict[int, WindowStats] = STATS
) -> AnswerFacts:
    return build_sheet(ask(text, catalog=CATALOG_4), MOMENT, statuses, by)


def required(found: AnswerFacts) -> list[Fact]:
    assert found.refusal is None
    return [found.facts[index] for index in found.required]


def told(found: AnswerFacts) -> list[tuple[str | None, float | str]]:
    return [(fact.device.name if fact.device else None, fact.value) for fact in required(found)]


def test_power_now_of_a_device_is_its_latest_reading() -> None:
    (fact,) = required(sheet("how much power is the fridge using right now?"))
    assert (fact.quantity, fact.statistic, fact.value, fact.unit) == (
        Quantity.POWER,
        Statistic.LATEST,
        90.0,
        "W",
    )
    assert fact.at == NOW - timedelta(seconds=30)


def test_power_now_of_the_site_sums_the_reporting_devices() -> None:
    found = sheet("what is the total power right now?")
    assert told(found) == [(None, 1592.0)]  # 90 + 1500 + 2; the dryer is silent
    context = [fact for index, fact in enumerate(found.facts) if index not in found.required]
    assert [(fact.quantity, fact.value) for fact in context] == [
        (Relation.COUNT, 3.0),
        (Quantity.POWER, 1500.0),
    ]


def test_power_now_of_a_silent_device_is_stale_with_when_it_was_seen() -> None:
    found = sheet("how much is the dryer using right now?")
    assert found.refusal is Refusal.STALE
    assert found.detail == ("Tumble dryer", (NOW - timedelta(hours=2)).isoformat())


@pytest.mark.parametrize(("age_s", "stale"), [(899, False), (901, True)])
def test_device_counts_as_reporting_for_fifteen_minutes(age_s: float, stale: bool) -> None:
    found = sheet("fridge power now", [status(1, 90.0, age_s=age_s)])
    assert (found.refusal is Refusal.STALE) == stale


def test_slow_device_counts_as_reporting_for_its_own_longest_gap() -> None:
    slow = replace(status(1, 90.0, age_s=3000), max_sample_period_s=3600.0)
    assert told(sheet("fridge power now", [slow])) == [("Fridge", 90.0)]


def test_energy_of_the_site_is_the_sum_of_the_devices() -> None:
    found = sheet("how much energy did we use?")
    assert told(found) == [(None, 10000.0)]
    assert required(found)[0].samples == 3 * 1440


def test_average_of_the_site_is_the_sum_of_the_averages() -> None:
    assert told(sheet("average power of the whole house")) == [(None, 410.0)]


def test_ranking_gives_places_total_and_share_of_the_first() -> None:
    found = sheet("top 2 consumers")
    assert told(found) == [("Heat pump", 6000.0), ("Washing machine", 3000.0)]
    assert [fact.rank for fact in required(found)] == [1, 2]
    assert [fact.value for fact in found.facts[2:]] == [10000.0, 60.0]


def test_ranking_from_the_low_end_begins_with_the_least() -> None:
    assert told(sheet("which device used the least energy?")) == [("Fridge", 1000.0)]


def test_ranking_right_now_uses_latest_readings_of_reporting_devices() -> None:
    assert told(sheet("which 3 devices draw the least right now?")) == [
        ("Washing machine", 2.0), ("Fridge", 90.0), ("Heat pump", 1500.0),
    ]  # fmt: skip


def test_share_is_of_the_energy_of_all_devices() -> None:
    found = sheet("what share of the total is the washing machine?")
    assert told(found) == [("Washing machine", 30.0)]


def test_compare_gives_both_in_the_order_asked_and_the_difference_of_the_larger() -> None:
    found = sheet("did the fridge use more than the heat pump?")
    assert told(found) == [("Fridge", 1000.0), ("Heat pump", 6000.0), ("Heat pump", 5000.0)]
    assert required(found)[2].statistic is Relation.DIFFERENCE
    assert found.facts[3].value == 6.0


def test_peak_carries_its_moment() -> None:
    (fact,) = required(sheet("peak of the heat pump"))
    assert (fact.value, fact.at) == (750.0, AT)


def test_peak_without_a_device_names_the_one_with_the_highest_reading() -> None:
    assert told(sheet("what was the highest power yesterday")) == [("Heat pump", 750.0)]


def test_power_factor_of_the_site_is_the_ratio_of_the_sums() -> None:
    # Sums of P are 800, 1600, 2400 W over 1000 VA each.
    assert told(sheet("power factor of the house")) == [(None, 4800.0 / 3000.0)]


def test_thd_of_a_device_is_its_mean_with_the_highest_as_context() -> None:
    found = sheet("thd of the heat pump")
    assert told(found) == [("Heat pump", 10.0)]
    assert found.facts[1].value == 50.0


def test_voltage_of_the_site_is_the_mean_of_all_readings() -> None:
    # 231, 232 and 233 V with equally many readings.
    assert told(sheet("what was the voltage?")) == [(None, 232.0)]


def test_state_is_a_text_with_the_power_as_context() -> None:
    found = sheet("what is the heat pump doing?")
    assert told(found) == [("Heat pump", "heating")]
    assert found.facts[1].value == 1500.0


def test_active_devices_are_those_with_readings_in_the_window() -> None:
    found = sheet("which devices are active?")
    assert told(found) == [(None, 3.0), ("Heat pump", 250.0), ("Washing machine", 120.0), ("Fridge", 40.0)]


def test_running_devices_now_leave_out_standby_and_silent_ones() -> None:
    assert told(sheet("what is running right now?")) == [(None, 2.0), ("Heat pump", 1500.0), ("Fridge", 90.0)]


def test_inventory_counts_and_names_all_devices() -> None:
    found = told(sheet("which devices do you know?"))
    assert found == [(None, 4.0), *((device.name, 1.0) for device in CATALOG_4)]


def test_window_without_readings_is_empty_and_says_what_there_is() -> None:
    found = sheet("how much energy did the dryer use?")
    assert found.refusal is Refusal.EMPTY_WINDOW
    assert found.detail[:2] == ("Tumble dryer", "in the last 24 hours")
    assert datetime.fromisoformat(found.detail[2]) == NOW - timedelta(days=9)
    assert sheet("how much energy did we use in 2020-01-01?", by={}).refusal is Refusal.EMPTY_WINDOW


def test_quantity_without_values_is_not_recorded() -> None:
    bare = {1: without(stats(1, 10.0, 1.0), ("thd", MEAN))}
    found = sheet("thd of the fridge", by=bare)
    assert (found.refusal, found.detail) == (Refusal.NOT_RECORDED, ("thd", "Fridge"))


def test_single_reading_covers_no_time_and_has_no_energy() -> None:
    bare = {1: without(stats(1, 0.0, 1.0), ("energy", SUM), ("duration", SUM))}
    assert sheet("how much energy did the fridge use?", by=bare).refusal is Refusal.NOT_RECORDED


def test_no_devices_at_all_is_no_data() -> None:
    assert sheet("how much energy did we use?", [], {}).refusal is Refusal.NO_DATA


def test_declined_question_keeps_its_reason_and_gets_no_facts() -> None:
    found = sheet("turn off the fridge")
    assert (found.refusal, found.facts, found.required) == (Refusal.CONTROL, (), ())
    assert len(found.known_devices) == 4
