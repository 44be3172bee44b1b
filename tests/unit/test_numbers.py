"""Numbers with units as people write them, in the base unit of their measure."""

import pytest

from api_service.assistant.entities.entity import NumberValue
from api_service.assistant.entities.numbers import find_numbers, units
from api_service.assistant.text.tokens import tokenize
from api_service.metering.measures import MEASURES


def numbers(text: str) -> list[tuple[str, float, str]]:
    tokens = tokenize(text)
    found = find_numbers(text, tokens, [True] * len(tokens))
    values = [(entity.text, entity.value) for entity in found]
    return [(words, v.number, v.unit) for words, v in values if isinstance(v, NumberValue)]


@pytest.mark.parametrize(
    ("text", "words", "number", "unit"),
    [
        ("more than 2 kW", "2 kW", 2000, "W"),
        ("over 2.5kWh", "2.5kWh", 2500, "Wh"),
        ("a thousand watts", "a thousand watts", 1000, "W"),
        ("half a kilowatt", "half a kilowatt", 500, "W"),
        ("one and a half kilowatts", "one and a half kilowatts", 1500, "W"),
        ("2k watts", "2k watts", 2000, "W"),
        ("1,000.5 W", "1,000.5 W", 1000.5, "W"),
        ("1,5 kWh", "1,5 kWh", 1500, "Wh"),
        ("20 kilowatt-hours", "20 kilowatt-hours", 20000, "Wh"),
        ("two hundred and thirty volts", "two hundred and thirty volts", 230, "V"),
        ("twenty-five amps", "twenty-five amps", 25, "A"),
        ("under 253v", "253v", 253, "V"),
        ("16 A", "16 A", 16, "A"),
        ("49.8 Hz", "49.8 Hz", 49.8, "Hz"),
        ("10 percent", "10 percent", 10, "%"),
        ("8%", "8%", 8, "%"),
        ("above 0.9", "0.9", 0.9, ""),
        ("2 kvar", "2 kvar", 2000, "var"),
        ("more than 2 hours", "2 hours", 7200, "s"),
        ("over an hour", "an hour", 3600, "s"),
        ("for 90 minutes", "90 minutes", 5400, "s"),
        ("more than €5", "€5", 5, "¤"),
        ("30 cents", "30 cents", 0.3, "¤"),
        ("below -500 W", "-500 W", -500, "W"),
        ("top 5", "5", 5, ""),
        ("3 times", "3", 3, ""),
        ("a dozen times", "a dozen", 12, ""),
        ("under 10 bucks", "10 bucks", 10, "¤"),
        ("the 10 days with the most", "10", 10, ""),
    ],
)
def test_find_numbers_value_is_in_the_base_unit(text: str, words: str, number: float, unit: str) -> None:
    ((found_words, found, found_unit),) = numbers(text)
    assert (found_words, found_unit) == (words, unit)
    assert found == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "factor"),
    [("twice as much", 2), ("3 times what we paid", 3),
     ("double the fridge", 2), ("half of what it used", 0.5), ("half the energy", 0.5),
     ("a third of the total", 1 / 3), ("two thirds of it", 2 / 3), ("a quarter of the bill", 0.25)],
)  # fmt: skip
def test_find_numbers_multiples_are_factors(text: str, factor: float) -> None:
    tokens = tokenize(text)
    (found,) = find_numbers(text, tokens, [True] * len(tokens))
    assert isinstance(found.value, NumberValue)
    assert found.value.is_factor
    assert found.value.number == pytest.approx(factor)


@pytest.mark.parametrize(("text", "place"), [("third highest", 3), ("2nd most", 2), ("second-biggest", 2)])
def test_find_numbers_ordinal_before_a_superlative_is_a_place(text: str, place: int) -> None:
    tokens = tokenize(text)
    (found,) = find_numbers(text, tokens, [True] * len(tokens))
    assert isinstance(found.value, NumberValue)
    assert found.value.is_ordinal
    assert found.value.number == place


@pytest.mark.parametrize(
    "text",
    ["the second TV", "95th percentile", "ninety-fifth percentile", "p95", "phase 1", "device 3", "which one",
     "kWh a day", "per second", "the first time", "last used", "half an eye"],
)  # fmt: skip
def test_find_numbers_words_and_names_are_no_numbers(text: str) -> None:
    assert numbers(text) == []


def test_find_numbers_range_shares_its_unit() -> None:
    assert numbers("between 210 and 240 V") == [("210", 210.0, "V"), ("240 V", 240.0, "V")]


def test_units_of_every_measure_are_understood() -> None:
    for measure in MEASURES.values():
        for scale in measure.scales:
            for spelling in scale.spellings:
                if measure.unit and spelling.isalpha():
                    assert units()[spelling][0] == measure.unit, spelling
