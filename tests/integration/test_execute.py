"""Answers whose numbers are worked out by hand, one of each form, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.cells import Result, Role
from api_service.assistant.execution.execute import execute
from api_service.assistant.execution.refusals import CannotAnswer, Reason, Refused
from api_service.assistant.execution.site import load_site
from api_service.assistant.execution.summary import summarise
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import Query, Slot, Summary
from api_service.assistant.types import Moment, Window
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.analysis.conditions import Limit
from api_service.models import Device
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.reading_oracle import START, Row, block

# Every ten minutes on 10 and 11 March 2026 (UTC). The oven takes 2 kW from 12:00 to 13:00 each day and
# nothing else; the fridge 50 W, at 229 V but for one reading; the lamp is silent since 01:00 of the 10th.
DAY_S = 86_400
NOW = START + timedelta(days=2)
OVEN, FRIDGE, LAMP = (Subject(name, (n,)) for n, name in enumerate(("Oven", "Fridge", "Lamp"), 1))


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
        await write_readings(session, block(household(), {1: "Oven", 2: "Fridge", 3: "Lamp"}))
        await refresh_periods(session, [1, 2, 3])
    return sessions


def day(number: int) -> TimeValue:
    start = START + timedelta(days=number)
    return TimeValue((Window(start, start + timedelta(days=1), f"day {number}"),))


async def ask(
    sessions: SessionFactory, text: str, now: datetime = NOW, zone: str = "UTC", **bound: object
) -> Result:
    """The answer of a linear query; slot 0 is the first day, 1 the second, 2 the oven, 3 the fridge."""
    query = parse(text.replace("<", "<extra_id_"))
    assert isinstance(query, Query)
    bindings = Bindings(
        devices={Slot(2): OVEN, Slot(3): FRIDGE, Slot(4): LAMP},
        times={Slot(0): day(0), Slot(1): day(1), Slot(7): day(-9), Slot(8): day(5)},
        numbers={Slot(5): float(bound.get("number", 0.0)), Slot(6): 2.0},  # type: ignore[arg-type]
        limits={"voltage": Limit(207, 253, closed=True), "thd": Limit(0, 8, closed=True)},
    )
    async with snapshot(sessions) as session:
        site = await load_site(session, Moment(now, ZoneInfo(zone)))
        return await execute(session, query, bindings, site)


async def refused(sessions: SessionFactory, text: str, now: datetime = NOW) -> Refused:
    with pytest.raises(CannotAnswer) as raised:
        await ask(sessions, text, now)
    return raised.value.refused


async def test_value_energy_of_a_device_on_a_day_with_its_evidence(stored: SessionFactory) -> None:
    # 50 minutes at 2 kW, and a ramp of ten minutes up and one down: 2 kWh.
    (cell,) = (await ask(stored, "value energy these <2> in <0>")).rows
    assert cell.number == pytest.approx(2000)
    assert (cell.subject, cell.unit, cell.samples, cell.coverage) == (OVEN, "Wh", 144, 1)
    assert (cell.start, cell.end) == (START, START + timedelta(days=1))


async def test_value_two_devices_come_one_by_one_with_their_total(stored: SessionFactory) -> None:
    result = await ask(stored, "value energy these <2> <3> in <0>")
    assert [cell.number for cell in result.rows] == pytest.approx([2000, 1200])
    (total,) = result.context
    assert (total.role, total.number) == (Role.TOTAL, pytest.approx(3200))


async def test_value_mean_power_of_the_site_adds_the_devices_means(stored: SessionFactory) -> None:
    (cell,) = (await ask(stored, "value power in <1>")).rows
    assert cell.number == pytest.approx(6 * 2000 / 144 + 50)  # the lamp was silent that day


async def test_when_power_max_of_the_site_is_the_first_moment_of_the_total(stored: SessionFactory) -> None:
    (cell,) = (await ask(stored, "when power max in <1>")).rows
    assert (cell.number, cell.at) == (2050, START + timedelta(days=1, hours=12))


async def test_when_an_extreme_from_rollups_has_its_moment_within_the_window(
    stored: SessionFactory,
) -> None:
    (cell,) = (await ask(stored, "when voltage min")).rows
    assert (cell.number, cell.at) == (205, START + timedelta(days=1, hours=2))
    (cell,) = (await ask(stored, "when power max these <2> in <1>")).rows
    assert cell.at == START + timedelta(days=1, hours=12)


async def test_whether_voltage_below_says_yes_with_its_witness_or_no_with_the_lowest(
    stored: SessionFactory,
) -> None:
    yes = await ask(stored, "whether voltage where below <5> in <1>", number=210)
    assert (yes.verdict, yes.rows[0].number, yes.rows[0].at) == (
        True, 205, START + timedelta(days=1, hours=2),
    )  # fmt: skip
    no = await ask(stored, "whether voltage where below <5> in <0>", number=210)
    assert (no.verdict, no.rows) == (False, ())
    assert [(cell.role, cell.number) for cell in no.context] == [(Role.WITNESS, 229)]


async def test_which_used_most_leaves_out_the_silent_one(stored: SessionFactory) -> None:
    (cell,) = (await ask(stored, "which energy most in <1>")).rows
    assert (cell.subject, cell.rank) == (OVEN, 1)


async def test_list_energy_per_hour_of_day_gathers_both_days(stored: SessionFactory) -> None:
    result = await ask(stored, "list energy per hour_of_day these <2> ever")
    by_hour = {cell.key: cell.number for cell in result.rows}
    # Up from 11:50, down from 12:50 to 13:00, on both days.
    assert by_hour[11] == pytest.approx(2 * 1000 / 6)
    assert by_hour[12] == pytest.approx(2 * (50 / 60 * 2000 + 1000 / 6))
    assert sum(by_hour.values()) == pytest.approx(4000)


async def test_value_mean_energy_per_day_and_how_many_days(stored: SessionFactory) -> None:
    (cell,) = (await ask(stored, "value energy mean per day these <2> ever")).rows
    assert cell.number == pytest.approx(2000)
    counted = await ask(stored, "how_many energy per day these <2> having above <5> ever", number=1500)
    assert counted.count == 2


async def test_on_time_from_states_its_longest_run_and_switch_ons(stored: SessionFactory) -> None:
    (total,) = (await ask(stored, "value on_time these <2> ever")).rows
    assert total.number == 2 * 3600
    (longest,) = (await ask(stored, "when on_time max these <2> ever")).rows
    assert (longest.number, longest.at) == (3600, START + timedelta(hours=12))
    (starts,) = (await ask(stored, "value switch_ons these <2> ever")).rows
    assert starts.number == 2


async def test_when_was_it_last_on_is_a_run(stored: SessionFactory) -> None:
    (run,) = (await ask(stored, "when state last these <2> where on")).rows
    start = START + timedelta(days=1, hours=12)
    assert (run.at, run.until, run.value) == (start, start + timedelta(hours=1), "baking")


async def test_share_difference_ratio_and_times(stored: SessionFactory) -> None:
    (share,) = (await ask(stored, "value energy these <2> in <1> share")).rows
    assert (share.unit, share.number) == ("%", pytest.approx(100 * 2000 / 3200))
    (difference,) = (await ask(stored, "value energy these <2> <3> in <1> difference")).rows
    assert difference.number == pytest.approx(800)
    (ratio,) = (await ask(stored, "value energy these <2> <3> in <1> ratio")).rows
    assert (ratio.unit, ratio.number) == ("", pytest.approx(2000 / 1200))
    (twice,) = (await ask(stored, "value energy these <3> in <1> times <6>")).rows
    assert twice.number == pytest.approx(2400)


async def test_whether_one_used_more_shows_both_sides(stored: SessionFactory) -> None:
    result = await ask(stored, "whether energy these <3> <2> in <1> more")
    assert result.verdict is False
    assert [cell.number for cell in result.rows] == pytest.approx([1200, 2000])


async def test_now_counts_fresh_devices_only(stored: SessionFactory) -> None:
    (power,) = (await ask(stored, "value power latest")).rows
    assert (power.number, power.at, power.samples) == (50, NOW, 2)
    running = await ask(stored, "which state where on")
    assert [cell.subject for cell in running.rows] == [FRIDGE]
    silent = await ask(stored, "which last_seen where silent")
    assert [(cell.subject, cell.value) for cell in silent.rows] == [(LAMP, START + timedelta(hours=1))]


async def test_mains_total_and_rest(stored: SessionFactory) -> None:
    async with transaction(stored) as session:
        rows = [Row(600 * k, 9, 2500.0) for k in range(2 * 144 + 1)]
        await write_readings(session, block(rows, {9: "Mains"}))
        await refresh_periods(session, [9])
        await session.execute(update(Device).where(Device.cluster == 9).values(role="mains"))
    (total,) = (await ask(stored, "value energy in <1>")).rows
    assert total.number == pytest.approx(24 * 2500)
    (rest,) = (await ask(stored, "value energy rest in <1>")).rows
    assert rest.number == pytest.approx(24 * 2500 - 2000 - 1200)
    ranked = await ask(stored, "list energy most in <1>")
    assert [cell.subject.name for cell in ranked.rows] == ["Oven", "Fridge"]


async def test_groups_from_the_devices_table(stored: SessionFactory) -> None:
    assert (await refused(stored, "list energy per group in <1>")).reason is Reason.NO_GROUPS
    async with transaction(stored) as session:
        await session.execute(update(Device).where(Device.cluster < 3).values(groups=["kitchen"]))
    (kitchen,) = (await ask(stored, "list energy per group in <1>")).rows
    assert (kitchen.subject.name, kitchen.number) == ("kitchen", pytest.approx(3200))


async def test_refusals_are_true_and_say_what_there_is(stored: SessionFactory) -> None:
    empty = await refused(stored, "value energy these <2> in <7>")
    assert (empty.reason, empty.subject, empty.first, empty.last) == (
        Reason.EMPTY_WINDOW, "Oven", START, NOW,
    )  # fmt: skip
    assert (await refused(stored, "value energy in <8>")).reason is Reason.FUTURE
    unrecorded = await refused(stored, "value frequency these <3> in <1>")
    assert (unrecorded.reason, unrecorded.measure) == (Reason.NOT_RECORDED, "frequency")
    stale = await refused(stored, "value power latest these <4>")
    assert (stale.reason, stale.last) == (Reason.STALE, START + timedelta(hours=1))
    assert (await refused(stored, "value cost in <1>")).reason is Reason.NO_TARIFF
    assert (await refused(stored, "value energy rest in <1>")).reason is Reason.NO_MAINS
    assert (await refused(stored, "whether energy in <1> usual")).reason is Reason.NO_EARLIER


async def test_an_empty_database_has_no_data(sessions: SessionFactory) -> None:
    assert (await refused(sessions, "value energy in <1>")).reason is Reason.NO_DATA


async def test_days_follow_the_sites_zone(stored: SessionFactory) -> None:
    # In Auckland (+13) the oven's noon is one in the morning of the next day.
    result = await ask(stored, "list energy per day these <2> ever", zone="Pacific/Auckland")
    assert [round(cell.number) for cell in result.rows] == [0, 2000, 2000]


async def test_now_names_the_devices_that_are_silent(stored: SessionFactory) -> None:
    for text, readers in (("value power latest", 1), ("which power latest most", 2)):
        result = await ask(stored, text)
        assert [(r.reason, r.subject, r.last) for r in result.missing] == [
            (Reason.STALE, "Lamp", START + timedelta(hours=1))
        ]
        assert len(result.rows) <= readers
    named = await ask(stored, "value power latest these <3> <4>")
    assert [(r.reason, r.subject) for r in named.missing] == [(Reason.STALE, "Lamp")]
    assert (await ask(stored, "value power in <1>")).missing == ()


async def test_summary_of_use_and_of_quality(stored: SessionFactory) -> None:
    bindings = Bindings(limits={"voltage": Limit(207, 253, closed=True)})
    async with snapshot(stored) as session:
        site = await load_site(session, Moment(NOW, ZoneInfo("UTC")))
        use = await summarise(session, Summary(), bindings, site)
        quality = await summarise(session, Summary(quality=True), bindings, site)
    assert [part.query.measure for part in use] == ["energy", "energy", "power"]  # no tariff, nothing usual
    assert use[0].result.rows[0].number == pytest.approx(3200)
    assert [cell.subject for cell in use[1].result.rows] == [OVEN, FRIDGE]
    lowest = next(p for p in quality if p.query.measure == "voltage" and p.query.statistic == "min")
    assert lowest.result.rows[0].number == 205
    poor = next(p for p in quality if p.query.measure == "duration")
    assert poor.result.rows[0].number == 600


async def test_usual_weeks_and_unusual_day(sessions: SessionFactory) -> None:
    # 100 W on every day of five weeks, 300 W on the last.
    rows = [Row(600 * k, 1, 300.0 if k >= 34 * 144 else 100.0) for k in range(35 * 144 + 1)]
    async with transaction(sessions) as session:
        await write_readings(session, block(rows, {1: "Oven"}))
        await refresh_periods(session, [1])
    result = await ask(sessions, "whether energy these <2> usual more", START + timedelta(days=35))
    assert result.verdict is True
    usual = next(cell for cell in result.context if cell.role is Role.USUAL)
    assert (round(result.rows[0].number), usual.number) == (7200, pytest.approx(2400))


async def test_interval_meters_draw_steps_at_ragged_edges_too(sessions: SessionFactory) -> None:
    # Means of half hours, stamped at their start: 1 kW, 2 kW, 4 kW, again and again for a day.
    rows = [Row(1800 * k, 1, 1000.0 * 2 ** (k % 3)) for k in range(48)]
    readings = replace(block(rows, {1: "Oven"}), interval_us={1: 1800 * 1_000_000})
    async with transaction(sessions) as session:
        await write_readings(session, readings)
        await refresh_periods(session, [1])
    now = START + timedelta(minutes=75)
    window = Window(START + timedelta(minutes=15), START + timedelta(days=1), "")
    bindings = Bindings(devices={Slot(0): OVEN}, times={Slot(1): TimeValue((window,))})
    query = parse("value energy these <extra_id_0> in <extra_id_1>")
    assert isinstance(query, Query)
    async with snapshot(sessions) as session:
        site = await load_site(session, Moment(now, ZoneInfo("UTC")))
        (cell,) = (await execute(session, query, bindings, site)).rows
    # A quarter at 1 kW, half an hour at 2 kW, a quarter at 4 kW.
    assert cell.number == pytest.approx(250 + 1000 + 1000)


async def test_trend_is_the_slope_per_day_of_whole_days(sessions: SessionFactory) -> None:
    # Ten whole days, each 24 Wh more than the day before; a step at each midnight.
    rows = [Row(600 * k, 1, 100.0 + k // 144) for k in range(10 * 144)]
    async with transaction(sessions) as session:
        await write_readings(session, block(rows, {1: "Oven"}))
        await refresh_periods(session, [1])
    now = START + timedelta(days=10)
    (trend,) = (await ask(sessions, "value power trend these <2> ever", now)).rows
    assert (trend.unit, trend.number) == ("W/day", pytest.approx(1))
    assert (await ask(sessions, "whether power trend these <2> ever more", now)).verdict is True
