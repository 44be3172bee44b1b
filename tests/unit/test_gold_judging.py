"""The benchmark's judge of window labels, comparisons and told times, on examples worked out by hand.

Everything happens in Madrid, one hour ahead of UTC; now is Wednesday 11 March 2026 at 01:00.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.assistant.cases import Turn
from benchmarks.assistant.gold.expected_answers import Claim, Expectation
from benchmarks.assistant.gold.ground_truth import Meter, Truth
from benchmarks.assistant.judging.comparing import Relation, comparison_faults, read_relation
from benchmarks.assistant.judging.evidence import evidence_faults
from benchmarks.assistant.judging.labels import tells_the_truth
from benchmarks.assistant.judging.scoring import score

ZONE = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 11, 1, tzinfo=ZONE)
PAIR = ("Router", "Lights")
COMPARED = Expectation(PAIR, values=(Claim(222.0, "Wh"), Claim(601.0, "Wh")))


def _meter(name: str, first: datetime, last: datetime, watts: list[float]) -> Meter:
    time_s = np.linspace(first.timestamp(), last.timestamp(), len(watts))
    power_w = np.array(watts)
    return Meter(name, 1, time_s, power_w, power_w, power_w, np.array(["on"] * len(watts)))


@pytest.fixture(scope="module")
def truth() -> Truth:
    router = _meter("Router", datetime(2026, 3, 2, 10, 30, tzinfo=ZONE), NOW, [5, 9, 7])
    lights = _meter(
        "Lights", datetime(2026, 3, 3, tzinfo=ZONE), datetime(2026, 3, 8, 20, 29, tzinfo=ZONE), [60, 60]
    )
    return Truth((router, lights), ZONE)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("label", "start", "end", "true"),
    [
        ("in the last 24 hours", "2026-03-10T01:00", "2026-03-11T01:00", True),
        ("in the last 24 hours", "2026-03-10T00:00", "2026-03-11T01:00", False),
        ("in the last 24 hours", "2026-03-09T01:00", "2026-03-10T01:00", False),
        ("over the past 90 minutes", "2026-03-10T23:30", "2026-03-11T01:00", True),
        ("in the last 1.5 hours", "2026-03-10T23:30", "2026-03-11T01:00", True),
        ("in the last 90 minutes", "2026-03-10T23:28", "2026-03-11T01:00", False),
        ("in the last hour", "2026-03-11T00:00", "2026-03-11T01:00", True),
        ("in the last 3 days", "2026-03-08T01:00", "2026-03-11T01:00", True),
        ("in the last 3 days", "2026-03-08T00:00", "2026-03-11T00:00", False),
        ("today", "2026-03-11T00:00", "2026-03-11T01:00", True),
        ("today", "2026-03-10T00:00", "2026-03-11T01:00", False),
        ("yesterday", "2026-03-10T00:00", "2026-03-11T00:00", True),
        ("yesterday", "2026-03-10T00:00", "2026-03-10T23:00", False),
        ("this week", "2026-03-09T00:00", "2026-03-11T01:00", True),
        ("last week", "2026-03-02T00:00", "2026-03-09T00:00", True),
        ("last week", "2026-03-04T00:00", "2026-03-11T00:00", False),
        ("on Tuesday 10 March", "2026-03-10T00:00", "2026-03-11T00:00", True),
        ("on Monday 10 March", "2026-03-10T00:00", "2026-03-11T00:00", False),
        ("on Tuesday 10 March 2026", "2026-03-10T00:00", "2026-03-11T00:00", True),
        ("on Tuesday 10 March 2025", "2026-03-10T00:00", "2026-03-11T00:00", False),
        ("on 9 March", "2026-03-10T00:00", "2026-03-11T00:00", False),
        ("on 2026-03-10", "2026-03-10T00:00", "2026-03-11T00:00", True),
        ("on Monday", "2026-03-09T00:00", "2026-03-10T00:00", True),
        ("on Monday", "2026-03-02T00:00", "2026-03-03T00:00", False),
        ("at teatime", "2026-03-09T00:00", "2026-03-10T00:00", None),
        ("since Monday 18:00", "2026-03-09T18:00", "2026-03-11T01:00", None),
    ],
)
def test_label_of_a_window_is_held_against_its_start_and_end(
    truth: Truth, label: str, start: str, end: str, true: bool | None
) -> None:
    assert tells_the_truth(label, (_at(start), _at(end)), truth) is true


def test_label_of_the_day_the_clocks_change_is_true_at_23_hours() -> None:
    noon = datetime(2026, 3, 30, 12, tzinfo=ZONE)
    home = Truth((_meter("Router", datetime(2026, 3, 27, tzinfo=ZONE), noon, [1, 1]),), ZONE)
    sunday = (_at("2026-03-29T00:00"), _at("2026-03-30T00:00"))
    assert sunday[1] - sunday[0] == 23 * 3600
    assert tells_the_truth("yesterday", sunday, home)
    assert tells_the_truth("on Sunday 29 March", sunday, home)


def _body(response: str, window: dict[str, Any] | None, **other: Any) -> dict[str, Any]:
    return {"response": response, "window": window, "evidence": [], **other}


def _window(start: str, end: str, label: str) -> dict[str, Any]:
    start, end = (datetime.fromtimestamp(_at(text), ZONE).isoformat() for text in (start, end))
    return {"start": start, "end": end, "timezone": "Europe/Madrid", "label": label}


@pytest.mark.parametrize(
    ("start", "label", "loose", "verdict"),
    [
        ("2026-03-10T01:00", "in the last 24 hours", (), "exact"),
        ("2026-03-10T01:00", "in the last 25 hours", ("24",), "wrong"),
        ("2026-03-09T01:00", "in the last 24 hours", ("24",), "wrong"),
        ("2026-03-10T01:00", "as you like", ("24",), "wrong"),
    ],
)
def test_score_number_of_the_label_is_supported_only_when_the_label_is_true(
    truth: Truth, start: str, label: str, loose: tuple[str, ...], verdict: str
) -> None:
    turn = Turn("state", "Is the router on?", (Expectation(("Router",), words=("on",)),))
    text = "In the last 24 hours the router was on."
    body = _body(text, _window(start, "2026-03-11T01:00", label), devices=["Router"], confidence=0.9)
    judged = score(turn, body, truth, turn.text)
    assert (judged.verdict, judged.unsupported) == (verdict, loose)


def test_score_number_outside_of_the_label_stays_unsupported(truth: Truth) -> None:
    turn = Turn("state", "Is the router on?", (Expectation(("Router",), words=("on",)),))
    body = _body(
        "In the last 24 hours the router was on for 24 minutes.",
        _window("2026-03-10T01:00", "2026-03-11T01:00", "in the last 24 hours"),
        devices=["Router"],
        confidence=0.9,
    )
    assert score(turn, body, truth, turn.text).unsupported == ("24",)


@pytest.mark.parametrize(
    ("text", "higher"),
    [
        ("The router used less energy than the lights: 222 Wh against 601 Wh.", "Lights"),
        ("The lights used more energy than the router: 601 Wh against 222 Wh.", "Lights"),
        ("The lights used less energy than the router.", "Router"),
        ("Compared with the lights, the router used less.", "Lights"),
        ("Less energy than the router was used by the lights.", "Router"),
        ("The router did not use more than the lights.", "Lights"),
        ("No, the router used more than the lights.", "Router"),
        ("No, more was used by the lights.", "Lights"),
        ("The router is more economical than the lights.", "Lights"),
        ("Most energy went into the lights, not into the router.", "Lights"),
    ],
)
def test_relation_is_read_whoever_is_named_first(text: str, higher: str) -> None:
    lower = "Router" if higher == "Lights" else "Lights"
    assert read_relation(text, PAIR) == Relation(higher, lower)


def test_relation_of_a_text_that_compares_nothing_is_none() -> None:
    assert read_relation("The router 222 Wh, the lights 601 Wh, a difference of 379 Wh.", PAIR) is None


@pytest.mark.parametrize(
    "text",
    [
        "The router used less energy than the lights: 222 Wh against 601 Wh.",
        "The lights used more energy than the router today, 601 Wh against 222 Wh: 2.7 times as much.",
        "The lights used more energy than the router: 0.60 kWh against 222 Wh, a difference of 379 Wh.",
        "Energy today: the lights 601 Wh, the router 222 Wh, a difference of 379 Wh.",
        "With 601 Wh the lights used more than the router with 222 Wh.",
        "The lights used 379 Wh more than the router.",
        "The router used less than the lights. The lights used 601 Wh, the router 222 Wh.",
        "The lights used more than the router.",
    ],
)
def test_comparison_that_is_true_has_no_faults(text: str) -> None:
    assert comparison_faults(text, "Which used more?", COMPARED) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The router used more energy than the lights: 222 Wh against 601 Wh.", "Lights is above Router"),
        ("The lights used more energy than the router: 222 Wh against 601 Wh.", "lacks 222 Wh of Router"),
        ("The lights used more energy than the router: 601 Wh against 230 Wh.", "lacks 222 Wh of Router"),
        ("The lights used more than the router: 601 W against 222 W.", "lacks 222 Wh of Router"),
        ("Energy: the lights 222 Wh, the router 601 Wh.", "lacks 601 Wh of Lights"),
        ("The lights used 601 Wh and the router something.", "makes no comparison"),
        ("The lights used more than the router: 700 Wh.", "700 Wh is neither's value"),
        ("The difference of the router and the lights is 379 Wh.", "makes no comparison"),
    ],
)
def test_comparison_that_is_not_true_says_why(text: str, fault: str) -> None:
    assert fault in comparison_faults(text, "Which used more?", COMPARED)


def test_comparison_with_a_yes_must_fit_the_question() -> None:
    said = "the lights used more than the router."
    asked = "Did the router use more than the lights?"
    assert comparison_faults(f"No, {said}", asked, COMPARED) == []
    assert comparison_faults(f"Yes, {said}", asked, COMPARED) == ["says yes to what is not true"]
    assert comparison_faults(f"Yes, {said}", "did the router use less than the lights", COMPARED) == []
    assert comparison_faults(f"Yes, {said}", "Which used more?", COMPARED) == []


def _refusal(response: str, truth: Truth) -> tuple[str, tuple[str, ...]]:
    turn = Turn("empty_window", "How much?", (), "empty_window")
    judged = score(turn, _body(response, None, devices=[], confidence=0.1), truth, turn.text)
    return judged.verdict, judged.unsupported


@pytest.mark.parametrize(
    "text",
    [
        "There are no readings of the router. The first one came on 2 March at 10:30, the latest at 01:00.",
        "There are no readings of the lights. The last one came on Sunday at 20:29.",
        "There are no readings. The first one came on Monday 2 March at 10:30, the latest today at 01:00.",
    ],
)
def test_score_refusal_may_tell_when_readings_began_and_ended(truth: Truth, text: str) -> None:
    assert _refusal(text, truth) == ("exact", ())


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        # The router's first reading is not the lights' first one.
        ("No readings of the lights. The first one came on 2 March at 10:30.", ("10:30", "(None, 3, 2)")),
        ("No readings of the router. The first one came on 3 March at 10:30.", ("10:30", "(None, 3, 3)")),
        ("No readings of the router. The latest came on 2 March at 10:30.", ("10:30", "(None, 3, 2)")),
        ("No readings of the lights. The last one came on Monday at 20:29.", ("20:29",)),
        ("No readings of the lights. The last one came at 20:29.", ("20:29",)),
        # A Monday, but more than a week ago.
        ("No readings of the router. The first one came on Monday at 10:30.", ("10:30",)),
    ],
)
def test_score_refusal_that_tells_another_time_is_wrong(
    truth: Truth, text: str, loose: tuple[str, ...]
) -> None:
    assert _refusal(text, truth) == ("wrong", loose)


def test_score_refusal_with_untrue_evidence_or_label_is_wrong(truth: Truth) -> None:
    turn = Turn("stale", "How much?", (), "stale")
    evidence = {"device": "Lights", "quantity": "power", "statistic": "latest", "value": 61.0, "unit": "W"}
    body = _body("The lights are silent.", None, devices=[], confidence=0.1)
    assert score(turn, {**body, "evidence": [{**evidence, "value": 60.0}]}, truth, "").verdict == "exact"
    assert score(turn, {**body, "evidence": [evidence]}, truth, "").verdict == "wrong"
    window = _window("2026-03-10T00:00", "2026-03-11T00:00", "today")
    assert score(turn, {**body, "window": window}, truth, "").verdict == "wrong"


def test_evidence_of_a_peak_must_have_been_read_at_its_time(truth: Truth) -> None:
    # The router's readings lie evenly from 2 March 10:30 to 11 March 01:00; the second is in the middle.
    peak = {
        "device": "Router", "quantity": "power", "statistic": "max", "value": 9.0, "unit": "W",
        "start": "2026-03-02T00:00:00+01:00", "end": "2026-03-11T01:00:00+01:00",
        "at": "2026-03-06T17:45:00+01:00",
    }  # fmt: skip
    assert evidence_faults({"evidence": [peak]}, truth) == ()
    assert evidence_faults({"evidence": [{**peak, "at": "2026-03-06T17:46:00+01:00"}]}, truth) != ()


def test_evidence_that_counts_one_named_device_is_true_but_supports_no_number(truth: Truth) -> None:
    turn = Turn("inventory", "Which devices?", (Expectation(("Router", "Lights")),))
    listed = [
        {"device": name, "quantity": "count", "statistic": "count", "value": 1.0, "unit": ""} for name in PAIR
    ]
    body = _body("The router and the lights.", None, devices=list(PAIR), confidence=0.9, evidence=listed)
    assert score(turn, body, truth, "").verdict == "exact"
    body["response"] = "1 device: the router and the lights."
    assert score(turn, body, truth, "").unsupported == ("1",)
