"""Confidence: bounded, monotone in each of its doubts, low for refusals."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from api_service.assistant.rendering.answer import compose_answer
from api_service.assistant.types import AnswerFacts, Intent, Refusal
from api_service.assistant.verification.confidence import confidence
from api_service.assistant.verification.verify import Verdict, verify
from tests.support.sheets import NOW, OVEN, energy, sheet

SURE = [-0.01] * 8
GOOD = Verdict(True, (), (OVEN,), (0,))


def with_certainty(facts: AnswerFacts, certainty: float) -> AnswerFacts:
    return replace(facts, question=replace(facts.question, certainty=certainty))


def test_confidence_full_data_and_sure_words_is_high() -> None:
    facts = energy(OVEN)
    assert 0.95 < confidence(facts, verify(compose_answer(facts), facts), "model", SURE) <= 0.99


def test_confidence_refusal_is_low() -> None:
    refused = sheet(Intent.DECLINED, refusal=Refusal.OFF_TOPIC)
    assert confidence(refused, verify(compose_answer(refused), refused), "facts", ()) < 0.3


def test_confidence_composed_answer_is_a_little_less_sure_than_good_words() -> None:
    facts = energy(OVEN)
    by_facts = confidence(facts, GOOD, "facts", ())
    assert 0.9 < by_facts < confidence(facts, GOOD, "model", SURE)


def test_confidence_old_reading_is_less_sure() -> None:
    facts = sheet(Intent.POWER_NOW, OVEN)

    def aged(seconds: float) -> float:
        at = NOW - timedelta(seconds=seconds)
        return confidence(replace(facts, facts=(replace(facts.facts[0], at=at),)), GOOD, "model", SURE)

    assert aged(10) == aged(119) > aged(600) > aged(1800) > aged(3600) == aged(90_000) > 0.6


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_confidence_more_coverage_or_certainty_is_never_less(a: float, b: float, c: float, d: float) -> None:
    def score(coverage: float, certainty: float) -> float:
        facts = with_certainty(energy(OVEN, coverage=coverage), certainty)
        return confidence(facts, GOOD, "model", SURE)

    low, high = score(min(a, b), min(c, d)), score(max(a, b), max(c, d))
    assert 0.0 <= low <= high <= 1.0


@given(st.lists(st.floats(-20, 0), min_size=1, max_size=30), st.floats(0, 5))
def test_confidence_less_likely_tokens_are_never_more_sure(logprobs: list[float], drop: float) -> None:
    facts = energy(OVEN)
    lower = [value - drop for value in logprobs]
    assert confidence(facts, GOOD, "model", lower) <= confidence(facts, GOOD, "model", logprobs) <= 1.0
