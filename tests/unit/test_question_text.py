"""A query as a whole question: what it holds is said, and what has no plain question gives none."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from api_service.assistant.entities.entity import (
    DeviceValue,
    Entity,
    EntityValue,
    GroupValue,
    NumberValue,
    StateValue,
    TimeValue,
)
from api_service.assistant.query.linear import parse, slots_used
from api_service.assistant.query.query import Request, SlotKind
from api_service.assistant.query.sampler import sample_request
from api_service.assistant.rendering.replies.question_text import question_text
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import DeviceRef, Window

DAY = datetime(2026, 3, 16, tzinfo=UTC)
_NAMES = ("EV charger", "Fridge", "Lights")


def entity(kind: SlotKind, slot: int) -> Entity:
    values: dict[SlotKind, EntityValue] = {
        SlotKind.DEVICE: DeviceValue(_NAMES[slot % 3], (DeviceRef(slot + 1, _NAMES[slot % 3]),)),
        SlotKind.GROUP: GroupValue("Kitchen", ()),
        SlotKind.TIME: TimeValue((TimeReading(Window(DAY, DAY + timedelta(days=1), f"on day {slot}")),)),
        SlotKind.HOURS: TimeValue((TimeReading(None, ((0, 360),), label="at night"),)),
        SlotKind.NUMBER: NumberValue(5000.0, "W"),
        SlotKind.STATE: StateValue("cooling"),
    }
    return Entity(kind, 0, 4, "5 kW", values[kind])


def said(linear: str) -> str:
    return text_of(parse(linear.replace("<", "<extra_id_")))


def text_of(request: Request) -> str:
    kinds = {int(use.slot): min(use.kinds) for use in slots_used(request)}
    return question_text(request, [entity(kinds[slot], slot) for slot in sorted(kinds)])


@pytest.mark.parametrize(
    ("linear", "question"),
    [
        ("when energy per day these <0> most", "Which day had the highest energy of the EV charger?"),
        ("value energy these <0> in <1>", "How much energy did the EV charger use on day 1?"),
        ("value power max these <0> in <1>", "What was the highest power of the EV charger on day 1?"),
        ("whether voltage where below <0> in <1>", "Was the voltage below 5 kW on day 1?"),
        ("whether state these <0> where on in <1>", "Was the EV charger on on day 1?"),
        (
            "which energy but <0> most in <1>",
            "Which device except the EV charger had the highest energy on day 1?",
        ),
        ("which state where off", "Which devices are off?"),
        ("how_many state where on", "How many devices are on?"),
        (
            "compare energy these <0> <1> in <2>",
            "How does the energy of the EV charger compare with that of the fridge on day 2?",
        ),
        ("list energy per day these <0> in <1>", "What was the energy of the EV charger by day on day 1?"),
        ("value energy these <0> where on", "How much energy did the EV charger use while on?"),
        ("value on_time these <0> in <1>", "How long was the EV charger on on day 1?"),
        ("when state last these <0> where on", "When was the EV charger last on?"),
        ("value energy these <0> <1> in <2> ratio", ""),
        ("value energy these <0> times <1>", ""),
    ],
)
def test_question_says_what_the_query_holds(linear: str, question: str) -> None:
    assert said(linear) == question


def test_every_question_is_a_whole_sentence_that_names_all_its_slots() -> None:
    rng, found = random.Random(5), 0
    for _ in range(120):
        request = sample_request(rng)
        if not (text := text_of(request)):
            continue
        found += 1
        assert re.fullmatch(r"[A-Z][^{}<>]*\w\u201d?\?", text), text
        assert "  " not in text
        assert not re.search(r"\b(of|the|was|had) \1\b", text), text
        times = [use.slot for use in slots_used(request) if SlotKind.TIME in use.kinds]
        assert all(f"on day {slot}" in text for slot in times), text
    assert found > 25
