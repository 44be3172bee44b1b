"""Understanding single questions: intent, quantity, devices, window, and what is declined."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_service.assistant.types import DeviceRef, Intent, Order, Quantity, Refusal, Relation
from api_service.metering.measure import Statistic
from tests.support.conversation import CATALOG, PHRASINGS, ask, meaning

# Questions in the form of smart-home assistants: the state of one device, and sensors that no meter has.
STATE_QUESTIONS = """is the bedroom fan on
is the bedroom fan off
what is the bedroom fan doing
is the bedroom fan on right now
what's the status of the bedroom fan
tell me if the bedroom fan is running
how is the bedroom fan
is the bedroom fan locked
what's the bedroom fan set to
check the bedroom fan
what mode is the bedroom fan in
bedroom fan status please
can you tell me whether the bedroom fan is open
did someone leave the bedroom fan on
is my bedroom fan active"""
NOT_METERED = ("is the phone charging?", "is the bedroom lamp on?", "what is the outside temperature?")


def phrasings() -> list[list[str]]:
    lines = PHRASINGS.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("row", phrasings(), ids=lambda row: row[0])
def test_understand_phrasing_gives_what_is_meant(row: list[str]) -> None:
    text, kind, quantity, devices, label = row
    got = meaning(ask(text))
    assert got[0] == kind
    if quantity != "-":
        assert got[1:3] == (quantity, devices)
        assert label in ("-", got[3])


@pytest.mark.parametrize(
    "change", [str.lower, str.upper, lambda text: text.rstrip("?.!"), "  {}  thanks".format]
)
def test_understand_roughened_phrasings_mean_the_same(change: object) -> None:
    assert callable(change)
    for text, *_ in phrasings():
        if len(text) > 8 and text.isascii():
            assert meaning(ask(change(text)))[0] == meaning(ask(text))[0], change(text)


@pytest.mark.parametrize(
    ("text", "statistic"),
    [
        ("oven power now", Statistic.LATEST),
        ("average power of the oven today", Statistic.MEAN),
        ("peak of the oven today", Statistic.MAX),
        ("lowest power of the oven today", Statistic.MIN),
        ("oven kWh today", Statistic.SUM),
        ("which device drew the most kWh today", Statistic.SUM),
        ("which device draws the most right now", Statistic.LATEST),
        ("thd of the oven", Statistic.MEAN),
        ("thd of the oven right now", Statistic.LATEST),
        ("highest thd of the oven today", Statistic.MAX),
        ("what is running right now", Statistic.LATEST),
        ("which devices are active", Relation.COUNT),
    ],
)
def test_understand_statistic_follows_the_words(text: str, statistic: Statistic | Relation) -> None:
    assert ask(text).statistic is statistic


@pytest.mark.parametrize(
    ("text", "order", "top"),
    [
        ("which device used the most energy today", Order.MOST, 1),
        ("which device used the least energy today", Order.LEAST, 1),
        ("top 3 consumers today", Order.MOST, 3),
        ("the five hungriest devices this week", Order.MOST, 5),
        ("which two devices used the least energy yesterday", Order.LEAST, 2),
        ("rank the devices by energy today", Order.MOST, 10),
        ("what is the second biggest consumer today", Order.MOST, 2),
        ("top consumers today", Order.MOST, 3),
        ("which device has the worst power factor", Order.LEAST, 1),
        ("which device has the best power factor", Order.MOST, 1),
        ("which device has the worst thd", Order.MOST, 1),
        ("list the 100 biggest consumers", Order.MOST, 10),
    ],
)
def test_understand_ranking_order_and_places(text: str, order: Order, top: int) -> None:
    question = ask(text)
    assert (question.intent, question.order, question.top) == (Intent.RANKING, order, top)


def test_understand_mentions_point_at_the_names_in_the_text() -> None:
    text = "Did the EV-Charger use more than my refridgerator?"
    question = ask(text)
    assert [text[m.start : m.end] for m in question.mentions] == ["EV-Charger", "refridgerator"]
    assert [m.device.name for m in question.mentions] == ["EV charger", "Fridge"]


def test_understand_exact_words_are_certain_and_slips_are_less_so() -> None:
    exact = ask("How much energy did the oven use yesterday?").certainty
    assert exact == 1.0
    assert ask("How much energy did the ovne use yesterday?").certainty < exact
    assert ask("How much energy did the oven use?").certainty < exact
    assert ask("oven").certainty < 0.7


def test_understand_unknown_device_is_named_in_the_detail() -> None:
    question = ask("How much did the wine cellar pump use yesterday?")
    assert question.refusal is Refusal.UNKNOWN_DEVICE
    assert question.detail == ("wine cellar pump",)


def test_understand_ambiguous_device_asks_back_with_the_candidates() -> None:
    catalog = (DeviceRef(1, "Kitchen lights"), DeviceRef(2, "Garden lights"), DeviceRef(3, "Oven"))
    question = ask("how much do the lights use?", catalog=catalog)
    assert question.refusal is Refusal.AMBIGUOUS_DEVICE
    assert question.detail == ("Kitchen lights", "Garden lights")


def test_understand_it_without_anything_before_asks_back() -> None:
    assert ask("how much power is it using?").refusal is Refusal.AMBIGUOUS_DEVICE


def test_understand_type_to_come_says_what_it_is() -> None:
    question = ask("How much did the oven cost me yesterday?")
    assert question.refusal is Refusal.NOT_YET
    assert question.detail == ("costs",)


def test_understand_quantity_not_recorded_names_quantity_and_device() -> None:
    question = ask("What's the temperature of the oven?")
    assert (question.refusal, question.detail) == (Refusal.NOT_RECORDED, ("temperature", "Oven"))


@pytest.mark.parametrize("text", ["", "   ", "?!", "\x00", "🙂🙂", "١٢٣", "1234567890" * 200, "the " * 500])
def test_understand_nothing_to_understand_is_declined(text: str) -> None:
    assert ask(text).intent is Intent.DECLINED


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_understand_any_text_gives_a_consistent_question(text: str) -> None:
    question = ask(text)
    assert (question.refusal is None) == (question.intent is not Intent.DECLINED)
    assert 0.0 <= question.certainty <= 1.0
    assert all(0 <= m.start < m.end <= len(text) for m in question.mentions)


def test_understand_empty_catalog_still_understands_the_site() -> None:
    assert meaning(ask("How much energy did we use yesterday?", catalog=()))[0] == "energy"


@pytest.mark.parametrize("text", STATE_QUESTIONS.splitlines())
def test_understand_state_question_of_a_smart_home_is_never_answered_with_numbers(text: str) -> None:
    question = ask(text, catalog=(*CATALOG, DeviceRef(99, "Bedroom fan")))
    if question.refusal is None and question.certainty > 0.6:
        assert question.intent is Intent.STATE, text
        assert [device.name for device in question.devices] == ["Bedroom fan"], text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("is the washer running?", (Intent.STATE, Quantity.STATE)),
        ("which devices are running?", (Intent.ACTIVE, Relation.COUNT)),
        ("how many devices are running?", (Intent.ACTIVE, Relation.COUNT)),
        ("what is the power of air conditioning power?", (Intent.POWER_NOW, Quantity.POWER)),
    ],
)
def test_understand_sensor_question_of_a_smart_home(text: str, meant: tuple[Intent, object]) -> None:
    question = ask(text)
    assert (question.intent, question.quantity) == meant


@pytest.mark.parametrize("text", NOT_METERED)
def test_understand_what_no_meter_of_the_site_records_is_declined(text: str) -> None:
    assert ask(text).intent is Intent.DECLINED


def test_understand_date_that_does_not_exist_is_never_replaced_by_the_default_window() -> None:
    assert ask("oven energy on 31 February").refusal is Refusal.EMPTY_WINDOW
    assert ask("oven energy in winter").refusal is Refusal.NOT_YET
