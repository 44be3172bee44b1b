"""What the words of a question mean for its time, whatever bare form the reader made of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.reading import ReaderOutput, Reading, read_output

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
DEVICES = tuple(CatalogDevice(DeviceRef(n, name)) for n, name in enumerate(("TV", "Oven", "Heat pump"), 1))
CATALOG = Catalog(DEVICES, ("heating", "off", "on", "standby"))


def read(text: str, linear: str) -> Reading:
    return read_output(ReaderOutput(linear.replace("<", "<extra_id_")), mask(text, CATALOG, NOW), None)


def linear_of(text: str, linear: str) -> str:
    return read(text, linear).linear.replace("<extra_id_", "<")


ENERGY, POWER = "value energy these <0> in <1>", "value power these <0> in <1>"
OFF, ALL_OFF = "whether state these <0> where off in <1>", "whether state every these <0> where off in <1>"
IS, LIST = "whether state these <0> where is <1> in <2>", "list duration per state these <0> in <1>"
DURING = "whether state these <0> where on during <1>"
ALL_OFF_DURING = "whether state every these <0> where off during <1>"
STATE = "value state these <0> in <1>"


@pytest.mark.parametrize(
    ("text", "linear", "meant"),
    [
        # Power at a moment.
        ("How much power did the oven use at 7 am today?", ENERGY, POWER),
        ("how many watts was the TV pulling yesterday at 19:00", ENERGY, POWER),
        ("what did the house draw two hours ago", "value energy in <0>", "value power in <0>"),
        # All of a span.
        ("Was the oven off on Sunday?", OFF, ALL_OFF),
        ("it seems the oven has not run since Monday", OFF, ALL_OFF),
        ("was the heat pump in standby on Friday", IS, "whether state every these <0> where off in <2>"),
        ("is the oven never used on mondays?", DURING, ALL_OFF_DURING),
        ("what was the oven doing yesterday", STATE, LIST),
        # What never ran.
        ("Which appliance was never switched on yesterday?", "which state where on in <0>",
         "which state where off in <0>"),
        ("how many devices did not run yesterday", "how_many state where on in <0>",
         "how_many state where off in <0>"),
        ("which devices were unused on Sunday", "list last_seen in <0>", "which state where off in <0>"),
        # A device and no day; the whole record.
        ("which device costs the most per day on average?", "when cost per day most", "which cost most ever"),
        ("what was our cheapest day so far", "when cost per day least", "when cost per day least ever"),
    ],
)  # fmt: skip
def test_words_of_the_question_decide_what_is_meant(text: str, linear: str, meant: str) -> None:
    assert linear_of(text, linear) == meant


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("How much power did we use yesterday?", "value energy in <0>"),
        ("How much energy did the oven draw at 7 am today?", ENERGY),
        ("how much did the oven use at 7 am today", ENERGY),
        ("how much power did the oven use at 7 am today in kWh", ENERGY),
        ("did the oven go off at all last night", OFF),
        ("was the oven off at any time on Sunday", OFF),
        ("could it be that the oven was off last night", OFF),
        ("did the TV go into standby yesterday", IS),
        ("was the heat pump heating on Friday", IS),
        ("was the oven off at 15:00 yesterday", OFF),
        ("is the oven off right now", "whether state these <0> where off"),
        ("was the oven on on Sunday", "whether state these <0> where on in <1>"),
        ("what was the oven doing at 3 am yesterday", STATE),
        ("what was the last state of the oven yesterday", STATE),
        ("which devices were on yesterday", "which state where on in <0>"),
        ("which day costs the most on average?", "when cost per day most"),
        ("what have we used so far today", "value energy in <0>"),
    ],
)
def test_other_words_leave_the_query_as_it_was_read(text: str, linear: str) -> None:
    assert linear_of(text, linear) == linear


def test_words_that_the_first_reading_accounts_for_are_no_leftovers_of_the_corrected_one() -> None:
    reading = read("which device uses the most energy per day", "when energy per day most")
    assert reading.linear == "which energy most ever"
    assert reading.is_sound
