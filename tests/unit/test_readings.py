"""What the reader made of a question: accounted for word by word, asked back, or not taken."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.entity import DeviceValue, TimeValue
from api_service.assistant.entities.mask import mask
from api_service.assistant.query.linear import parse
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.account import nearest, settled
from api_service.assistant.understanding.reading.choices import (
    Choice,
    choice_from_json,
    chosen,
    device_choices,
    is_uncertain,
    time_choices,
)
from api_service.assistant.understanding.reading.previous_query import (
    PreviousQuery,
    previous_from_json,
    previous_query,
)
from api_service.assistant.understanding.reading.reading import ReaderOutput, Reading, read_output, slots_of

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
NAMES = ("Oven", "Fridge", "Bedroom lamp", "Office lamp")
CATALOG = Catalog(tuple(CatalogDevice(DeviceRef(number, name)) for number, name in enumerate(NAMES, 1)))


def slotted(linear: str) -> str:
    return linear.replace("<", "<extra_id_")


def reading(
    text: str,
    linear: str,
    previous: PreviousQuery | None = None,
    *,
    is_complete: bool = True,
    sure: bool = True,
) -> Reading:
    logprobs = (-0.01, 0.0) if sure else (-1.2, -0.3)
    output = ReaderOutput(slotted(linear), logprobs, (3.0, float("inf")), is_complete=is_complete)
    return read_output(output, mask(text, CATALOG, NOW), previous)


def query_of(text: str, linear: str) -> PreviousQuery:
    return previous_query(parse(slotted(linear)), slots_of(mask(text, CATALOG, NOW), None))


OVEN_YESTERDAY = "how much energy did the oven use yesterday"


def test_reading_that_holds_every_word_is_sound() -> None:
    found = reading(OVEN_YESTERDAY, "value energy these <0> in <1>")
    assert found.is_sound
    assert (found.leftovers, found.unfounded) == ((), ())
    assert found.signs.smallest_margin == 3.0
    assert found.signs.logprob_sum == pytest.approx(-0.01)


@pytest.mark.parametrize(
    ("text", "linear", "left"),
    [
        ("half of what the oven used yesterday", "value energy these <1> in <2>", ["<extra_id_0>"]),
        (OVEN_YESTERDAY, "value energy in <1>", ["<extra_id_0>"]),
        (OVEN_YESTERDAY, "value energy these <0>", ["<extra_id_1>"]),
        ("median power of the oven yesterday", "value power these <0> in <1>", ["median"]),
        ("how much did we use yesterday without the oven", "value energy these <1> in <0>", ["without"]),
    ],
)
def test_reading_that_drops_a_word_is_not_sound(text: str, linear: str, left: list[str]) -> None:
    found = reading(text, linear)
    assert not found.is_sound
    assert [leftover.text for leftover in found.heavy][: len(left)] == left


def test_reading_that_adds_what_no_word_asks_for_is_not_sound() -> None:
    assert reading(OVEN_YESTERDAY, "value energy max per day these <0> in <1>").unfounded == ("day", "max")


def test_reading_that_makes_no_sense_has_its_fault() -> None:
    found = reading("sum of the power factor of the oven", "value power_factor sum these <0>")
    assert found.fault is not None
    assert found.fault.sentence == "A power factor has no sum."


@pytest.mark.parametrize("linear", ["value energy these", "value energy these <0> in", ""])
def test_reading_that_is_no_query_has_no_request(linear: str) -> None:
    assert reading(OVEN_YESTERDAY, linear).request is None
    assert reading(OVEN_YESTERDAY, "value energy these <0> in <1>", is_complete=False).request is None


def test_reading_of_a_follow_up_may_hold_what_the_query_before_asked_for() -> None:
    before = query_of("which device used the most yesterday", "which energy most in <0>")
    found = reading("and this week", "which energy most in <0>", before)
    assert found.is_sound
    assert found.signs.is_follow_up


@pytest.mark.parametrize(
    ("text", "linear", "kept"),
    [
        ("and by hour", "list energy per hour these <p0>", "list energy per hour these <p0> in <p1>"),
        ("by hour instead", "list energy per hour in <p1>", "list energy per hour these <p0> in <p1>"),
        ("and at what cost", "value cost in <p1>", "value cost these <p0> in <p1>"),
        ("and of the whole house", "value energy in <p1>", "value energy in <p1>"),
        ("and the whole house", "value energy these <p0> in <p1>", "value energy in <p1>"),
        ("and the fridge", "value energy these <0>", "value energy these <0> in <p1>"),
        ("and the fridge now", "value power latest these <0>", "value power latest these <0>"),
        ("which one used the most", "which energy most in <p1>", "which energy most in <p1>"),
        ("thanks", "thanks", "thanks"),
    ],
)
def test_follow_up_keeps_the_devices_and_the_time_of_the_query_before(
    text: str, linear: str, kept: str
) -> None:
    before = query_of(OVEN_YESTERDAY, "value energy these <0> in <1>")
    own = len(mask(text, CATALOG, NOW).entities)
    given, expected = (
        query.replace("<p0>", f"<{own}>").replace("<p1>", f"<{own + 1}>") for query in (linear, kept)
    )

    found = reading(text, given, before)

    assert found.request == parse(slotted(expected))


def test_whole_question_that_drops_the_device_of_the_query_before_is_doubted() -> None:
    before = query_of(OVEN_YESTERDAY, "value energy these <0> in <1>")
    found = reading("what were the total active kilowatt hours", "value energy in <1>", before)
    short = reading("what was the highest current", "value current max in <1>", before)
    assert "devices" not in found.unfounded  # "total" is about the whole
    assert "devices" in short.unfounded


def test_reading_never_takes_a_default_for_a_time_that_was_not_understood() -> None:
    masked = mask("energy of the oven on the 32nd of march", CATALOG, NOW)
    assert masked.unread or any(isinstance(e.value, TimeValue) for e in masked.entities)


def test_settled_takes_the_second_reading_where_the_first_drops_a_word() -> None:
    first = reading("median power of the oven yesterday", "value power these <0> in <1>")
    second = reading("median power of the oven yesterday", "value power median these <0> in <1>")
    assert settled([first, second]) is second
    assert settled([first]) is None
    assert nearest([first]) is first


def test_settled_takes_a_reading_with_a_part_of_its_own_only_where_there_is_no_better_one() -> None:
    adds = reading(OVEN_YESTERDAY, "value energy max per day these <0> in <1>")
    whole = reading(OVEN_YESTERDAY, "value energy these <0> in <1>")
    assert settled([adds, whole]) is whole
    assert settled([adds]) is adds


def test_light_leftovers_pass_where_the_reader_is_sure() -> None:
    text, linear = "energy of the oven yesterday with what worry", "value energy these <0> in <1>"
    assert len(reading(text, linear, sure=False).heavy) >= len(reading(text, linear).heavy)


# --- the query before ----


def test_previous_query_numbers_its_slots_in_the_order_of_its_linear_form() -> None:
    query = query_of("yesterday the oven used how much", "value energy these <1> in <0>")
    assert query.linear() == slotted("value energy these <0> in <1>")
    assert query.linear(3) == slotted("value energy these <3> in <4>")
    assert [entity.text for entity in query.entities] == ["oven", "yesterday"]


def test_previous_query_keeps_its_windows_as_they_were_understood() -> None:
    query = query_of(OVEN_YESTERDAY, "value energy these <0> in <1>")
    again = previous_from_json(query.to_json())
    assert again == query
    value = again.entities[1].value
    assert isinstance(value, TimeValue)
    window = value.readings[0].window
    assert window is not None
    assert window.start == datetime(2026, 3, 10, 23, tzinfo=UTC)


# --- questions back ----

LAMP = "how much energy did the lamp use yesterday"


def lamp_choices() -> tuple[Choice, ...]:
    query = query_of(LAMP, "value energy these <0> in <1>")
    return device_choices(LAMP, query, query.entities[0])


def test_choices_of_an_ambiguous_device_are_whole_questions_with_their_query() -> None:
    desk, floor = lamp_choices()
    assert desk.question == "how much energy did the Bedroom lamp use yesterday"
    assert floor.label == "Office lamp"
    value = floor.query.entities[0].value
    assert isinstance(value, DeviceValue)
    assert value.devices == (DeviceRef(4, "Office lamp"),)
    assert choice_from_json(floor.to_json()) == floor


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("How much energy did the Office lamp use yesterday?", "Office lamp"),
        ("office lamp", "Office lamp"),
        ("the bedroom lamp please", "Bedroom lamp"),
        ("I mean the bedroom lamp", "Bedroom lamp"),
        ("the second one", "Office lamp"),
        ("1", "Bedroom lamp"),
        ("the last one", "Office lamp"),
        ("the fridge", None),
        ("the third one", None),
        ("and the office lamp today?", None),
        ("yes", None),
        ("thanks", None),
    ],
)
def test_chosen_is_what_the_next_turn_takes(text: str, label: str | None) -> None:
    found = chosen(text, mask(text, CATALOG, NOW), lamp_choices())
    assert (found.label if found else None) == label


def test_yes_takes_the_only_choice() -> None:
    only = lamp_choices()[:1]
    assert chosen("yes please", mask("yes please", CATALOG, NOW), only) == only[0]


def test_time_that_can_be_read_in_two_ways_gives_a_choice_for_each() -> None:
    text = "what was the voltage at 7 yesterday"
    query = query_of(text, "value voltage in <0>")
    assert is_uncertain(query.entities[0])
    choices = time_choices(text, query, query.entities[0])
    assert len(choices) == 2
    assert len({choice.question for choice in choices}) == 2
    assert not any(is_uncertain(choice.query.entities[0]) for choice in choices)
