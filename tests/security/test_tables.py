"""The tables of docs/security.md and of tests/faults/table.py are complete, and their tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.faults.table import FAULTS, INVARIANTS

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| ((?:API|LLM)\d+) .*\| `(\S+)` \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE
)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def exists(reference: str) -> bool:
    path, _, name = reference.partition("::")
    return name in names_in(path)


def test_every_row_of_both_owasp_lists_is_there_once() -> None:
    named = [f"API{number}" for number in range(1, 11)] + [f"LLM{number:02}" for number in range(1, 11)]
    assert [row for row, _ in ROWS] == named


@pytest.mark.parametrize(("row", "reference"), ROWS, ids=[row for row, _ in ROWS])
def test_test_of_an_owasp_row_exists(row: str, reference: str) -> None:
    assert exists(reference), f"{row}: {reference}"


def test_thirty_faults_are_numbered_and_each_names_invariants_and_existing_tests() -> None:
    assert [fault.number for fault in FAULTS if fault.number] == list(range(1, 31))
    for fault in FAULTS:
        assert fault.tests, fault
        assert set(fault.invariants.split()) <= set(INVARIANTS), fault
        assert [test for test in fault.tests if not exists(test)] == [], fault
