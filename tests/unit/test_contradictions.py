"""A reading that a word of the question speaks against is not sound."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.reading import ReaderOutput, read_output

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
CATALOG = Catalog((CatalogDevice(DeviceRef(1, "Washing machine")), CatalogDevice(DeviceRef(2, "Oven"))))


def unfounded(text: str, linear: str) -> tuple[str, ...]:
    return read_output(ReaderOutput(linear), mask(text, CATALOG, NOW), None).unfounded


@pytest.mark.parametrize(
    ("text", "linear", "part"),
    [
        ("how much in Q1", "forecast", "forecast"),
        ("how much did the oven use last week", "forecast", "forecast"),
        ("what share of the group's cost is the oven", "why", "why"),
        ("has the washing machine finished?", "whether state these <extra_id_0> where on", "on"),
        ("has the washing machine finished?", "control", "control"),
        ("give me the device list", "control", "control"),
        ("a list of every device you have, please", "control", "control"),
        ("was there a power cut this week", "advice", "advice"),
        ("is the oven off?", "whether state these <extra_id_0> where on", "on"),
        ("is the oven running?", "whether state these <extra_id_0> where off", "off"),
        ("which devices used nothing yesterday", "which state where on in <extra_id_0>", "on"),
        ("was the voltage low this week", "advice", "advice"),
        ("the electricity bill last month, how much was it", "other_quantity", "other_quantity"),
        ("energy per day last week, highest first", "when energy per day most in <extra_id_0>", "when"),
        ("which day was the best", "when energy per hour_of_day most", "hour_of_day"),
        ("kindly state the mean draw of the oven", "value power these <extra_id_0> where on", "on"),
        ("any voltage sags or swells?", "thanks", "thanks"),
        ("how much did the oven use yesterday", "off_topic", "off_topic"),
        ("oven power yesterday", "gibberish", "gibberish"),
        ("what is our base load", "explain base_load", "value"),
        ("how high did the oven go yesterday", "value energy these <extra_id_0> in <extra_id_1>", "sum"),
        ("how low did the voltage get yesterday", "value voltage in <extra_id_0>", "mean"),
    ],
)
def test_part_that_the_words_speak_against_is_unfounded(text: str, linear: str, part: str) -> None:
    assert part in unfounded(text, linear)


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("how much tomorrow", "forecast"),
        ("how much will it be in Q1", "forecast"),
        ("are we on track for 300 kWh this month", "forecast"),
        ("how come the oven used so much", "why"),
        ("has the washing machine finished?", "whether state these <extra_id_0> where off"),
        (
            "is the oven still on, I can't remember turning it off",
            "whether state these <extra_id_0> where on",
        ),
        ("which devices should I replace", "advice"),
        ("where could we trim the base load", "advice"),
        ("the oven off please", "control"),
        ("how loud is the oven", "other_quantity"),
        ("how much gas did we use", "other_quantity"),
        ("energy per day last week, highest first", "list energy per day most in <extra_id_0>"),
        ("which day was the best", "when energy per day least"),
        ("is the oven not off?", "whether state these <extra_id_0> where on"),
        ("mean draw of the oven while it runs", "value power these <extra_id_0> where on"),
        ("please explain standby consumption to me", "explain standby"),
        ("what is a base load", "explain base_load"),
        ("cheers, the oven it was", "thanks"),
        ("who left the oven on", "why"),
        ("is the oven using more or less", "whether energy trend these <extra_id_0> more"),
        ("is the power factor getting worse", "whether power_factor trend less"),
        ("which is the most frugal", "which energy least"),
        ("how high was the oven's energy yesterday", "value energy these <extra_id_0> in <extra_id_1>"),
        ("how high did the voltage get yesterday", "value voltage max in <extra_id_0>"),
    ],
)
def test_part_that_a_word_asks_for_is_founded(text: str, linear: str) -> None:
    assert unfounded(text, linear) == ()
