"""The glossary: a term for all that can be asked about, and limits that say where they come from."""

import pytest

from api_service.assistant.query.grammar import CONCEPTS
from api_service.assistant.rendering.glossary.explain import explanation_of, judgement_of
from api_service.assistant.rendering.glossary.glossary import glossary
from api_service.metering.measures import MEASURES


@pytest.mark.parametrize("term", [*MEASURES, *CONCEPTS])
def test_explanation_of_every_term_of_the_grammar_is_sentences(term: str) -> None:
    text = explanation_of(term)
    assert text[0].isupper()
    assert text.rstrip(")").endswith(".")
    assert len(text) < 400


def test_glossary_has_no_term_that_cannot_be_asked_for() -> None:
    assert set(glossary().terms) == {*MEASURES, *CONCEPTS}


def test_glossary_has_limits_with_source_for_exactly_the_measures_that_promise_them() -> None:
    promised = {key for key, row in MEASURES.items() if row.has_limits}
    assert {row.measure for row in glossary().ranges} == promised
    assert all(row.source and row.rule and row.low < row.high for row in glossary().ranges)


@pytest.mark.parametrize(
    ("term", "value", "beginning"),
    [
        ("thd", 12.0, "12 % for the THD is too high: usual is from 0 % to 8 %. By EN 50160"),
        ("thd", 7.0, "7 % for the THD is fine: it is within the usual range, from 0 % to 8 %."),
        ("voltage", 246.0, "246 V for the voltage is fine"),
        ("voltage", 258.0, "258 V for the voltage is too high: usual is from 207 V to 253 V."),
        ("power_factor", 0.72, "0.72 for the power factor is too low: usual is from 0.9 to 1."),
        ("frequency", 49.9, "49.9 Hz for the frequency is fine"),
    ],
)
def test_judgement_compares_a_value_with_the_limits(term: str, value: float, beginning: str) -> None:
    ranges = glossary().normal_ranges({})
    assert judgement_of(term, value, ranges).startswith(beginning)
    assert ranges[term].source in judgement_of(term, value, ranges)


def test_normal_ranges_are_those_of_the_nominal_value_next_to_the_sites_own() -> None:
    american = glossary().normal_ranges({"voltage": 121.3, "frequency": 59.98})
    assert (american["voltage"].low, american["voltage"].high) == (114, 126)
    assert american["frequency"].nominal == 60
    european = glossary().normal_ranges({"voltage": 236.0})
    assert (european["voltage"].low, european["voltage"].high) == (207, 253)
    assert european["frequency"].nominal == 50
    assert european["thd"].limit.holds_for(8.0)
    assert not european["thd"].limit.holds_for(8.1)
