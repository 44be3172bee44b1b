"""The documents name only what exists."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from shared.settings import Settings

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_existing_make_targets(document: Path) -> None:
    named = set(re.findall(r"(?:`|^|\d )make ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.M))
    assert named <= TARGETS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_assigns_only_settings_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assigned = set(re.findall(r"\b([A-Z][A-Z_]{3,})=", text))
    others = {
        "FILE",
        "ARGS",
        "ONCE",
        "FORCE",
        "GPU_ID",
        "HYPOTHESIS_PROFILE",
        "JOBS",
        "NUMBER",
        "REPLACE",
        "SITE",
        "SITE_ADDRESS",
        "SECONDS",
        "SEED",
        "PYTHON",
        "ENGINE_SCHEDULES",
        "QUERY_WORLDS",
        "ANSWER_FUZZERS",
        "ANSWER_QUERIES",
        "SOAK_QUESTIONS",
        "OMP_WAIT_POLICY",
        "MAILTO",
    }
    assert assigned - others <= {name.upper() for name in Settings.model_fields}


def test_compose_example_of_the_scaling_page_is_valid_by_the_specification() -> None:
    page = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    schema = json.loads((ROOT / "tests/data/compose_spec/compose_spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(schema).validate(yaml.safe_load(example.replace("!override", "")))
    assert "worker-gpu" in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_existing_places(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    places = re.findall(
        r"`((?:api_service|inference_worker|shared|migrations|docs|training|\.ci)/[\w./-]*)`", text
    )
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_readme_settings_exist_with_the_defaults_that_it_gives() -> None:
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (.+?) \|", README, re.MULTILINE)
    assert len(rows) >= 6
    for names, defaults in rows:
        fields = [name.lower() for name in re.findall(r"[A-Z_]+", names)]
        given = re.findall(r"`(.*?)`", defaults)
        assert set(fields) <= set(Settings.model_fields)
        if len(given) == len(fields) and not defaults.startswith("a "):
            assert given == [str(Settings.model_fields[field].default) for field in fields]


def test_decisions_are_numbered_without_gaps_and_complete() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {path.name[:4]} \S", text)
        assert re.findall(r"\*\*(\w+)\.\*\*", text) == ["Context", "Decision", "Consequences"]


def test_readme_and_bootstrap_ask_for_the_python_of_the_project() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    required = re.search(r'requires-python = ">=([\d.]+)"', project)
    assert required is not None
    assert f"Python {required[1]} or newer" in README
    bootstrap = (ROOT / "launcher/bootstrap.py").read_text(encoding="utf-8")
    assert f"OLDEST_PYTHON = ({required[1].replace('.', ', ')})" in bootstrap
