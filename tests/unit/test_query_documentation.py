"""docs/questions.md is what the tables say."""

from pathlib import Path

import pytest

from api_service.assistant.query.documentation import EXAMPLES, PAGE, questions_page
from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.type_rules import RULES, type_fault
from api_service.metering.measures import MEASURES


def test_page_is_current() -> None:
    page = (Path(__file__).parents[2] / PAGE).read_text(encoding="utf-8")
    assert page == questions_page(), "run: python -m api_service.assistant.query.documentation"


@pytest.mark.parametrize(("text", "query"), EXAMPLES)
def test_examples_are_canonical_and_make_sense(text: str, query: str) -> None:
    assert print_request(parse(query)) == query
    assert type_fault(parse(query)) is None


def test_page_names_every_measure_and_every_rule() -> None:
    page = questions_page()
    for name in (*MEASURES, *(rule.name for rule in RULES)):
        assert f"| `{name}` |" in page
