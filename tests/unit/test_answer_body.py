"""From a checked answer to the body of the contract."""

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
    Statistic,
    Window,
)
from api_service.assistant.verification.verify import Verdict
from api_service.chat.answer_body import evidence_of, names_of, scaled_value, window_of

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
    return Verdict(True, 1, 1, (), (), facts)


@pytest.mark.parametrize(
    ("value", "unit", "spoken"),
    [
        (999.0, "W", (999.0, "W")),
        (1000.0, "W", (1.0, "kW")),
        (-1500.0, "W", (-1.5, "kW")),
        (3413.72, "Wh", (3.41372, "kWh")),
        (999_999.0, "Wh", (999.999, "kWh")),
        (1_250_000.0, "Wh", (1.25, "MWh")),
        (2_000_000.0, "W", (2000.0, "kW")),
        (230.123456789123, "V", (230.123457, "V")),
        (0.0, "Wh", (0.0, "Wh")),
        ("on", "", ("on", "")),
    ],
)
def test_spoken_value_is_in_the_unit_of_the_words(
    value: float | str, unit: str, spoken: tuple[float | str, str]
) -> None:
    assert scaled_value(value, unit) == spoken


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
