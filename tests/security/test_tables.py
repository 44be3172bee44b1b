"""The tables of docs/security.md and of tests/faults/table.py are complete, and their tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.faults.table import FAULTS, INVARIANTS, SOAK_ONLY

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| ((?:API|LLM)\d+) .*\| `(\S+)`( \(`make soak`\))? \|$",
    (ROOT / "docs/security.md").read_text(),
    re.MULTILINE,
)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def exists(reference: str) -> bool:
    path, _, name = reference.partition("::")
    return name in names_in(path)


@cache
def soaked_in(path: str) -> frozenset[str]:
    """The tests of a file that `make soak` alone runs."""
    body = ast.parse((ROOT / path).read_text()).body
    is_whole = any(isinstance(node, ast.Assign) and is_soak_mark(node) for node in body)
    tests = [node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return frozenset(test.name for test in tests if is_whole or any(map(is_soak_mark, test.decorator_list)))


def is_soak_mark(node: ast.AST) -> bool:
    return "pytest.mark.soak" in ast.unparse(node)


def is_soaked(reference: str) -> bool:
    path, _, name = reference.partition("::")
    return name in soaked_in(path)


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/\S+::\w+)`", (ROOT / "docs/security.md").read_text())
    assert len(named) > len(ROWS)
    assert [reference for reference in named if not exists(reference)] == []


def test_every_row_of_both_owasp_lists_is_there_once() -> None:
    named = [f"API{number}" for number in range(1, 11)] + [f"LLM{number:02}" for number in range(1, 11)]
    assert [row for row, _, _ in ROWS] == named


@pytest.mark.parametrize(("row", "reference", "soaked"), ROWS, ids=[row for row, _, _ in ROWS])
def test_test_of_an_owasp_row_exists_and_is_run_where_the_page_says(
    row: str, reference: str, soaked: str
) -> None:
    assert exists(reference), f"{row}: {reference}"
    assert is_soaked(reference) == bool(soaked), row


def test_thirty_faults_are_numbered_and_each_names_invariants_and_existing_tests() -> None:
    assert [fault.number for fault in FAULTS if fault.number] == list(range(1, 31))
    for fault in FAULTS:
        assert fault.tests, fault
        assert set(fault.invariants.split()) <= set(INVARIANTS), fault
        assert [test for test in fault.tests if not exists(test)] == [], fault


def test_faults_that_the_suite_does_not_prove_are_named() -> None:
    assert {fault.number for fault in FAULTS if all(map(is_soaked, fault.tests))} == SOAK_ONLY
