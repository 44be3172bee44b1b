"""A "not" and a "without" belong to what stands behind them; what is usual needs a word for it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.account import settled
from api_service.assistant.understanding.reading.reading import ReaderOutput, Reading, read_output

NOW = Moment(datetime(2026, 3, 17, 19, 30, tzinfo=UTC), ZoneInfo("UTC"))
CATALOG = Catalog(
    tuple(CatalogDevice(DeviceRef(n, name)) for n, name in enumerate(("TV", "Oven", "Heat pump"), 1)),
    ("standby", "heating"),
)
BOTH = "value energy but <extra_id_0> <extra_id_1> in <extra_id_2>"


def read(text: str, linear: str) -> Reading:
    return read_output(ReaderOutput(linear), mask(text, CATALOG, NOW), None)


@pytest.mark.parametrize(
    ("text", "linear", "meant"),
    [
        (
            "not the oven, the TV: how much yesterday?",
            BOTH,
            "value energy these <extra_id_1> in <extra_id_2>",
        ),
        ("the TV, not the oven: energy yesterday?", BOTH, "value energy these <extra_id_0> in <extra_id_2>"),
        (
            "the TV rather than the oven, kWh yesterday",
            BOTH,
            "value energy these <extra_id_0> in <extra_id_2>",
        ),
        (
            "energy of the TV instead of the oven yesterday",
            "value energy these <extra_id_0> <extra_id_1> in <extra_id_2>",
            "value energy these <extra_id_0> in <extra_id_2>",
        ),
        (
            "ignoring standby, how long did the TV run yesterday?",
            "value duration but <extra_id_1> where not <extra_id_0> in <extra_id_2>",
            "value on_time these <extra_id_1> in <extra_id_2>",
        ),
        (
            "energy of the TV without standby yesterday",
            "value energy these <extra_id_0> where not <extra_id_1> in <extra_id_2>",
            "value energy these <extra_id_0> where on in <extra_id_2>",
        ),
        (
            "Longest time the heat pump was heating without pause",
            "value duration max but <extra_id_0> where not <extra_id_1>",
            "value duration max these <extra_id_0> where is <extra_id_1>",
        ),
    ],
)
def test_a_negation_takes_away_what_it_stands_before(text: str, linear: str, meant: str) -> None:
    reading = read(text, linear)
    assert reading.linear == meant
    assert not reading.heavy


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("energy of everything except the oven and the TV yesterday", BOTH),
        ("everything but not the oven yesterday", "value energy but <extra_id_0> in <extra_id_1>"),
        (
            "how long was the TV in anything other than standby yesterday",
            "value duration these <extra_id_0> where not <extra_id_1> in <extra_id_2>",
        ),
        ("when was the TV not on", "when state these <extra_id_0> where off"),
    ],
)
def test_exclusions_stay(text: str, linear: str) -> None:
    assert read(text, linear).linear == linear


@pytest.mark.parametrize(
    ("text", "linear", "meant"),
    [
        ("is our use going up or down?", "whether energy trend more", "value energy trend"),
        ("is our use going up?", "whether energy trend more", "whether energy trend more"),
        (
            "has the TV been using more lately?",
            "whether energy these <extra_id_0> usual more",
            "whether energy trend these <extra_id_0> more",
        ),
        (
            "is the TV using more or less each day?",
            "whether energy these <extra_id_0> usual less",
            "value energy trend these <extra_id_0>",
        ),
        (
            "which devices went over 2 kW yesterday",
            "which power where above <extra_id_0> in <extra_id_1>",
            "which power max where above <extra_id_0> in <extra_id_1>",
        ),
        (
            "what dropped below 200 V yesterday",
            "which voltage where below <extra_id_0> in <extra_id_1>",
            "which voltage min where below <extra_id_0> in <extra_id_1>",
        ),
        ("which devices are above 2 kW", "which power latest where above <extra_id_0>", None),
        (
            "is there a device with a power factor below 0.6?",
            "whether power_factor latest having below <extra_id_0>",
            "which power_factor latest having below <extra_id_0>",
        ),
        (
            "is the power factor below 0.6?",
            "whether power_factor latest having below <extra_id_0>",
            "whether power_factor latest having below <extra_id_0>",
        ),
        (
            "least power hungry device that is on right now?",
            "which power latest least",
            "which power latest where on least",
        ),
    ],
)
def test_a_question_is_answered_in_the_way_it_is_meant(text: str, linear: str, meant: str | None) -> None:
    assert read(text, linear).linear == (meant or linear)


def test_what_is_usual_never_counts_without_a_word_for_it() -> None:
    linear = "compare energy these <extra_id_0> in <extra_id_1> usual"
    doubtful = read("the TV versus yesterday", linear)
    assert doubtful.unfounded == ("usual",)
    assert settled([doubtful]) is None
    asked = read("the TV yesterday compared with what is usual", linear)
    assert settled([asked]) is asked
