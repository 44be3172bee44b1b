"""A state over a span, a level at a moment, the least of what is complete: worked out by hand.

Every ten minutes on 10 and 11 March 2026 (UTC). The oven bakes at 2 kW from 12:00 to 13:00 on both days and
its readings from 06:10 to 09:50 of the 11th are missing. The fridge draws 50 W and is on all the time. The TV
is in standby (1 W) but for 20:00 to 21:00 of the 10th (100 W).
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Finding, Findings, Result
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer, Reason
from api_service.assistant.execution.site import load_site
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot
from api_service.assistant.rendering.results.say import compose_answer
from api_service.assistant.types import Moment, Window
from api_service.assistant.verification.claims.verify import verify
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.reading_oracle import START, Row, block

DAY_S, HOUR_S = 86_400, 3600
NOW = Moment(START + timedelta(days=2), ZoneInfo("UTC"))
NAMES = {1: "Oven", 2: "Fridge", 3: "TV"}


def household() -> list[Row]:
    rows = []
    for at in range(0, 2 * DAY_S + 1, 600):
        bakes = 12 * HOUR_S <= at % DAY_S < 13 * HOUR_S
        is_missing = DAY_S + 6 * HOUR_S < at < DAY_S + 10 * HOUR_S
        plays = 20 * HOUR_S <= at < 21 * HOUR_S
        if not is_missing:
            rows.append(Row(at, 1, 2000.0 if bakes else 20.0, "baking" if bakes else "off"))
        rows.append(Row(at, 2, 50.0, "on"))
        rows.append(Row(at, 3, 100.0 if plays else 1.0, "on" if plays else "standby"))
    return rows


@pytest.fixture
async def stored(sessions: SessionFactory) -> SessionFactory:
    async with transaction(sessions) as session:
        await write_readings(session, block(household(), NAMES))
        await refresh_periods(session, [1, 2, 3])
    return sessions


def day(number: int) -> TimeValue:
    start = START + timedelta(days=number)
    return TimeValue((Window(start, start + timedelta(days=1), f"on day {number}"),))


def moment(seconds: int) -> TimeValue:
    start = START + timedelta(seconds=seconds)
    return TimeValue((Window(start, start + timedelta(minutes=15), "then"),), is_moment=True)


async def ask(sessions: SessionFactory, text: str, at: int = 0) -> tuple[Result, str]:
    """The result and the answer; slots 0 and 1 are the days, 2 the moment, 3 to 5 oven, fridge and TV."""
    query = parse(text.replace("<", "<extra_id_"))
    assert isinstance(query, Query)
    devices = {Slot(2 + cluster): Subject(name, (cluster,)) for cluster, name in NAMES.items()}
    bindings = Bindings(devices, {Slot(0): day(0), Slot(1): day(1), Slot(2): moment(at)})
    async with snapshot(sessions) as session:
        result = await execute(session, query, bindings, await load_site(session, NOW))
    findings = Findings(query, (Finding(query, bindings, result),), NOW)
    answer = compose_answer(findings)
    assert verify(answer, findings).supported
    return result, answer


async def test_off_over_a_span_is_off_all_of_it(stored: SessionFactory) -> None:
    result, answer = await ask(stored, "whether state every these <5> where off in <1>")
    assert result.verdict is True
    assert answer == "Yes, the TV was off all the time on day 1."
    result, answer = await ask(stored, "whether state every these <5> where off in <0>")
    assert result.verdict is False
    (row,) = result.rows
    assert (row.measure, row.value) == ("on_time", 3600.0)
    assert answer == "No, the TV was on for 1 h on day 0 (switched on once)."


async def test_off_at_some_time_stays_any_reading(stored: SessionFactory) -> None:
    result, _ = await ask(stored, "whether state these <5> where off in <0>")
    assert result.verdict is True
    result, _ = await ask(stored, "whether state these <4> where off in <0>")
    assert result.verdict is False


async def test_on_over_a_span_stays_at_some_time(stored: SessionFactory) -> None:
    assert (await ask(stored, "whether state these <5> where on in <0>"))[0].verdict is True
    assert (await ask(stored, "whether state these <5> where on in <1>"))[0].verdict is False


async def test_what_is_off_over_a_span_never_ran(stored: SessionFactory) -> None:
    result, answer = await ask(stored, "which state where off in <1>")
    assert [row.subject.name for row in result.rows] == ["TV"]
    assert answer == "The TV was not on at any time on day 1."
    result, _ = await ask(stored, "how_many state where off in <0>")
    assert result.count == 0
    result, _ = await ask(stored, "when state per day these <5> where off ever")
    assert [row.start for row in result.rows][:1] == [START + timedelta(days=1)]


async def test_off_of_several_names_those_that_ran(stored: SessionFactory) -> None:
    result, answer = await ask(stored, "whether state every where off in <1>")
    assert result.verdict is False
    assert [(row.subject.name, row.value) for row in result.rows] == [("Oven", 3600.0), ("Fridge", 86400.0)]
    assert answer.startswith("No, 2 of 3 devices were on at some time on day 1: ")


@pytest.mark.parametrize(
    ("at", "value"),
    [(12 * HOUR_S, 2000.0), (12 * HOUR_S + 240, 2000.0), (12 * HOUR_S - 240, 2000.0), (0, 20.0)],
)
async def test_a_level_at_a_moment_is_the_nearest_reading(
    stored: SessionFactory, at: int, value: float
) -> None:
    result, _ = await ask(stored, "value power these <3> in <2>", at)
    (row,) = result.rows
    assert row.value == value


async def test_a_moment_says_the_time_of_a_reading_that_is_another_minutes(stored: SessionFactory) -> None:
    _, answer = await ask(stored, "value power these <3> in <2>", DAY_S + 12 * HOUR_S)
    assert answer == "The oven drew 2.00 kW yesterday at 12:00."
    _, answer = await ask(stored, "value power these <3> in <2>", DAY_S + 12 * HOUR_S + 240)
    assert answer == "The oven drew 2.00 kW yesterday at 12:04, by the reading yesterday at 12:00."


async def test_the_site_at_a_moment_is_the_sum_and_says_who_is_missing(stored: SessionFactory) -> None:
    result, answer = await ask(stored, "value power in <2>", 20 * HOUR_S)
    assert result.rows[0].value == 20 + 50 + 100
    assert "Only" not in answer
    result, answer = await ask(stored, "value power in <2>", DAY_S + 8 * HOUR_S)
    assert result.rows[0].value == 50 + 1
    assert answer.endswith("Only 2 of 3 devices had a reading near that moment.")


async def test_a_limit_at_a_moment_is_one_of_the_sum(stored: SessionFactory) -> None:
    result, _ = await ask(stored, "which state where on in <2>", 20 * HOUR_S)
    assert [row.subject.name for row in result.rows] == ["Fridge", "TV"]
    result, answer = await ask(stored, "whether state these <5> where off in <2>", 20 * HOUR_S)
    assert result.verdict is False
    assert answer.startswith("No, the TV was not off on ")


async def test_a_moment_in_a_gap_has_no_value(stored: SessionFactory) -> None:
    with pytest.raises(CannotAnswer) as raised:
        await ask(stored, "value power these <3> in <2>", DAY_S + 8 * HOUR_S)
    assert raised.value.refused.reason is Reason.EMPTY_WINDOW


async def test_the_least_load_of_the_site_is_not_that_of_a_gap(stored: SessionFactory) -> None:
    result, _ = await ask(stored, "value power min in <1>")
    assert result.rows[0].value == 20 + 50 + 1


async def test_the_least_of_the_days_is_that_of_a_complete_one(stored: SessionFactory) -> None:
    result, answer = await ask(stored, "when energy per day these <3> least ever")
    assert result.rows[0].start == START
    assert result.incomplete == 1
    assert "Only complete days count" in answer
    result, answer = await ask(stored, "when energy per day these <4> most ever")
    assert result.incomplete == 0
    assert "Only complete days count" not in answer


async def test_the_share_of_a_condition_is_of_the_devices_own(stored: SessionFactory) -> None:
    """23 h at 1 W of 23 Wh and one hour at 100 W, with ramps of ten minutes on either side."""
    result, answer = await ask(stored, "value energy these <5> where off in <0> share")
    part, whole = (cell.number for cell in result.context)
    assert whole < 200
    assert result.rows[0].value == pytest.approx(100 * part / whole)
    assert "of the energy of the TV" in answer
