"""The benchmark's reader and judge, on answers written by hand."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.assistant.cases import CaseWriter, Turn
from benchmarks.assistant.gold.expected_answers import KINDS, Claim, Expectation, Subject, Unfair, expect
from benchmarks.assistant.gold.ground_truth import Meter, Truth
from benchmarks.assistant.gold.spans import NamedSpan
from benchmarks.assistant.judging.answer_parser import named_devices, read_answer
from benchmarks.assistant.judging.scoring import Score, score
from benchmarks.assistant.phrasings import fill, read
from benchmarks.assistant.report import Result, calibration, summary
from simulator import Options, household, sample

START_S = 1_773_100_800.0  # 2026-03-10 00:00 UTC
NAMES = ("Oven", "TV", "Line 2 compressor", "Fridge", "Garage fridge")


def _meter(name: str, cluster: int, watts: float, state: str = "on") -> Meter:
    time_s = START_S + np.arange(0.0, 3601.0, 60.0)
    return Meter(
        name,
        cluster,
        time_s,
        np.full(61, watts),
        np.full(61, 2 * watts),
        np.full(61, 5.0),
        np.full(61, state),
    )


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth((_meter("Oven", 1, 2000, "heating"), _meter("TV", 2, 100, "off")), ZoneInfo("Europe/Madrid"))


def _evidence(device: str | None, quantity: str, statistic: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "device": device,
        "cluster": None,
        "quantity": quantity,
        "statistic": statistic,
        "value": value,
        "unit": unit,
        "start": "2026-03-10T00:00:00Z",
        "end": "2026-03-10T01:00:00Z",
        "samples": 60,
        "coverage": 1.0,
    }


ENERGY = _evidence("Oven", "energy", "sum", 2000.0, "Wh")
COMPARE_TURN = Turn(
    "compare", "Which?", (Expectation(("TV", "Oven"), values=(Claim(100.0, "Wh"), Claim(2000.0, "Wh"))),)
)
ENERGY_TURN = Turn("energy", "How much energy?", (Expectation(("Oven",), (Claim(2000.0, "Wh"),)),))


def _body(
    response: str, devices: list[str], *evidence: dict[str, Any], confidence: float = 0.9
) -> dict[str, Any]:
    return {
        "response": response,
        "devices": devices,
        "confidence": confidence,
        "evidence": list(evidence),
        "answered_by": "model",
    }


def test_read_answer_finds_numbers_with_their_rounding() -> None:
    reading = read_answer("It drew 1,234.5 W, then 3.41 kWh, 38 % and −2 V.", ())
    assert [(n.value, n.unit) for n in reading.numbers] == [(1234.5, "W"), (3410, "Wh"), (38, "%"), (-2, "V")]
    assert [n.tolerance for n in reading.numbers] == pytest.approx([0.05, 5.0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("written", "value", "agrees"),
    [
        ("3.41 kWh", 3412.3, True),
        ("3.41 kWh", 3415.2, False),
        ("12 W", 12.49, True),
        ("12.0 W", 12.06, False),
    ],
)
def test_spoken_number_agrees_within_the_rounding_that_was_written(
    written: str, value: float, agrees: bool
) -> None:
    assert read_answer(written, ()).numbers[0].agrees(value) is agrees


def test_spoken_number_rounded_to_nothing_does_not_inform() -> None:
    number = read_answer("0 kW", ()).numbers[0]
    assert number.agrees(40.0)
    assert not number.informs(40.0)


def test_read_answer_tells_times_and_dates_from_numbers() -> None:
    text = "Peak at 7:05 pm on 9 March 2026 (2026-03-10T18:04:00Z), March 3rd, by the line 2 compressor: 5 W."
    reading = read_answer(text, NAMES)
    assert reading.clocks == ("18:04", "19:05")
    assert reading.dates == ((2026, 3, 10), (2026, 3, 9), (None, 3, 3))
    assert [n.value for n in reading.numbers] == [5.0]


def test_named_devices_prefers_the_longer_name() -> None:
    assert named_devices("The garage fridge and the TV; not the ovenproof dish.", NAMES) == [
        "Garage fridge",
        "TV",
    ]
    assert named_devices("Die 冷蔵庫は on", ("冷蔵庫",)) == ["冷蔵庫"]


def test_score_of_right_answer_is_exact(truth: Truth) -> None:
    body = _body("The oven used 2.00 kWh.", ["Oven"], ENERGY)
    assert score(ENERGY_TURN, body, truth, "How much energy?") == Score("exact", (), (), "model", 0.9)


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        (_body("The oven used 2.1 kWh.", ["Oven"], ENERGY), "wrong", "lacks 2000 Wh"),
        (_body("The TV used 2 kWh.", ["TV"], ENERGY), "wrong", "speaks of ['TV'] instead of ['Oven']"),
        (_body("The oven used 2 kWh.", [], ENERGY), "wrong", "devices [] but the words name ['Oven']"),
        (
            _body("The oven used 2 kWh.", ["Oven"], {**ENERGY, "value": 2100.0}),
            "wrong",
            "evidence not true: Oven energy sum 2100.0",
        ),
        (_body("I do not know.", [], confidence=0.1), "declined", "refused"),
    ],
)
def test_score_of_other_answers_says_why(
    truth: Truth, body: dict[str, Any], verdict: str, reason: str
) -> None:
    judged = score(ENERGY_TURN, body, truth, "")
    assert judged.verdict == verdict
    assert reason in judged.reasons


def test_score_unsupported_number_is_found_and_wrong(truth: Truth) -> None:
    body = _body("The oven used 2 kWh, 7 % more than on 3 May, at 11:11.", ["Oven"], ENERGY)
    judged = score(ENERGY_TURN, body, truth, "")
    assert judged.verdict == "wrong"
    assert judged.unsupported == ("7 %", "11:11", "(None, 5, 3)")


def test_score_numbers_of_evidence_window_and_question_are_supported(truth: Truth) -> None:
    text = "In the last 3 hours the oven used 2 kWh (01:00 to 02:00 on 10 March, 100 % covered)."
    # Madrid is one hour ahead of the evidence's UTC.
    assert score(ENERGY_TURN, _body(text, ["Oven"], ENERGY), truth, "the last 3 hours?").verdict == "exact"


def test_score_refusal_needs_no_devices_and_low_confidence(truth: Truth) -> None:
    turn = Turn("off_topic", "Tell me a joke", (), "off_topic")
    assert (
        score(turn, _body("I speak of electricity only.", [], confidence=0.1), truth, "").verdict == "exact"
    )
    assert score(turn, _body("It is 5 W.", [], confidence=0.1), truth, "").verdict == "wrong"
    assert score(turn, _body("The oven is on.", ["Oven"], confidence=0.1), truth, "").verdict == "wrong"
    assert score(turn, _body("Sure.", [], confidence=0.9), truth, "").verdict == "wrong"


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ("The oven used more energy than the TV.", "exact"),
        ("The TV used less energy than the oven.", "exact"),
        ("The TV used more energy than the oven.", "wrong"),
        ("The oven and the TV used energy.", "wrong"),
    ],
)
def test_score_comparison_checks_who_leads(truth: Truth, response: str, verdict: str) -> None:
    assert score(COMPARE_TURN, _body(response, ["Oven", "TV"]), truth, "").verdict == verdict


def test_score_state_with_the_wrong_yes_is_wrong(truth: Truth) -> None:
    turn = Turn("state", "Is the TV on?", expect("state", truth, Subject(("TV",))))
    assert score(turn, _body("Yes, the TV is off.", ["TV"]), truth, "").verdict == "wrong"
    assert score(turn, _body("No, the TV is off.", ["TV"]), truth, "").verdict == "exact"


def test_score_ranking_order_matters(truth: Truth) -> None:
    turn = Turn("top_k", "Top 2?", (Expectation(("Oven", "TV"), ordered=True),))
    assert score(turn, _body("First the TV, then the oven.", ["Oven", "TV"]), truth, "").verdict == "wrong"
    assert score(turn, _body("First the oven, then the TV.", ["Oven", "TV"]), truth, "").verdict == "exact"


def test_evidence_of_a_difference_follows_from_the_other_pieces(truth: Truth) -> None:
    pieces = [ENERGY, _evidence("TV", "energy", "sum", 100.0, "Wh")]
    right = _evidence("Oven", "energy", "difference", 1.9, "kWh")
    text = "The oven used more than the TV, a difference of 1.9 kWh."
    assert score(COMPARE_TURN, _body(text, ["Oven", "TV"], *pieces, right), truth, "").verdict == "exact"
    wrong = {**right, "value": 1.8}
    judged = score(COMPARE_TURN, _body(text.replace("1.9", "1.8"), ["Oven", "TV"], *pieces, wrong), truth, "")
    assert judged.reasons == ("evidence not true: Oven energy difference 1.8",)


def test_expect_values_by_hand(truth: Truth) -> None:
    hour = NamedSpan("hour", (START_S, START_S + 3600), {})
    assert expect("energy", truth, Subject(("Oven",), hour))[0].claims == (Claim(2000.0, "Wh"),)
    assert expect("energy_total", truth, Subject((), hour))[0].claims[0].value == pytest.approx(2100)
    assert expect("share", truth, Subject(("TV",), hour))[0].claims[0].value == pytest.approx(100 / 21)
    assert expect("average", truth, Subject(("TV",), hour))[0].claims == (Claim(100.0, "W"),)
    assert expect("power_factor", truth, Subject(("TV",), hour))[0].claims == (Claim(0.5, ""),)
    assert expect("thd", truth, Subject(("TV",), hour))[0].claims == (Claim(5.0, "%"),)
    assert expect("power_total", truth, Subject())[0].claims == (Claim(2100.0, "W"),)
    assert expect("ranking", truth, Subject((), hour))[0].devices == ("Oven",)
    assert expect("ranking", truth, Subject((), hour, low_end=True))[0].devices == ("TV",)
    assert expect("state", truth, Subject(("Oven",)))[0].words == ("heating",)
    before = NamedSpan("before", (START_S - 7200, START_S - 3600), {})
    assert expect("energy", truth, Subject(("Oven",), before)) == ()
    with pytest.raises(Unfair):
        expect("thd_worst", truth, Subject((), hour))


def test_cases_of_the_sample_cover_every_kind_in_both_splits() -> None:
    truth = Truth.of(sample())
    for split in ("dev", "test"):
        cases = list(CaseWriter(truth, read(split), 1).cases())
        asked = {turn.kind for case in cases for turn in case.turns if turn.accepted}
        assert asked == set(KINDS)
        refused = {turn.refusal for case in cases for turn in case.turns if not turn.accepted}
        assert refused >= {
            "unknown_device", "off_topic", "control", "future", "gibberish", "not_recorded",
            "empty_window", "stale",
        }  # fmt: skip
        assert all("{" not in turn.text for case in cases for turn in case.turns)
        assert sum(len(case.turns) > 1 for case in cases) >= 8


def test_cases_are_the_same_for_the_same_seed() -> None:
    truth = Truth.of(household(9001, Options(days=3)))
    first, second = (list(CaseWriter(truth, read("dev"), 5).cases()) for _ in range(2))
    assert first == second


def test_phrasings_of_the_splits_share_no_question() -> None:
    dev, test = read("dev"), read("test")
    assert not {p.words for p in dev.questions} & {p.words for p in test.questions}
    assert not {p.words for p in dev.refusals} & {p.words for p in test.refusals}
    assert set(dev.windows) == set(test.windows)
    assert {p.kind for p in dev.questions} == {p.kind for p in test.questions} == set(KINDS)
    assert not set(dev.dialogues) & set(test.dialogues)
    assert not set(dev.unknown_devices) & set(test.unknown_devices)


def test_phrasings_of_the_test_split_are_enough_to_score() -> None:
    test = read("test")
    assert len(test.questions) >= 99
    assert len(test.refusals) >= 33
    assert len(test.dialogues) >= 10
    assert set(test.windows) == {
        "today", "yesterday", "last_minutes", "last_hours", "last_days", "this_week", "last_week", "weekday",
        "date",
    }  # fmt: skip


def test_fill_gives_a_leading_window_its_capital() -> None:
    assert fill("{when}, how much?", {"when": "last week"}) == "Last week, how much?"


def test_summary_counts_by_type_and_rates() -> None:
    results = [
        Result("h", "1", "energy", "?", "!", Score("exact", (), (), "model", 0.9), 0.1),
        Result("h", "2", "energy", "?", "!", Score("declined", (), (), "facts", 0.1), 0.3),
        Result("h", "3", "refuse:control", "?", "!", Score("wrong", (), ("7",), "facts", 0.8), 0.2),
    ]
    figures = summary(results)
    assert figures["types"]["energy"] == {
        "asked": 2, "exact": 1, "declined": 1, "wrong": 0, "model": 1, "unsupported": 0,
    }  # fmt: skip
    assert figures["unsupported_numbers"] == 1
    assert figures["refusal_recall"] == 0.0
    assert figures["false_refusals"] == 1
    assert figures["exact_share_answerable"] == 0.5
    assert figures["answered_by_model_share"] == 1.0
    assert figures["latency_p50_s"] == pytest.approx(0.2)


def test_calibration_by_hand() -> None:
    # Two answers at 0.9, one of them right: |0.9 - 0.5| for two thirds; 0.1 and wrong: 0.1 for a third.
    figures = calibration([0.9, 0.9, 0.1], [True, False, False])
    assert figures["ece"] == pytest.approx(0.4 * 2 / 3 + 0.1 / 3)
    # Of the two pairs (right, wrong) one is tied and one is in order.
    assert figures["auroc"] == pytest.approx(0.75)
