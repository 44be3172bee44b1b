"""What makes no sense once names, numbers and times are known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.query.linear import parse
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.misfits import misfit

NOW = Moment(datetime(2026, 3, 17, 18, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))  # a Tuesday
CATALOG = Catalog(
    (
        CatalogDevice(DeviceRef(1, "Fridge"), groups=("Kitchen",)),
        CatalogDevice(DeviceRef(2, "Oven"), groups=("Kitchen",)),
        CatalogDevice(DeviceRef(3, "TV")),
    ),
    states=("standby",),
)


def sentence_of(question: str, query: str) -> str:
    for number in range(4):
        query = query.replace(f"<{number}>", f"<extra_id_{number}>")
    fault = misfit(parse(query), mask(question, CATALOG, NOW).entities)
    return fault.sentence if fault else ""


@pytest.mark.parametrize(
    ("question", "query", "words"),
    [
        (
            "who used more than the fridge yesterday",
            "which energy these <0> most in <1>",
            "ask for a ranking",
        ),
        ("does the oven use more than half of ours", "whether energy these <0> having above <1>", "“half”"),
        (
            "is the oven using twice what the TV uses",
            "whether power latest these <0> <2> having above <1>",
            "“twice”",
        ),
        (
            "did the oven use twice what the TV used",
            "value energy these <0> <2> times <1>",
            "several at once",
        ),
        (
            "compare yesterday with this Monday",
            "compare energy in <0> <1>",
            "the same time here: yesterday",
        ),
    ],
)
def test_misfit_names_its_reason(question: str, query: str, words: str) -> None:
    assert words in sentence_of(question, query)


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("which of fridge and oven used more", "which energy these <0> <1> most"),
        ("which in the kitchen used most", "which energy these <0> most"),
        ("did the oven run more than twice", "whether switch_ons these <0> having above <1>"),
        ("is the fridge more than half of the oven", "whether energy these <0> <2> having above <1> ratio"),
        ("half of what the oven used", "value energy these <1> times <0>"),
        ("this Monday against last Monday", "compare energy in <0> <1>"),
        ("yesterday against today", "compare energy in <0> <1>"),
    ],
)
def test_what_makes_sense_is_no_misfit(question: str, query: str) -> None:
    assert sentence_of(question, query) == ""
