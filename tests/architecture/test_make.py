"""The Makefile: every target documented, and one call of the bootstrap underneath."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.bootstrap import COMPOSE_TARGETS, PYTHON_TARGETS

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
RULES = re.findall(r"^([a-z][a-z-]*):(?: ## (.+))?\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
CONTRACT = [
    "run",
    "test",
    "soak",
    "test-unit",
    "db-init",
    "import",
    "undo-import",
    "reset",
    "backup",
    "restore",
    "mqtt",
    "check",
    "bench",
    "up",
    "up-gpu",
    "down",
    "train",
    "evaluate",
    "worker",
    "help",
]


def dry_run(*arguments: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL"}
    }
    command = ["make", "--dry-run", "--no-print-directory", "PYTHON=python3", *arguments]
    return subprocess.run(
        command, check=True, cwd=ROOT, env=environment, capture_output=True, text=True
    ).stdout.strip()


def test_make_has_every_target_of_the_contract() -> None:
    assert {name for name, _, _ in RULES} == set(CONTRACT)


@pytest.mark.parametrize(("name", "help_text", "recipe"), RULES, ids=[rule[0] for rule in RULES])
def test_make_target_is_documented_and_one_call(name: str, help_text: str, recipe: str) -> None:
    assert help_text.strip()
    assert len(recipe.splitlines()) == 1
    assert dry_run(name).startswith(f"python3 -m launcher.bootstrap {name}")
    assert name in {*PYTHON_TARGETS, *COMPOSE_TARGETS, "help"}


MODULES = [
    command[1] for _, commands in PYTHON_TARGETS.values() for command in commands if command[0] == "-m"
]


@pytest.mark.parametrize("module", MODULES)
def test_make_target_runs_a_module_that_exists(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__")


def test_make_phony_names_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(CONTRACT)


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["run", "ONCE=1"], "run --once"),
        (["restore", "FILE=a b.dump", "REPLACE=1"], 'restore "a b.dump" --replace'),
        (["run", "ONCE=0"], "run"),
        (["reset", "YES=1"], "reset --yes"),
        (["undo-import"], "undo-import"),
        (["undo-import", "NUMBER=3", "YES=1"], "undo-import 3 --yes"),
        (["test", "ARGS=-k lease", "JOBS=0"], "test -n 0 -k lease"),
        (["reset", "YES=1", "FORCE=1"], "reset --yes --force"),
        (["import", "FILE=my readings.csv", "ARGS=--dry-run"], 'import "my readings.csv" --dry-run'),
    ],
)
def test_make_variables_become_arguments(arguments: list[str], call: str) -> None:
    assert " ".join(dry_run(*arguments).split()) == f"python3 -m launcher.bootstrap {call}"


def test_make_help_lists_every_target_without_an_environment() -> None:
    command = [sys.executable, "-I", str(ROOT / "launcher" / "bootstrap.py"), "help"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"make (\S+)", listed) == [name for name, _, _ in RULES]
