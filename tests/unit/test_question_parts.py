"""Two quantities, two ends of one quantity or two states in one question are as many whole questions."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.question_parts import Parts, parts_of_question

NOW = Moment(datetime(2026, 3, 17, 19, 30, tzinfo=UTC), ZoneInfo("UTC"))
NAMES = ("TV", "Oven", "Heat pump", "EV charger", "Energy and cost monitor")
CATALOG = Catalog(
    tuple(CatalogDevice(DeviceRef(n, name)) for n, name in enumerate(NAMES, 1)), ("standby", "heating")
)


def parts(text: str) -> Parts | None:
    return parts_of_question(mask(text, CATALOG, NOW))


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("give me energy and cost of the oven", ("give me energy of the oven", "give me cost of the oven")),
        ("highest and lowest voltage today", ("highest voltage today", "lowest voltage today")),
        ("voltage min max today", ("voltage min today", "voltage max today")),
        (
            "minimum, mean and maximum voltage of the oven",
            ("minimum voltage of the oven", "mean voltage of the oven", "maximum voltage of the oven"),
        ),
        (
            "what was the voltage range last week?",
            ("what was the lowest voltage last week?", "what was the highest voltage last week?"),
        ),
        ("range of the frequency today", ("lowest frequency today", "highest frequency today")),
        (
            "which used most last week and which least?",
            ("which used most last week?", "which used least last week?"),
        ),
        (
            "THD of the heat pump when it's heating versus in standby?",
            ("THD of the heat pump when it's heating?", "THD of the heat pump when it's standby?"),
        ),
    ],
)
def test_each_part_is_a_whole_question(text: str, texts: tuple[str, ...]) -> None:
    assert parts(text) == Parts(texts)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        (
            "What did the TV use yesterday, and was that more than the oven?",
            ("What did the TV use yesterday", "was that more than the oven?"),
        ),
        (
            "Oven energy yesterday and the power it has now?",
            ("Oven energy yesterday", "the power it has now?"),
        ),
        ("energy of the oven yesterday and its cost", ("energy of the oven yesterday", "its cost")),
    ],
)
def test_a_second_part_may_go_on_from_the_first(text: str, texts: tuple[str, ...]) -> None:
    assert parts(text) == Parts(texts, is_chained=True)


@pytest.mark.parametrize(
    "text",
    [
        "energy of the oven and the TV yesterday",
        "What is the normal voltage range?",
        "is the voltage in range and normal",
        "what is the difference between power and energy",
        "interquartile range of the voltage",
        "compare energy and cost of the oven",
        "energy and cost monitor yesterday",
        "average power yesterday",
        "which device used most and where",
    ],
)
def test_one_question_is_left_whole(text: str) -> None:
    assert parts(text) is None
