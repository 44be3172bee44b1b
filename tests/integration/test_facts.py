"""Facts collected from a real database, against numbers worked out by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api_service.assistant.execution.facts import collect_facts
from api_service.assistant.types import AnswerFacts, DeviceRef, Moment, Refusal
from api_service.assistant.understanding.understand import understand
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import ReadingBlock
from api_service.repositories.reading_repository import write_readings

MADRID = ZoneInfo("Europe/Madrid")
# Sunday 29 March 2026, the day of 23 hours, at noon in Madrid.
NOW = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
MOMENT = Moment(NOW, MADRID)
CATALOG = (DeviceRef(1, "Fridge"), DeviceRef(2, "Oven"))


def readings(cluster: int, name: str, watts: list[float], first: datetime, step: timedelta) -> ReadingBlock:
    n = len(watts)
    start_us = int(first.timestamp() * 1e6)
    return ReadingBlock(
        timestamp_us=start_us + np.arange(n, dtype=np.int64) * int(step.total_seconds() * 1e6),
        cluster=np.full(n, cluster, dtype=np.int64),
        values={
            "real_power_watt": np.array(watts),
            "apparent_power": np.array(watts) / 1000 / 0.8,
            "thd": np.full(n, 10.0 * cluster),
        },
        device_state=["on" if w > 5 else "off" for w in watts],
        device_name={cluster: name},
    )


@pytest.fixture
async def household(sessions: SessionFactory) -> SessionFactory:
    """The fridge at a constant 100 W, every 10 minutes from 28 March 00:00 (Madrid) to now; the oven, the
    same until 28 March 20:00, at 2,000 W from 18:00 on and 0 W before.
    """
    begin = datetime(2026, 3, 27, 23, tzinfo=UTC)
    step = timedelta(minutes=10)
    fridge = [100.0] * (int((NOW - begin) / step) + 1)
    oven = [2000.0 if index * step >= timedelta(hours=18) else 0.0 for index in range(20 * 6 + 1)]
    async with transaction(sessions) as session:
        await write_readings(session, readings(1, "Fridge", fridge, begin, step))
        await write_readings(session, readings(2, "Oven", oven, begin, step))
    return sessions


async def answer(sessions: SessionFactory, text: str) -> AnswerFacts:
    question = understand(text, [], CATALOG, MOMENT)
    async with snapshot(sessions) as session:
        return await collect_facts(session, question, MOMENT)


async def told(sessions: SessionFactory, text: str) -> list[float | str]:
    sheet = await answer(sessions, text)
    assert sheet.refusal is None
    return [sheet.facts[index].value for index in sheet.required]


async def test_collect_energy_of_yesterday_is_the_integral(household: SessionFactory) -> None:
    # 100 W for 24 h; the fridge alone goes on today.
    assert await told(household, "How much energy did the fridge use yesterday?") == pytest.approx([2400.0])
    # The ramp from 0 to 2,000 W over 10 minutes is 166.67 Wh, then 2 hours at 2,000 W.
    assert await told(household, "How much energy did the oven use yesterday?") == pytest.approx(
        [4000 + 500 / 3]
    )
    assert await told(household, "Total energy yesterday?") == pytest.approx([6400 + 500 / 3])


async def test_collect_energy_of_today_counts_the_hours_that_were(household: SessionFactory) -> None:
    # From 00:00 to 12:00 the clocks skipped an hour: 11 hours at 100 W.
    assert await told(household, "How much energy did the fridge use today?") == pytest.approx([1100.0])


async def test_collect_average_is_the_mean_of_the_readings(household: SessionFactory) -> None:
    # Of 121 readings 13 (18:00 to 20:00) are 2,000 W.
    assert await told(household, "average power of the oven yesterday") == pytest.approx([13 * 2000 / 121])


async def test_collect_share_reads_the_other_devices_too(household: SessionFactory) -> None:
    oven = 4000 + 500 / 3
    assert await told(household, "What share of the total was the oven yesterday?") == pytest.approx(
        [100 * oven / (oven + 2400)]
    )


async def test_collect_power_factor_is_the_ratio_of_sums(household: SessionFactory) -> None:
    assert await told(household, "power factor of the fridge yesterday") == pytest.approx([0.8])


async def test_collect_now_reads_the_latest_and_refuses_the_silent(household: SessionFactory) -> None:
    assert await told(household, "how much power is the fridge using right now") == [100.0]
    assert await told(household, "what is the total power right now") == [100.0]
    assert (await answer(household, "is the oven on?")).refusal is Refusal.STALE


async def test_collect_empty_window_and_unknown_device_give_no_facts(household: SessionFactory) -> None:
    assert (await answer(household, "oven energy today")).refusal is Refusal.EMPTY_WINDOW
    assert (await answer(household, "energy on 3 January 2019")).refusal is Refusal.EMPTY_WINDOW
    unknown = await answer(household, "how much did the sauna use yesterday")
    assert (unknown.refusal, unknown.facts) == (Refusal.UNKNOWN_DEVICE, ())
    assert unknown.known_devices == CATALOG


async def test_collect_from_an_empty_database_is_no_data(sessions: SessionFactory) -> None:
    assert (await answer(sessions, "how much energy did we use yesterday")).refusal is Refusal.NO_DATA
