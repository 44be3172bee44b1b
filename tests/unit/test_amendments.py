"""A plain "not" and "all day" are taken as they are said, whatever the reader made of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.reading import ReaderOutput, read_output

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
CATALOG = Catalog((CatalogDevice(DeviceRef(1, "TV")), CatalogDevice(DeviceRef(2, "Oven"))))


def read(text: str, linear: str) -> str:
    return read_output(ReaderOutput(linear), mask(text, CATALOG, NOW), None).linear


@pytest.mark.parametrize(
    ("text", "linear", "meant"),
    [
        ("What isn't running right now?", "which state where on", "which state where off"),
        ("how many devices weren't on", "how_many state where on", "how_many state where off"),
        (
            "when was nobody using the TV yesterday",
            "when state these <extra_id_0> where on in <extra_id_1>",
            "when state these <extra_id_0> where off in <extra_id_1>",
        ),
        (
            "Which devices did not use more than 1 kWh yesterday?",
            "which energy having above <extra_id_0> in <extra_id_1>",
            "which energy having below <extra_id_0> in <extra_id_1>",
        ),
        (
            "is the oven on the decline",
            "whether energy trend these <extra_id_0> more",
            "whether energy trend these <extra_id_0> less",
        ),
        (
            "has the oven been climbing",
            "whether energy trend these <extra_id_0> less",
            "whether energy trend these <extra_id_0> more",
        ),
        (
            "who was the most frugal yesterday",
            "which energy most in <extra_id_0>",
            "which energy least in <extra_id_0>",
        ),
        (
            "compare the TV, the oven and the TV yesterday",
            "compare energy these <extra_id_0> <extra_id_1> <extra_id_2> in <extra_id_3>",
            "list energy these <extra_id_0> <extra_id_1> <extra_id_2> most in <extra_id_3>",
        ),
        (
            "Did the oven use twice what the TV used on Saturday?",
            "value energy these <extra_id_0> <extra_id_2> in <extra_id_3> times <extra_id_1>",
            "whether energy these <extra_id_0> <extra_id_2> having above <extra_id_1> in <extra_id_3> ratio",
        ),
        (
            "does the oven account for more than half of our use",
            "whether energy these <extra_id_0> having above <extra_id_1>",
            "whether energy these <extra_id_0> having above <extra_id_1> share",
        ),
        (
            "Did the TV stay on all evening yesterday?",
            "whether state these <extra_id_0> where on in <extra_id_1>",
            "value duration these <extra_id_0> where on in <extra_id_1> share",
        ),
        (
            "has the oven been off all day?",
            "whether state these <extra_id_0> where off in <extra_id_1>",
            "value duration these <extra_id_0> where off in <extra_id_1> share",
        ),
    ],
)
def test_plain_words_correct_what_was_read(text: str, linear: str, meant: str) -> None:
    assert read(text, linear) == meant


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("which devices are running", "which state where on"),
        ("what is on, not counting the TV", "which state but <extra_id_0> where on"),
        ("which used more than 1 kWh, not sure", "which energy having above <extra_id_0>"),
        ("was the TV on yesterday evening", "whether state these <extra_id_0> where on in <extra_id_1>"),
        ("is the oven not on", "whether state these <extra_id_0> where off"),
    ],
)
def test_what_was_read_stays_where_no_word_speaks_against_it(text: str, linear: str) -> None:
    assert read(text, linear) == linear


def test_time_after_than_is_the_second_of_two() -> None:
    query = "whether energy in <extra_id_0> <extra_id_1> more"
    turned = "whether energy in <extra_id_1> <extra_id_0> more"
    assert read("did we use more today than yesterday", query) == query
    assert read("than on yesterday, did we use more today", query) == turned
    assert read("did we use more yesterday or today", query) == query
