"""Hand-written sentences for every shape of answer, over results that the executor computes from readings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Finding, Findings
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.execution.site import Site, load_site
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot
from api_service.assistant.rendering.results.refusals import refused_text
from api_service.assistant.rendering.results.say import compose_answer
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.analysis.calendar.periods import Recurrence, Term, TimeFilter
from api_service.metering.analysis.conditions import Limit
from api_service.metering.analysis.prices import Prices, Tariff
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.reading_oracle import START, Row, block

# Every ten minutes from 10 to 12 March 2026 (UTC). The oven takes 2 kW from 12:00 to 13:00 each day and
# nothing else; the fridge 50 W, at 229 V but for one reading; the lamps are silent since 01:00 of the 10th.
DAY_S = 86_400
MOMENT = Moment(START + timedelta(days=2), ZoneInfo("UTC"))
SUBJECTS = [Subject(name, (number,)) for number, name in enumerate(("Oven", "Fridge", "Lamps"), 1)]
DEVICES = tuple(DeviceRef(subject.clusters[0], subject.name) for subject in SUBJECTS)
NIGHT = TimeFilter((Term((Recurrence(22 * 3600, 6 * 3600),)),))
PRICES = Prices("EUR", (Tariff(START.date(), 0.25, ()),))


def household() -> list[Row]:
    rows = []
    for at in range(0, 2 * DAY_S + 1, 600):
        bakes = 12 * 3600 <= at % DAY_S < 13 * 3600
        rows.append(Row(at, 1, 2000.0 if bakes else 0.0, "baking" if bakes else "off", thd=2.0))
        sags = at == DAY_S + 7200
        rows.append(Row(at, 2, 50.0, "on", apparent_power=0.0625, thd=8.0, voltage=205.0 if sags else 229.0))
    rows.extend(Row(at, 3, 40.0, "lamp") for at in range(0, 3601, 600))
    return rows


@pytest.fixture
async def stored(sessions: SessionFactory) -> SessionFactory:
    async with transaction(sessions) as session:
        await write_readings(session, block(household(), {1: "Oven", 2: "Fridge", 3: "Lamps"}))
        await refresh_periods(session, [1, 2, 3])
    return sessions


def day(number: int, label: str) -> TimeValue:
    start = START + timedelta(days=number)
    return TimeValue((Window(start, start + timedelta(days=1), label),))


# Slots: 0 the day before yesterday, 1 yesterday, 2 oven, 3 fridge, 4 lamps, 5 a number, 6 two, 7 at night.
TIMES = {
    Slot(0): day(0, "on Tuesday 10 March"),
    Slot(1): day(1, "yesterday"),
    Slot(8): day(5, "on Sunday 15 March"),
}


async def say(sessions: SessionFactory, linear: str, number: float = 0.0, state: str = "") -> str:
    query = parse(linear.replace("<", "<extra_id_"))
    assert isinstance(query, Query)
    bindings = Bindings(
        devices={Slot(2): SUBJECTS[0], Slot(3): SUBJECTS[1], Slot(4): SUBJECTS[2]},
        times=TIMES,
        hours={Slot(7): NIGHT},
        numbers={Slot(5): number, Slot(6): 2.0},
        states={Slot(9): state},
        limits={"voltage": Limit(207, 253, closed=True), "thd": Limit(0, 8, closed=True)},
    )
    async with snapshot(sessions) as session:
        site = replace(await load_site(session, MOMENT), prices=PRICES)
        try:
            result = await execute(session, query, bindings, site)
        except CannotAnswer as found:
            return refused_text(found.refused, MOMENT, DEVICES)
    return compose_answer(Findings(query, (Finding(query, bindings, result),), MOMENT, DEVICES))


# The lamps have no readings of that day: two of three devices are covered.
THIN = " The readings cover 67 % of that time."
SILENT = " There is no current reading of the lamps."
ENERGY_OF_TWO = "the oven (2.00 kWh) and the fridge (1.20 kWh)"
SENTENCES: Mapping[str, str] = {
    # one value
    "value energy these <2> in <1>": "The oven used 2.00 kWh yesterday.",
    "value energy in <1>": "The whole site used 3.20 kWh yesterday." + THIN,
    "value power these <3> in <1>": "The fridge drew 50 W on average yesterday.",
    "value power latest these <3>": "The fridge is drawing 50 W right now.",
    "value power max these <2> in <1>": "The power of the oven peaked at 2.00 kW yesterday, at 12:00.",
    "value voltage min in <1>": "The lowest voltage was 205.0 V yesterday, at 02:00." + THIN,
    "value voltage latest": "The voltage is 229.0 V right now." + SILENT,
    "value thd these <3>": "The average THD of the fridge was 8.0 % in the last 24 hours.",
    "value power_factor these <3> in <1>": "The average power factor of the fridge was 0.80 yesterday.",
    "value cost these <2> in <1>": "The electricity for the oven cost \u20ac0.50 yesterday.",
    "value on_time these <2> in <1>": "The oven was on for 1 h yesterday.",
    "value on_time max these <2> in <1>": (
        "The longest run of the oven yesterday lasted 1 h, from 12:00 to 13:00."
    ),
    "value switch_ons these <2> in <1>": "The oven was switched on once yesterday.",
    "value switch_ons these <3> in <1>": "The fridge was not switched on yesterday.",
    "value samples these <2> in <1>": "The oven had 144 readings yesterday.",
    "value coverage these <4> in <0>": (
        "The readings of the lamps cover 4.2 % of the time on Tuesday 10 March."
    ),
    "value energy mean per day these <2> ever": (
        "The average energy per day of the oven was 2.00 kWh in the whole record."
    ),
    "value duration where voltage below <5> in <1>": "The voltage was below 210 V for 10 min yesterday."
    + THIN,
    "value voltage count where below <5> in <1>": (
        "It happened once yesterday that the voltage was below 210 V." + THIN
    ),
    "value energy these <3> where during <7> in <1>": (
        "The fridge used 400 Wh yesterday between 22:00 and 06:00."
    ),
    # several devices
    "value energy these <2> <3> in <1>": f"The energy yesterday: {ENERGY_OF_TWO}; 3.20 kWh in total.",
    "list energy in <1>": f"The energy by device yesterday: {ENERGY_OF_TWO}; 3.20 kWh in total.",
    "list energy most limit <6> in <1>": f"The energy by device yesterday, highest first: {ENERGY_OF_TWO}.",
    # a ranking's winner
    "which energy most in <1>": "The oven used the most energy yesterday: 2.00 kWh.",
    "which energy least in <1>": "The fridge used the least energy yesterday: 1.20 kWh.",
    "which power latest most": "The fridge is drawing the most power right now: 50 W." + SILENT,
    "which thd most in <1>": "The fridge had the highest average THD yesterday: 8.0 %.",
    "when energy per day most ever": (
        "In the whole record, the whole site used the most energy on Tuesday 10 March: 3.24 kWh. "
        "The readings cover "
        "68 % of that time."
    ),
    "when energy per hour_of_day these <2> most in <1>": (
        "Yesterday, the oven used the most energy between 12:00 and 13:00: 1.83 kWh."
    ),
    # moments and runs
    "when power max these <2> in <1>": (
        "The highest power of the oven yesterday was reached at 12:00: 2.00 kW."
    ),
    "when state last these <2> where on": (
        "The last time that the oven was on was yesterday from 12:00 to 13:00."
    ),
    "when state these <2> where on in <1>": "Yesterday, the oven was on once, from 12:00 to 13:00.",
    "when state these <2> where on ever": (
        "The oven was on twice in the whole record: on Tuesday 10 March from 12:00 to 13:00 and "
        "yesterday from "
        "12:00 to 13:00."
    ),
    "when voltage where below <5> in <1>": (
        "Yesterday, the voltage was below 210 V once, from 02:00 to 02:10."
    ),
    "when last_seen these <4>": "The last reading of the lamps came on Tuesday 10 March at 01:00.",
    # comparisons and relations
    "compare energy these <2> <3> in <1>": (
        "The oven used more energy than the fridge yesterday: 2.00 kWh against 1.20 kWh, a "
        "difference of 800 Wh."
    ),
    "compare voltage min in <0> <1>": (
        "The lowest voltage was higher on Tuesday 10 March than yesterday: 229.0 V against 205.0 "
        "V, a difference of "
        "24.0 V." + THIN
    ),
    "compare energy these <2> in <0> <1>": (
        "The oven used the same amount of energy on Tuesday 10 March as yesterday: 2.00 kWh."
    ),
    "value energy these <3> <2> in <1> difference": (
        "The fridge used 800 Wh less energy than the oven yesterday: 1.20 kWh against 2.00 kWh."
    ),
    "value energy these <2> <3> in <1> ratio": (
        "The oven used 1.67 times as much energy as the fridge yesterday: 2.00 kWh against 1.20 kWh."
    ),
    "value energy these <2> in <1> share": (
        "The oven used 62 % of the total energy yesterday: 2.00 kWh of 3.20 kWh." + THIN
    ),
    # yes or no
    "whether voltage where below <5> in <1>": (
        "Yes, the voltage was below 210 V yesterday; the lowest was 205.0 V, at 02:00." + THIN
    ),
    "whether voltage where below <5> in <0>": (
        "No, the voltage was never below 210 V on Tuesday 10 March; the lowest was 229.0 V."
    ),
    "whether energy these <2> having above <6> in <1>": (
        "Yes, the oven used 2.00 kWh yesterday, more than 2 Wh."
    ),
    "whether state these <2> where on": "No, the oven is not on: the state is off.",
    "whether state these <3> where on": "Yes, the fridge is on.",
    "whether state every these <3> where off": "No, the fridge is not off.",
    "whether state every these <2> <3> where off": "No, only 1 device is off.",
    "whether state these <2> where on in <1>": "Yes, the oven was on yesterday (state \u201cbaking\u201d).",
    "whether energy these <2> <3> in <1> more": (
        "Yes, the oven used more energy than the fridge yesterday: 2.00 kWh against 1.20 kWh."
    ),
    "whether energy these <3> <2> in <1> more": (
        "No, the fridge used less energy than the oven yesterday: 1.20 kWh against 2.00 kWh."
    ),
    "whether last_seen these <4> where silent": (
        "Yes, the lamps are silent: the last reading came on Tuesday 10 March at 01:00."
    ),
    # counts and names
    "how_many thd having above <5> in <1>": "None of the 2 devices had an average THD above 210 % yesterday.",
    "how_many energy having above <6> in <1>": (
        f"Both devices used more than 2 Wh yesterday: {ENERGY_OF_TWO}."
    ),
    "how_many state where on": "1 of 3 devices is on: the fridge." + SILENT,
    "how_many state per day these <2> where on ever": (
        "In the whole record, the oven was on at some time on both days: on Tuesday 10 March and yesterday."
    ),
    "when energy per weekday most": (
        "In the whole record, the whole site used the most energy on Tuesdays: 3.24 kWh."
        + " The readings cover 68 % of that time."
    ),
    "value energy mean per day these <2>": (
        "The average energy per day of the oven was 2.00 kWh in the whole record."
    ),
    "which state where on": "The fridge is on." + SILENT,
    "which last_seen where silent": (
        "The lamps are silent: the last reading came on Tuesday 10 March at 01:00."
    ),
    # state, nothing, no data
    "value state these <2>": "The oven is off.",
    "value state these <4>": (
        "I have no current reading of the lamps. The last one came on Tuesday 10 March at 01:00."
    ),
    "list voltage these <2> in <1>": "The readings of the oven hold no voltage, so I can't answer that.",
    "value energy in <8>": (
        "I can only speak about what has been measured, not about the future. The time that you "
        "ask for begins on "
        "Sunday 15 March at 00:00."
    ),
    "value energy these <4> in <1>": (
        "There are no readings of the lamps yesterday. The first one came on Tuesday 10 March at "
        "00:00, the latest "
        "on Tuesday 10 March at 01:00."
    ),
    "compare energy in <1> usual": (
        "I can't tell yet what is usual: that takes readings of the same time in at least two of "
        "the four weeks "
        "before. The first reading came on Tuesday 10 March at 00:00."
    ),
}


async def test_every_shape_is_said_as_a_person_would_say_it(stored: SessionFactory) -> None:
    found = {linear: await say(stored, linear, number=210.0) for linear in SENTENCES}
    wrong = [f"{key}: {text}\n" for key, text in found.items() if text != SENTENCES[key]]
    assert not wrong, "".join(wrong)


async def test_a_value_beside_its_limit_is_written_with_a_digit_more(stored: SessionFactory) -> None:
    assert await say(stored, "which voltage min these <2> <3> having above <5> in <0>", number=228.96) == (
        "The fridge had a lowest voltage above 228.96 V on Tuesday 10 March: 229.00 V, at 00:00."
    )


async def test_a_profile_is_a_list_of_periods_with_its_ends(stored: SessionFactory) -> None:
    text = await say(stored, "list energy per hour_of_day these <2> in <1>")
    assert text.startswith(
        "The energy of the oven by hour of the day yesterday: 00:00 (0 Wh), 01:00 (0 Wh), "
    )
    assert text.endswith(
        "It was highest between 12:00 and 13:00 (1.83 kWh) and lowest between 00:00 and 01:00 (0 Wh)."
    )


async def test_alike_names_are_told_apart(stored: SessionFactory) -> None:
    query = parse("value energy these <extra_id_2>")
    assert isinstance(query, Query)
    bindings = Bindings(devices={Slot(2): SUBJECTS[0]})
    async with snapshot(stored) as session:
        site: Site = await load_site(session, MOMENT)
        result = await execute(session, query, bindings, site)
    devices = (*DEVICES, DeviceRef(9, "oven"))
    text = compose_answer(Findings(query, (Finding(query, bindings, result),), MOMENT, devices))
    assert text == "The oven (cluster 1) used 2.00 kWh in the last 24 hours."
