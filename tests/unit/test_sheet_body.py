"""From a checked answer to the body of the contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.types import (
    AnswerFacts,
    DeviceRef,
    Fact,
    Intent,
    Moment,
    Quantity,
    Question,
    Refusal,
    Window,
)
from api_service.assistant.verification.verify import Verdict
from api_service.chat.answering.patterns.sheet_body import evidence_of, evidence_value, names_of, window_of
from api_service.metering.measure import Statistic

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OVEN, FRIDGE = DeviceRef(1, "Oven"), DeviceRef(2, "Fridge")
YESTERDAY = Window(datetime(2026, 3, 8, 23, tzinfo=UTC), datetime(2026, 3, 9, 23, tzinfo=UTC), "yesterday")


def fact(device: DeviceRef | None, value: float, window: Window = YESTERDAY) -> Fact:
    return Fact(
        device, Quantity.ENERGY, Statistic.SUM, value, "Wh", window.start, window.end, None, 144, 0.98765432
    )


def sheet(*facts: Fact, required: tuple[int, ...] = (0,), window: Window | None = YESTERDAY) -> AnswerFacts:
    question = Question("?", Intent.ENERGY, window=window)
    return AnswerFacts(question, Moment(NOW, MADRID), facts, required)


def verdict(*facts: int) -> Verdict:
    return Verdict(True, (), (), facts)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("power", 999.0, (999.0, "W")),
        ("power", 1000.0, (1.0, "kW")),
        ("power", -1500.0, (-1.5, "kW")),
        ("energy", 3413.72, (3.41372, "kWh")),
        ("energy", 999_999.0, (999.999, "kWh")),
        ("energy", 1_250_000.0, (1.25, "MWh")),
        ("power", 2_000_000.0, (2000.0, "kW")),
        ("voltage", 230.123456789123, (230.123457, "V")),
        ("reactive_power", 1500.0, (1.5, "kvar")),
        ("energy", 0.0, (0.0, "Wh")),
    ],
)
def test_evidence_value_is_in_the_unit_of_the_words(
    key: str, value: float, written: tuple[float, str]
) -> None:
    assert evidence_value(replace(fact(OVEN, value), quantity=Quantity(key))) == written


def test_evidence_value_of_a_state_is_its_text() -> None:
    state = replace(fact(OVEN, 0.0), quantity=Quantity.STATE, value="on", unit="")
    assert evidence_value(state) == ("on", "")


def test_evidence_holds_required_and_used_facts_once_in_order() -> None:
    facts = [fact(OVEN, 3413.72), fact(FRIDGE, 820.0), fact(None, 9000.0)]
    made = evidence_of(sheet(*facts, required=(0,)), verdict(2, 0))
    assert [(item.device, item.cluster, item.value, item.unit) for item in made] == [
        ("Oven", 1, 3.41372, "kWh"),
        (None, None, 9.0, "kWh"),
    ]
    assert made[0].coverage == 0.9877
    assert made[0].samples == 144


def test_evidence_times_are_in_the_sites_zone() -> None:
    (item,) = evidence_of(sheet(fact(OVEN, 1.0)), verdict())
    assert item.start.isoformat() == "2026-03-09T00:00:00+01:00"
    assert item.end.isoformat() == "2026-03-10T00:00:00+01:00"


def test_evidence_of_a_refusal_is_all_that_its_sentence_may_use() -> None:
    seen = fact(OVEN, 1.0)
    refused = AnswerFacts(
        Question("?", Intent.POWER_NOW), Moment(NOW, MADRID), (seen,), (), Refusal.STALE, ("Oven",)
    )
    assert [item.device for item in evidence_of(refused, verdict())] == ["Oven"]


def test_window_is_the_questions_own() -> None:
    window = window_of(sheet(fact(OVEN, 1.0)))
    assert window is not None
    assert (window.label, window.timezone) == ("yesterday", "Europe/Madrid")
    assert window.start.isoformat() == "2026-03-09T00:00:00+01:00"


def test_window_of_a_question_without_one_is_the_last_24_hours_where_the_facts_are_over_them() -> None:
    day = Window(NOW - timedelta(hours=24), NOW, "")
    window = window_of(sheet(fact(OVEN, 1.0, day), window=None))
    assert window is not None
    assert window.label == "in the last 24 hours"
    now = Window(NOW, NOW, "")
    assert window_of(sheet(fact(OVEN, 1.0, now), window=None)) is None


def test_names_are_said_once_in_the_order_of_the_words() -> None:
    assert names_of([FRIDGE, OVEN, FRIDGE]) == ["Fridge", "Oven"]
