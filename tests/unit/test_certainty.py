"""The confidence: a logistic of doubts, monotone, by a table that can be fitted and stored."""

import math
import random
from pathlib import Path

import pytest

from api_service.assistant.understanding.signs import ReadingSigns
from api_service.assistant.verification.certainty.confidence import BEST, LEAST, assess
from api_service.assistant.verification.certainty.features import FEATURES, bounded, features_of
from api_service.assistant.verification.certainty.fitting import blended, fit
from api_service.assistant.verification.certainty.table import Table, load_table, read_table, write_table
from api_service.assistant.verification.certainty.wording import Wording
from api_service.assistant.verification.claims.verify import verify
from tests.unit.test_claims import FINDINGS, TRUE

NO_DOUBT = {feature.name: 0.0 for feature in FEATURES}


def table(**weights: float) -> Table:
    return Table(1, "test", 0, 2.0, {**NO_DOUBT, **weights})


def test_log_odds_are_the_intercept_less_weighted_doubts() -> None:
    found = assess({**NO_DOUBT, "leftovers": 0.5}, table(leftovers=3.0))
    assert found.probability == pytest.approx(1 / (1 + math.exp(-(2.0 - 1.5))))
    assert [(factor.name, factor.effect) for factor in found.factors] == [("leftovers", -1.5)]


def test_every_doubt_only_lowers_the_confidence() -> None:
    sure = assess(NO_DOUBT).probability
    for feature in FEATURES:
        half, most = (
            assess({**NO_DOUBT, feature.name: feature.most * part}).probability for part in (0.5, 1)
        )
        assert sure >= half >= most
        assert LEAST <= most <= sure <= BEST


def test_factors_say_the_heaviest_doubt_first_in_words() -> None:
    found = assess({**NO_DOUBT, "uncovered": 0.4, "leftovers": 1.0})
    assert [factor.name for factor in found.factors] == ["leftovers", "uncovered"]
    assert found.factors[1].words == "40 % of the time has no readings"


def test_unknown_doubt_counts_as_the_most() -> None:
    assert bounded({"leftovers": 99.0})["leftovers"] == 3.0
    assert bounded({})["unchecked"] == 1.0
    assert bounded({"leftovers": -1.0})["leftovers"] == 0.0


def test_features_of_a_sure_answer_hold_no_doubt_but_those_given() -> None:
    findings = FINDINGS["energy"]
    verdict = verify(TRUE[0][1], findings)
    signs = ReadingSigns(logprob_sum=-0.1, smallest_margin=3.0, leftover_weight=0.7, mask_certainty=0.9)
    features = features_of(signs, findings, verdict, Wording(is_model=True, token_logprobs=(-0.2, -0.4)))
    expected = {
        "reading_doubt": 0.1, "close_choice": math.exp(-3), "leftovers": 0.7, "names_doubt": -math.log(0.9),
        "wording_doubt": 0.3,
    }  # fmt: skip
    assert features == pytest.approx({**NO_DOUBT, **expected})


def test_fit_finds_the_weights_that_made_the_answers() -> None:
    rng = random.Random(1)
    answers = []
    for _ in range(4000):
        doubt = {**NO_DOUBT, "leftovers": rng.random() * 3, "uncovered": rng.random()}
        p = 1 / (1 + math.exp(-(2.5 - 2.0 * doubt["leftovers"])))
        answers.append((doubt, rng.random() < p))
    found = fit(answers, table(leftovers=0.5, uncovered=0.5, stale=0.7), "simulated")
    assert found.weights["leftovers"] == pytest.approx(2.0, abs=0.25)
    assert found.weights["uncovered"] == pytest.approx(0.0, abs=0.35)
    assert found.weights["stale"] == pytest.approx(0.7)  # never occurred
    assert found.intercept == pytest.approx(2.5, abs=0.3)
    assert (found.version, found.answers) == (2, 4000)


def test_fit_without_wrong_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit([(NO_DOUBT, True)], table(), "x")


def test_table_is_stored_and_read_back(tmp_path: Path) -> None:
    write_table(load_table(), tmp_path / "table.toml")
    assert read_table(tmp_path / "table.toml") == load_table()


def test_table_that_rewards_a_doubt_or_misses_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        table(leftovers=-1.0)
    with pytest.raises(ValueError, match="exactly those"):
        Table(1, "x", 0, 1.0, {})


def test_blended_table_keeps_a_part_of_each_coefficient() -> None:
    before, after = table(stale=1.0), Table(2, "fitted", 9, 4.0, {**NO_DOUBT, "stale": 3.0})
    found = blended(before, after, 0.25)
    assert (found.version, found.source, found.answers) == (2, "fitted", 9)
    assert found.intercept == pytest.approx(0.25 * 2.0 + 0.75 * 4.0)
    assert found.weights["stale"] == pytest.approx(0.25 * 1.0 + 0.75 * 3.0)
