"""The benchmark's own meaning of words, its filled sentences and its figures, against cases by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.query.numbers import NumberRole, NumberUse
from api_service.assistant.query.query import Slot
from benchmarks.assistant.calibration import auroc, expected_error
from benchmarks.assistant.questions.calendar_words import Clock, span_of
from benchmarks.assistant.questions.filling import Filler, Site, Unfit
from benchmarks.assistant.questions.number_words import number_of
from benchmarks.assistant.questions.sources import DEV_VOICES, chains
from simulator.rng import Rng
from training.voices.voice_file import Example, read_lines

CASES = Path(__file__).parents[1] / "data" / "time_cases.tsv"


def hand_worked() -> list[tuple[Clock, str, str, str]]:
    """The cases of the product's own table that have a plain window."""
    found, clock = [], Clock(datetime.now(UTC), ZoneInfo("UTC"))
    for line in CASES.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if cells[0] == "@":
            zone = ZoneInfo(cells[2])
            clock = Clock(datetime.fromisoformat(cells[1]).replace(tzinfo=zone).astimezone(UTC), zone)
        elif len(cells) == 3 and not line.startswith("#") and cells[1] != "first":
            found.append((clock, *cells))
    return found


def test_times_mean_what_a_calendar_says() -> None:
    known = 0
    for clock, words, start, end in hand_worked():
        span = span_of(words, clock)
        if span is None:
            continue
        known += 1
        edges = [
            datetime.fromisoformat(text if text != "now" else clock.now.isoformat()) for text in (start, end)
        ]
        first, last = (edge if edge.tzinfo else edge.replace(tzinfo=clock.zone) for edge in edges)
        assert span == (first.astimezone(UTC), min(last.astimezone(UTC), clock.now)), words
    assert known >= 80


@pytest.mark.parametrize("words", ["during the heat wave", "between 2 and 4 yesterday", "on 31 february"])
def test_what_has_no_plain_meaning_has_none(words: str) -> None:
    assert span_of(words, Clock(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("UTC"))) is None


@pytest.mark.parametrize(
    ("words", "role", "measure", "value"),
    [
        ("2 kW", NumberRole.BOUND, "power", 2000.0),
        ("210", NumberRole.BOUND, "voltage", 210.0),
        ("2 hours", NumberRole.BOUND, "on_time", 7200.0),
        ("210", NumberRole.BOUND, "energy", None),
        ("2 kWh", NumberRole.BOUND, "power", None),
        ("20 %", NumberRole.SHARE, None, 20.0),
        ("third", NumberRole.RANK, None, 3.0),
        ("half", NumberRole.FACTOR, None, 0.5),
    ],
)
def test_numbers_count_in_the_unit_of_their_measure(
    words: str, role: NumberRole, measure: str | None, value: float | None
) -> None:
    assert number_of(words, NumberUse(Slot(0), role, measure)) == value


NOW = datetime(2026, 3, 12, 14, 37, tzinfo=UTC)
SITE = Site(
    {1: "Oven", 2: "Fridge"},
    {"kitchen": (1, 2)},
    {1: ("heating", "off")},
    Clock(NOW, ZoneInfo("UTC")),
    (NOW - timedelta(days=9), NOW),
    strangers=("sauna",),
)


def examples(*lines: str) -> list[Example]:
    found = list(read_lines(lines))
    assert all(isinstance(one, Example) for one in found), found
    return [one for one in found if isinstance(one, Example)]


def test_names_and_times_of_the_household_take_the_place_of_the_brackets() -> None:
    chain = examples(
        "what did the [d tesla] use [t in july]?\tvalue energy these <0> in <1>",
        "> and the [d oven]\tvalue energy these <0> in <p1>",
        "> [t yesterday]?\tvalue energy these <p0> in <0>",
    )
    first, second, third = Filler(SITE, Rng(1)).conversation(chain)
    assert first.text.startswith("what did the fridge use ")
    assert "july" not in first.text  # the record does not reach back to it
    (window,) = first.bindings.times[Slot(1)].windows
    assert span_of(window.label, SITE.clock) == (window.start, window.end)
    assert second.text == "and the oven"
    assert second.bindings.devices[Slot(0)].clusters == (1,)
    assert second.bindings.times[Slot(2)] == first.bindings.times[Slot(1)]
    assert third.bindings.devices[Slot(1)].clusters == (1,)
    assert third.bindings.times[Slot(0)].windows[0].start == datetime(2026, 3, 11, tzinfo=UTC)


def test_twists_make_a_question_that_must_be_declined() -> None:
    chain = examples("what did the [d tv] use [t today]\tvalue energy these <0> in <1>")
    (unknown,) = Filler(SITE, Rng(1), "unknown_device").conversation(chain)
    assert (unknown.reason, "sauna" in unknown.text) == ("unknown_device", True)
    (later,) = Filler(SITE, Rng(1), "future").conversation(chain)
    assert later.reason == "future"


def test_household_without_a_fitting_state_is_not_asked() -> None:
    chain = examples("how long was the [d fridge] in [s spin]\tvalue duration these <0> where is <1>")
    with pytest.raises(Unfit):
        Filler(SITE, Rng(1)).conversation(chain)


def test_splits_share_no_source_and_no_voice_that_trains() -> None:
    dev, test = chains("dev"), chains("test")
    assert not set(dev) & set(test)
    assert set(DEV_VOICES) <= set(dev)
    assert sum(len(own) for own in test.values()) >= 800
    assert sum(len(own) > 1 for found in test.values() for own in found) >= 100


def test_calibration_error_and_roc_area() -> None:
    assert expected_error([0.95, 0.95, 0.15, 0.15], [True, True, False, False]) == pytest.approx(0.1)
    assert expected_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert expected_error([], []) is None
    assert auroc([0.9, 0.8, 0.8, 0.1], [True, True, False, False]) == pytest.approx(0.875)
    assert auroc([0.9], [True]) is None
