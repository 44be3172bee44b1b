"""Each way out of a question names its true reason, and what there is instead."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.mask import mask
from api_service.assistant.execution.site import Site, SiteDevice
from api_service.assistant.query.query import Outcome
from api_service.assistant.rendering.replies.examples import DeviceRecord, example_questions
from api_service.assistant.rendering.replies.texts import outcome_text
from api_service.assistant.types import Moment
from api_service.assistant.understanding.reading.reading import ReaderOutput, read_output, slots_of
from api_service.chat.answering.decisions import AcceptedQuery, Decision, QuestionRead, Reply, decide
from api_service.chat.answering.site_catalog import KnownSite, catalog_of
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.moments import epoch_us

MADRID = ZoneInfo("Europe/Madrid")
NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), MADRID)
NAMES = ("Oven", "Fridge", "Bedroom lamp", "Office lamp")


def status(cluster: int, name: str) -> DeviceStatus:
    first = NOW.now - timedelta(days=30)
    return DeviceStatus(cluster, name, first, NOW.now, "on", 100.0, None, 10.0, 100.0)


def known_site() -> KnownSite:
    devices = {n: SiteDevice(status(n, name), ("on", "off")) for n, name in enumerate(NAMES, 1)}
    site = Site(devices, epoch_us(NOW.now), MADRID)
    return KnownSite(site, catalog_of(site), NOW)


KNOWN = known_site()


def decision(text: str, *linears: str, logprob: float = -0.2) -> Decision:
    """What becomes of a question that is read so, and then so."""
    masked = mask(text, KNOWN.catalog, NOW)
    outputs = [ReaderOutput(linear.replace("<", "<extra_id_"), (logprob,), (2.0,)) for linear in linears]
    readings = tuple(read_output(output, masked, None) for output in outputs)
    return decide(QuestionRead(masked, slots_of(masked, None), readings), KNOWN)


def reply(text: str, *linears: str, logprob: float = -0.2) -> Reply:
    found = decision(text, *linears, logprob=logprob)
    assert isinstance(found, Reply), found
    return found


def test_query_with_all_its_values_is_accepted() -> None:
    found = decision("how much energy did the oven use yesterday", "value energy these <0> in <1>")
    assert isinstance(found, AcceptedQuery)
    (subject,) = found.bindings.devices.values()
    assert subject.clusters == (1,)


def test_unknown_device_is_named_and_what_there_is() -> None:
    found = reply("how much energy did the sauna use yesterday", "value energy these <0> in <1>")
    assert found.kind == "unknown_device"
    assert "sauna" in found.text
    assert "I know the oven, the fridge" in found.text
    assert found.query is not None  # "and the fridge?" goes on from it


def test_ambiguous_device_is_asked_back_with_choices() -> None:
    found = reply("how much energy did the lamp use yesterday", "value energy these <0> in <1>")
    assert found.kind == "ambiguous_device"
    assert "the bedroom lamp or the office lamp" in found.text
    assert [choice.question for choice in found.choices] == [
        "how much energy did the Bedroom lamp use yesterday",
        "how much energy did the Office lamp use yesterday",
    ]


@pytest.mark.parametrize(
    ("text", "linear", "kind", "part"),
    [
        ("voltage at 25:00 yesterday", "value voltage in <0>", "no_such_time", "25:00"),
        ("how much energy tomorrow", "value energy in <0>", "future", "tomorrow"),
        (
            "was the voltage above 3 kW today",
            "whether voltage where above <0> in <1>",
            "wrong_unit",
            "is in V",
        ),
        ("sum of the power factor", "value power_factor sum", "senseless", "A power factor has no sum."),
        ("median power today", "value power in <0>", "leftover", "\u201cmedian\u201d"),
        ("half of what the oven used", "value energy these <1>", "leftover", "\u201chalf\u201d"),
        ("what is thd", "explain thd", "explained", "harmonic distortion"),
    ],
)
def test_reason_is_the_true_one(text: str, linear: str, kind: str, part: str) -> None:
    found = reply(text, linear)
    assert found.kind == kind
    assert part in found.text


def test_words_left_over_come_with_a_whole_question_that_can_be_answered() -> None:
    found = reply("median power of the oven today", "value power these <0> in <1>")
    (choice,) = found.choices
    assert choice.question == "What was the average power of the oven today?"
    assert found.text.endswith("I could answer: What was the average power of the oven today?")
    assert choice.query.linear() == "value power these <extra_id_0> in <extra_id_1>"


def test_second_reading_is_taken_where_the_first_drops_a_word() -> None:
    found = decision(
        "median power of the oven today",
        "value power these <0> in <1>",
        "value power median these <0> in <1>",
    )
    assert isinstance(found, AcceptedQuery)
    assert found.query.linear() == "value power median these <extra_id_0> in <extra_id_1>"


def test_output_that_is_no_query_is_not_understood() -> None:
    assert reply("asdf", "value").kind == "unreadable"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence_of_its_own(outcome: Outcome) -> None:
    grounds = {Outcome.FORECAST: "whatever comes next", Outcome.WHY: "why whatever"}
    found = reply(grounds.get(outcome, "whatever"), outcome.value)
    assert found.kind == outcome.value
    others = {outcome_text(other, ()) for other in Outcome if other is not outcome}
    assert outcome_text(outcome, ()) not in others


@pytest.mark.parametrize("outcome", [Outcome.GREETING, Outcome.HELP, Outcome.OFF_TOPIC])
def test_small_talk_comes_with_questions_that_work(outcome: Outcome) -> None:
    assert "Which device used the most energy yesterday?" in reply("hi", outcome.value).text


def test_doubtful_reason_is_not_given() -> None:
    found = reply("is the oven baking", "control", logprob=-0.6)
    assert found.kind == "unsure"
    assert found.text.startswith("I am not sure that I understood this")
    assert reply("switch off the oven", "control", logprob=-0.6).kind == "control"


def test_examples_after_a_refusal_keep_to_what_was_asked() -> None:
    found = reply("why is the voltage of the fridge bad yesterday", "why", logprob=-0.1)
    assert "What was the average voltage of the fridge yesterday?" in found.text
    assert "When was the power of the fridge highest yesterday?" in found.text


def test_definitions_and_small_talk_are_as_sure_as_their_reading() -> None:
    assert reply("what is thd", "explain thd", logprob=-0.05).confidence == pytest.approx(math.exp(-0.05))
    assert reply("thanks", "thanks", logprob=-0.02).confidence == pytest.approx(math.exp(-0.02))
    assert reply("who won the cup", "off_topic", logprob=-0.01).confidence == 0.1


# --- suggestions ----


def record(name: str, days_ago: float, until_days_ago: float = 0.0) -> DeviceRecord:
    return DeviceRecord(
        name, NOW.now - timedelta(days=days_ago), NOW.now - timedelta(days=until_days_ago), power_w=5.0
    )


def test_examples_speak_of_a_day_that_has_readings() -> None:
    assert example_questions([record("Oven", 3), record("Fridge", 3)], NOW)[1].endswith("yesterday?")
    assert example_questions([record("Oven", 0.2), record("Fridge", 0.2)], NOW)[1].endswith("today?")
    assert example_questions([record("Oven", 90, 60)], NOW)[1] == (
        "How much energy did the oven use on 11 January 2026?"
    )


def test_examples_of_one_device_ask_for_no_ranking_and_none_without_devices() -> None:
    assert not any(question.startswith("Which") for question in example_questions([record("Oven", 3)], NOW))
    assert example_questions([], NOW) == ()
