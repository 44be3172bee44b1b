"""What answers say beside their value: what was left out, how far the readings go, which days."""

from datetime import timedelta

import pytest

from api_service.assistant.execution.cells import Cell
from api_service.assistant.rendering.results.say import compose_answer
from api_service.assistant.rendering.results.texts.quantities import part_text
from api_service.assistant.verification.claims.verify import verify
from api_service.metering.analysis.calendar.periods import Period
from tests.unit.test_claims import FRIDGE, NOW, OVEN, YESTERDAY, energy, found


@pytest.mark.parametrize(
    ("query", "row", "text"),
    [
        (
            "which energy but <0> most in <2>",
            energy(FRIDGE, 3500),
            "The fridge used the most energy yesterday apart from the oven: 3.50 kWh.",
        ),
        (
            "which energy these <0> <1> most in <2>",
            energy(FRIDGE, 3500),
            "The fridge used the most energy yesterday of the oven and the fridge: 3.50 kWh.",
        ),
        (
            "which energy most in <2>",
            energy(FRIDGE, 3500),
            "The fridge used the most energy yesterday: 3.50 kWh.",
        ),
        ("list energy in <2>", energy(FRIDGE, 3500), "The fridge used 3.50 kWh yesterday."),
    ],
)
def test_answer_says_what_was_left_out_or_chosen_among(query: str, row: Cell, text: str) -> None:
    findings = found(query.replace("<", "<extra_id_"), row)
    assert compose_answer(findings) == text
    assert verify(text, findings).supported


def test_coverage_of_one_device_of_several_names_it() -> None:
    rows = (energy(OVEN, 4200), energy(FRIDGE, 3500, coverage=0.6))
    findings = found("list energy in <extra_id_2>", *rows)
    assert compose_answer(findings).endswith("The readings of the fridge cover 60 % of that time.")
    alone = found("value energy these <extra_id_1> in <extra_id_2>", rows[1])
    assert compose_answer(alone).endswith("The readings cover 60 % of that time.")


@pytest.mark.parametrize(
    ("percent", "text"), [(99.51, "99.5 %"), (99.98, "99.98 %"), (100.0, "100 %"), (38.4, "38 %")]
)
def test_part_is_not_rounded_up_to_the_whole(percent: float, text: str) -> None:
    assert part_text(percent) == text


def test_day_that_is_cut_by_now_is_marked_and_never_the_lowest() -> None:
    midnight = YESTERDAY.end
    rows = [
        energy(
            OVEN, value, start=midnight - timedelta(days=n), end=min(midnight + timedelta(days=1 - n), NOW),
            period=Period.DAY, key=100 - n,
        )
        for n, value in ((3, 900.0), (2, 500.0), (1, 800.0), (0, 100.0))
    ]  # fmt: skip
    text = compose_answer(found("list energy per day these <extra_id_0> ever", *rows))
    assert "Tue 10 Mar until 20:00 (100 Wh)" in text
    assert text.endswith("lowest on Sunday 8 March (500 Wh).")
