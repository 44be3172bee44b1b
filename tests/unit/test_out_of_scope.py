"""What the query language has no place for is told by the question's words, before the reader drops them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.rendering.replies.prices import price_text
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.out_of_scope import (
    OutOfScope,
    energy_of,
    out_of_scope,
    without_price,
)
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.metering.analysis.calendar.periods import Recurrence
from api_service.metering.analysis.prices import Band, Prices, Tariff

NOW = Moment(datetime(2026, 3, 17, 19, 30, tzinfo=UTC), ZoneInfo("UTC"))
NAMES = ("TV", "Oven", "Dishwasher", "EV charger", "Heat pump", "Router")
CATALOG = Catalog(
    tuple(CatalogDevice(DeviceRef(n, name)) for n, name in enumerate(NAMES, 1)), ("charging", "heating")
)


def kind_of(text: str) -> OutOfScope | None:
    return out_of_scope(mask(text, CATALOG, NOW))


@pytest.mark.parametrize(
    "text",
    [
        "how old is my dishwasher?",
        "what brand is the tv",
        "What model is my EV charger?",
        "what serial number has the router",
        "what size is the tv",
        "what programme is the dishwasher running",
        "what channel is the tv on",
        "What film was on TV last night?",
        "what song did the TV play yesterday",
        "Where did I park the EV charger?",
        "where is the router",
        "who made the oven",
        "when was the heat pump installed?",
        "is the oven still under warranty",
        "tell me the oven's serial number",
        "the age of the heat pump?",
        "what's the colour of the oven",
    ],
)
def test_an_attribute_that_is_not_measured_is_told(text: str) -> None:
    assert kind_of(text) is OutOfScope.ATTRIBUTE


@pytest.mark.parametrize(
    "text",
    [
        "How much energy did the heat pump use while the EV charger was charging last week?",
        "how much does the house use when the EV charger is charging?",
        "power of the oven whenever the dishwasher is running",
    ],
)
def test_a_condition_on_another_device_is_told(text: str) -> None:
    assert kind_of(text) is OutOfScope.MEANWHILE


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (
            "What would last week's dishwasher use have cost at 40 cents per kWh?",
            "What did last week's dishwasher use cost?",
        ),
        ("cost of the oven yesterday at 0.45 EUR/kWh", "cost of the oven yesterday"),
    ],
)
def test_a_price_of_the_question_is_told_and_taken_out(text: str, rest: str) -> None:
    assert kind_of(text) is OutOfScope.GIVEN_PRICE
    assert without_price(text) == rest


@pytest.mark.parametrize(
    "text", ["what's the price of electricity right now?", "What do we pay per kWh?", "electricity price now"]
)
def test_the_price_itself_is_told(text: str) -> None:
    assert kind_of(text) is OutOfScope.PRICE


@pytest.mark.parametrize(
    "text",
    [
        "what did the oven use yesterday",
        "What power is the oven drawing?",
        "what state is the dishwasher in",
        "how big is the oven's share of the total?",
        "where is the oven in the ranking",
        "How much did the heat pump use while heating?",
        "how much does the heat pump use when it is heating?",
        "what was the power when the oven was on",
        "when was the oven last on",
        "what did electricity cost yesterday",
        "what did the oven cost last week",
        "which device costs most",
        "set the tariff to 0.31 euros per kWh",
        "what is a kWh",
        "how much is the oven drawing",
    ],
)
def test_questions_to_the_data_are_left_to_the_reader(text: str) -> None:
    assert kind_of(text) is None


def test_the_energy_of_a_cost_is_offered() -> None:
    cost = PreviousQuery(parse("value cost these <extra_id_0>"), mask("the oven", CATALOG, NOW).entities)
    energy = energy_of(cost)
    assert energy is not None
    assert print_request(energy.request) == "value energy these <extra_id_0>"
    assert energy_of(PreviousQuery(parse("value voltage"), ())) is None


def test_the_price_of_now_is_that_of_the_band() -> None:
    evening = Band(0.42, Recurrence(start_s=19 * 3600, end_s=20 * 3600))
    prices = Prices("EUR", (Tariff(date(2026, 1, 1), 0.3, (evening,)),))
    assert "\u20ac0.42" in price_text(prices, NOW)
    later = Moment(datetime(2026, 3, 17, 20, 0, tzinfo=UTC), ZoneInfo("UTC"))
    assert "\u20ac0.30" in price_text(prices, later)
    assert "No electricity price is set" in price_text(None, NOW)
    assert "No electricity price is set" in price_text(Prices("EUR", (Tariff(date(2026, 4, 1), 0.3),)), NOW)
