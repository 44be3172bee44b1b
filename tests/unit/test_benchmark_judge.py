"""The benchmark's judge, on answers and golds written by hand; many must be judged wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.query.linear import parse
from benchmarks.assistant.gold.bound_answers import Gold
from benchmarks.assistant.judging.answer_parser import read_answer
from benchmarks.assistant.judging.judge import Judgement, judge
from benchmarks.assistant.judging.said import Known, Said, unsupported
from benchmarks.assistant.questions.filling import Turn
from tests.support.query_meaning import Expected

ZONE = ZoneInfo("Europe/Madrid")
NAMES = ("Oven", "Fridge", "TV", "Bedroom TV")
# Tuesday 10 March 2026 in Madrid, its first and last moment.
DAY = ("2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00")
START_US = 1_773_097_200_000_000


@dataclass
class Answer:
    text: str
    devices: tuple[str, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    confidence: float = 0.9
    choices: tuple[str, ...] = ()

    def said(self) -> Said:
        body = {
            "response": self.text,
            "devices": list(self.devices),
            "evidence": list(self.evidence),
            "confidence": self.confidence,
            "choices": list(self.choices),
            "window": {"start": DAY[0], "end": DAY[1], "label": "yesterday"},
        }
        return Said(body, NAMES, ZONE)


def cell(device: str | None, what: str, value: float, unit: str, at: str | None = None) -> dict[str, Any]:
    statistic, quantity = what.split()
    return {
        "device": device, "cluster": None, "quantity": quantity, "statistic": statistic, "value": value,
        "unit": unit, "start": DAY[0], "end": DAY[1], "at": at, "samples": 144, "coverage": 1.0,
    }  # fmt: skip


def gold(linear: str, rows: list[Any], **more: Any) -> Gold:
    text = linear.replace("<", "<extra_id_")
    expected = Expected(
        [((name, None, key), value) for name, key, value in rows],
        more.pop("verdict", None),
        more.pop("count", None),
        more.pop("spans", None),
    )
    spans = ((START_US, START_US + 86_400_000_000),)
    return Gold("rows", Turn("?", parse(text), Bindings()), "", expected, spans=spans, **more)


ENERGY = gold("value energy these <0> in <1>", [("Oven", 0, 3410.0)])
OVEN = cell("Oven", "sum energy", 3.41, "kWh")
FRIDGE = cell("Fridge", "sum energy", 3.41, "kWh")
TV = cell("TV", "sum energy", 1200, "Wh")
BEDROOM = cell("Bedroom TV", "sum energy", 1200, "Wh")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer("The oven used 3.41 kWh yesterday.", ("Oven",), (OVEN,)), "exact"),
        (Answer("The oven used 3410 Wh yesterday.", ("Oven",), (OVEN,)), "exact"),
        # The right value stands in the evidence, but is not what is said.
        (Answer("The oven used 3.9 kWh yesterday.", ("Oven",), (OVEN,)), "misread"),
        # Said, but nothing behind it.
        (Answer("The oven used 3.41 kWh yesterday.", ("Oven",), ()), "misread"),
        # Of another device, in another unit, rounded to nothing.
        (Answer("The fridge used 3.41 kWh.", ("Fridge",), (FRIDGE,)), "misread"),
        (Answer("The oven drew 3.41 kW.", ("Oven",), (cell("Oven", "mean power", 3.41, "kW"),)), "misread"),
        (Answer("The oven used 0 MWh yesterday.", ("Oven",), (OVEN,)), "misread"),
        (Answer("I do not know an oven.", (), (), 0.1), "declined"),
        (Answer("Which oven?", ("Oven",), (), 0.9, ("the left oven?", "the right oven?")), "declined"),
        (Answer("", (), (), 0.9), "broken"),
    ],
)  # fmt: skip
def test_value(answer: Answer, verdict: str) -> None:
    assert judge(answer.said(), ENERGY).verdict == verdict


def test_value_over_another_window_is_misread() -> None:
    said = Answer("The oven used 3.41 kWh.", ("Oven",), (OVEN,)).said()
    said.body["window"]["start"] = "2026-03-09T00:00:00+01:00"
    assert judge(said, ENERGY).verdict == "misread"


LOWEST = cell(None, "min voltage", 206.1, "V")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer("Yes: the voltage fell to 206.1 V.", (), (LOWEST,)), "exact"),
        (Answer("No, the lowest voltage was 206.1 V.", (), (LOWEST,)), "misread"),
        (Answer("The lowest voltage was 206.1 V.", (), (LOWEST,)), "misread"),
        # A lucky yes to another question.
        (Answer("Yes, it averaged 231 V.", (), (cell(None, "mean voltage", 231.0, "V"),)), "misread"),
        (Answer("I cannot tell.", (), (), 0.2), "declined"),
    ],
)
def test_yes_or_no(answer: Answer, verdict: str) -> None:
    asked = gold("whether voltage where below <0> in <1>", [("", 0, 206.1)], verdict=True)
    assert judge(answer.said(), asked).verdict == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer("The TV used the most: 1.2 kWh.", ("TV",), (TV,)), "exact"),
        (Answer("The bedroom TV used the most: 1.2 kWh.", ("Bedroom TV",), (BEDROOM,)), "misread"),
        (Answer("The oven and the TV: 1.2 kWh.", ("Oven", "TV"), (TV,)), "misread"),
        # The right name for another reason.
        (Answer("The TV has the highest THD: 71 %.", ("TV",), (cell("TV", "mean thd", 71, "%"),)), "misread"),
    ],
)  # fmt: skip
def test_which(answer: Answer, verdict: str) -> None:
    asked = gold("which energy most in <0>", [("TV", 0, 1200.0)])
    assert judge(answer.said(), asked).verdict == verdict


def difference(kwh: float) -> dict[str, Any]:
    return cell("Oven", "sum energy", kwh, "kWh")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer("The oven used 2 kWh less than the fridge.", ("Oven",), (difference(-2),)), "exact"),
        (Answer("The oven used 2 kWh more than the fridge.", ("Oven",), (difference(-2),)), "misread"),
        (Answer("The oven used 2 kWh more than the fridge.", ("Oven",), (difference(2),)), "exact"),
    ],
)
def test_difference_may_be_told_from_either_side(answer: Answer, verdict: str) -> None:
    asked = gold("value energy these <0> <1> in <2> difference", [("Oven", 0, 2000.0)])
    assert judge(answer.said(), asked).verdict == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("Three devices are on.", "exact"), ("3 devices are on.", "exact"), ("Two devices are on.", "misread")],
)
def test_how_many(text: str, verdict: str) -> None:
    asked = gold(
        "how_many state where on", [("Oven", 0, "on"), ("TV", 0, "on"), ("Fridge", 0, "on")], count=3
    )
    assert judge(Answer(text, ()).said(), asked).verdict == verdict


@pytest.mark.parametrize(
    ("text", "at", "verdict"),
    [
        ("The oven peaked at 18:40 with 2.3 kW.", "2026-03-10T18:40:00+01:00", "exact"),
        ("The oven peaked at 6:40 pm with 2.3 kW.", "2026-03-10T18:40:00+01:00", "exact"),
        ("The oven peaked at 17:40 with 2.3 kW.", "2026-03-10T18:40:00+01:00", "misread"),
        ("The oven peaked at 18:40 with 2.3 kW.", "2026-03-10T17:40:00+01:00", "misread"),
        ("The oven peaked with 2.3 kW.", "2026-03-10T18:40:00+01:00", "misread"),
    ],
)
def test_when(text: str, at: str, verdict: str) -> None:
    moment_us = round(datetime(2026, 3, 10, 17, 40, tzinfo=UTC).timestamp() * 1e6)
    asked = gold("when power max these <0> in <1>", [("Oven", 0, 2300.0)], moments_us=(moment_us,))
    said = Answer(text, ("Oven",), (cell("Oven", "max power", 2300, "W", at),)).said()
    assert judge(said, asked).verdict == verdict


def test_when_of_a_weekday() -> None:
    asked = gold("when energy per weekday most", [("", 5, 8100.0)])
    shown = (cell(None, "sum energy", 8.1, "kWh"),)
    assert judge(Answer("We use the most on Saturdays: 8.1 kWh.", (), shown).said(), asked).verdict == "exact"
    assert judge(Answer("We use the most on Sundays: 8.1 kWh.", (), shown).said(), asked).verdict == "misread"


def test_list_shows_its_head_and_has_all_in_the_evidence() -> None:
    rows = [("Oven", 0, 3000.0), ("TV", 0, 2000.0), ("Fridge", 0, 1000.0), ("Bedroom TV", 0, 500.0)]
    asked = gold("list energy most in <0>", rows)
    shown = tuple(cell(name, "sum energy", value, "Wh") for name, _, value in rows)
    text = "Oven 3.00 kWh, TV 2.00 kWh, fridge 1.00 kWh and one more."
    assert judge(Answer(text, NAMES[:3], shown).said(), asked).verdict == "exact"
    assert judge(Answer(text, NAMES[:3], shown[:3]).said(), asked).verdict == "misread"
    assert judge(Answer("The oven used 3.00 kWh.", NAMES[:1], shown).said(), asked).verdict == "misread"


def test_nothing_found_must_be_said() -> None:
    asked = gold("which power latest having above <0>", [])
    assert judge(Answer("No device draws more than 5 kW.", ()).said(), asked).verdict == "exact"
    assert judge(Answer("The oven draws 2 kW.", ("Oven",)).said(), asked).verdict == "misread"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer("I cannot switch anything.", (), (), 0.1), "exact"),
        (Answer("The oven used 3.41 kWh.", ("Oven",), (OVEN,)), "false answer"),
        (Answer("The oven is off.", ("Oven",), (OVEN,), 0.3), "false answer"),
    ],
)
def test_what_must_be_declined(answer: Answer, verdict: str) -> None:
    asked = Gold("decline", Turn("turn it off", parse("control"), Bindings()), "control")
    assert judge(answer.said(), asked).verdict == verdict


def test_the_kind_that_the_service_states_comes_first() -> None:
    said = Said({"response": "No device is on.", "confidence": 0.9}, NAMES, ZONE, "unknown_device")
    assert judge(said, ENERGY) == Judgement("declined", judge(said, ENERGY).reasons)


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("The oven used 3.41 kWh on 10 March.", []),
        ("The oven used 3.4 kWh, more than your 2 kWh.", []),
        ("The oven used 3.41 kWh and the TV 2.7 kWh.", ["2.7 kWh"]),
        ("The oven used 3.41 kWh until 18:37.", ["18:37"]),
        ("The oven used 3.41 kWh on 12 March.", ["(None, 3, 12)"]),
        ("The voltage should stay below 253 V.", []),
        ("It took 24 h.", []),
        ("By day: 3.41.", []),
        ("None of the 4 devices, by EN 50160, above 2 kWh.", []),
        ("By day: 3.91.", ["3.91"]),
        ("None of the 5 devices.", ["5"]),
        ("It took 3 h 20 min.", ["3 h 20 min"]),
    ],
)
def test_unsupported_numbers(text: str, loose: list[str]) -> None:
    said = Answer(text, ("Oven",), (OVEN,)).said()
    assert unsupported(said, "more than 2 kWh?", Known((), (253.0,))) == loose


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3 h 20 min", 12_000.0, "s"),
        ("4 days 5 h", 363_600.0, "s"),
        ("45 s", 45.0, "s"),
        ("1.5 hours", 5400.0, "s"),
        ("twice", 2.0, ""),
        ("1,234.5 kWh", 1_234_500.0, "Wh"),
    ],
)
def test_numbers_of_a_text(text: str, value: float, unit: str) -> None:
    (found,) = read_answer(f"It was {text} then.", NAMES).numbers
    assert (found.value, found.unit) == (value, unit)


def test_end_of_a_run_is_supported_by_its_beginning_and_length() -> None:
    run = cell("Oven", "max on_time", 1200.0, "s", "2026-03-10T18:40:00+01:00")
    said = Answer("The longest run lasted 20 min, from 18:40 to 19:05.", ("Oven",), (run,)).said()
    assert unsupported(said, "", Known()) == ["19:05"]
    said = Answer("The longest run lasted 20 min, from 18:37 to 18:57.", ("Oven",), (run,)).said()
    assert unsupported(said, "", Known()) == ["18:37", "18:57"]
    said = Answer("The longest run lasted 20 min, from 18:40 to 19:00.", ("Oven",), (run,)).said()
    assert unsupported(said, "", Known()) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (
            "By day: Mon 4 May 4.11, Tue 5 May 4.00 and Wed 6 May 4.09 kW.",
            [(4110.0, "W"), (4000.0, "W"), (4090.0, "W")],
        ),
        ("On 5 devices: the oven (3.1 kWh), the fridge (500 Wh)", [(5.0, ""), (3100.0, "Wh"), (500.0, "Wh")]),
        ("It ran 3 times. It used 2 kWh.", [(3.0, ""), (2000.0, "Wh")]),
    ],
)
def test_numbers_of_a_list_have_the_unit_at_its_end(text: str, numbers: list[tuple[float, str]]) -> None:
    found = [(number.value, number.unit) for number in read_answer(text, ()).numbers]

    assert [(pytest.approx(value), unit) for value, unit in numbers] == found
