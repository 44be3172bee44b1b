"""Names in their surroundings: words of the language as groups, names of sites, shared words, numbers."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.entity import DeviceValue
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
HOME = Catalog(tuple(CatalogDevice(DeviceRef(n, name)) for n, name in enumerate(("Fridge", "Oven", "TV"))))
OUTSIDE = Catalog(
    (
        CatalogDevice(DeviceRef(1, "Pump 1"), groups=("Outside",)),
        CatalogDevice(DeviceRef(2, "Pump 2"), groups=("Outside",)),
        CatalogDevice(DeviceRef(3, "Home office")),
    )
)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("What did the outside use last week?", "what did the group <extra_id_0> use time <extra_id_1>"),
        ("is everything in the outside's circuit off", "is everything in the group <extra_id_0> circuit off"),
        ("was it outside the limits", "was it outside the limits"),
        ("usage outside office hours", "usage outside hours <extra_id_0>"),
    ],
)
def test_group_called_by_a_word_of_the_language_is_one_after_an_article(text: str, prompt: str) -> None:
    assert mask(text, OUTSIDE, NOW).prompt == prompt


@pytest.mark.parametrize(
    "text",
    [
        "What is the hotel's load?",
        "What does the term power quality mean?",
        "Which ones have an intolerable power factor?",
        "How high was our restaurant's consumption?",
    ],
)
def test_what_a_site_is_called_and_adjectives_name_no_device(text: str) -> None:
    assert mask(text, HOME, NOW).entities == ()


def test_number_is_told_by_its_unit_to_the_reader() -> None:
    found = mask("was it above 6 A or 3 kW, third highest, twice the 40?", HOME, NOW)

    assert found.hinted_text == (
        "was it above amperes <extra_id_0> or watts <extra_id_1> ordinal <extra_id_2> highest "
        "multiple <extra_id_3> the <extra_id_4>"
    )


@pytest.mark.parametrize(
    ("text", "count"), [("is the lamp on", 2), ("did the lamps run", 2), ("desk lamp now", 1)]
)
def test_word_that_two_devices_share_means_both(text: str, count: int) -> None:
    names = ("Desk lamp", "Floor lamp", "Fridge")
    catalog = Catalog(tuple(CatalogDevice(DeviceRef(number, name)) for number, name in enumerate(names)))

    (found,) = [entity.value for entity in mask(text, catalog, NOW).entities]

    assert isinstance(found, DeviceValue)
    assert len(found.devices) == count


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("what went up most from september to october",
         "what went up most from time <extra_id_0> to time <extra_id_1>"),
        ("how often has the voltage dropped between 2 and 4 pm yesterday",
         "how often has the voltage dropped time <extra_id_0>"),
        ("max load weekends may", "max load hours <extra_id_0> time <extra_id_1>"),
        ("cost may vs june", "cost time <extra_id_0> vs time <extra_id_1>"),
        ("how may we save", "how may we save"),
        ("most expensive month 2024", "most expensive month time <extra_id_0>"),
        ("over 2000 euro last month", "over number <extra_id_0> time <extra_id_1>"),
        ("did we use over 2000 last month", "did we use over number <extra_id_0> time <extra_id_1>"),
        ("median current mon", "median current time <extra_id_0>"),
        ("out in the sun", "out in the sun"),
        ("and the second?", "and the number <extra_id_0>"),
        ("and the 2nd?", "and the number <extra_id_0>"),
        ("on the 1st and the 2nd", "time <extra_id_0> and time <extra_id_1>"),
        ("when did it come on first today", "when did it come on first time <extra_id_0>"),
        ("when did the voltage last fall below 210 V",
         "when did the voltage last fall below number <extra_id_0>"),
        ("most used in one day", "most used in one day"),
        ("the two of them today", "the two of them time <extra_id_0>"),
        ("the two worst days", "the number <extra_id_0> worst days"),
        ("kwh daytime vs night", "kwh hours <extra_id_0> vs hours <extra_id_1>"),
        ("at night in the first half of June", "hours <extra_id_0> time <extra_id_1>"),
        ("on weekends or monday through friday", "hours <extra_id_0> or hours <extra_id_1>"),
        ("from monday to friday", "time <extra_id_0>"),
        ("how did we do over the weekend", "how did we do time <extra_id_0>"),
        ("kwh outside 8-18h last month", "kwh outside hours <extra_id_0> time <extra_id_1>"),
        ("did it run for 2-3 h yesterday",
         "did it run for number <extra_id_0> number <extra_id_1> time <extra_id_2>"),
        ("was it on for 3 h yesterday", "was it on for number <extra_id_0> time <extra_id_1>"),
        ("power at 17h yesterday", "power time <extra_id_0>"),
        ("was it on at six thirty", "was it on time <extra_id_0>"),
        ("did the frequency hold above 49.9 Hz throughout yesterday",
         "did the frequency hold above number <extra_id_0> throughout time <extra_id_1>"),
        ("difference between yesterday and the day before in kwh",
         "difference between time <extra_id_0> and time <extra_id_1> in kwh"),
        ("energy the week before the holidays", "energy the week before the holidays"),
        ("usage throughout last week", "usage time <extra_id_0>"),
        ("did the fridge ever run after 10 pm", "did the device <extra_id_0> ever run hours <extra_id_1>"),
        ("at 25p a unit", "at number <extra_id_0> a unit"),
    ],
)  # fmt: skip
def test_words_beside_a_time_or_number_decide_what_it_is(text: str, prompt: str) -> None:
    assert mask(text, HOME, NOW).prompt == prompt
