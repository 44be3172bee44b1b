"""Public names use the terms of docs/glossary.md, and never a narrator's words."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("api_service", "inference_worker", "shared", "migrations", "launcher")
# These once stood for utterance, intent, pending question, report, subscriber, unknown device …
NARRATION = {
    "heard",
    "hear",
    "wanted",
    "asked",
    "spoken",
    "telling",
    "told",
    "said",
    "strangers",
    "shy",
    "anew",
}
CAPITALISED = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]{2,}")


def glossary_words(text: str) -> set[str]:
    """The words of the terms (first column of each table) and of the last section."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return set(re.findall(r"[a-z]+", " ".join([*rows, text.partition("## Ordinary words")[2]]).lower()))


def words_of(name: str) -> set[str]:
    return {word.lower() for word in CAPITALISED.findall(name)}


def is_known(word: str, known: set[str]) -> bool:
    return bool({word, word.removesuffix("s"), re.sub("ies$", "y", word)} & known)


def public_names() -> list[tuple[str, str]]:
    """Each public module and class with the file it stands in."""
    found = []
    for path in (path for package in PRODUCT for path in (ROOT / package).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        found.extend((part, place) for part in path.relative_to(ROOT).with_suffix("").parts)
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        classes = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
        found.extend((name, place) for name in classes if not name.startswith("_"))
    return found


def test_public_module_and_class_names_use_the_glossary() -> None:
    known = glossary_words((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))
    unknown = {
        f"{name} ({place}): {word}"
        for name, place in public_names()
        for word in words_of(name)
        if not is_known(word, known)
    }
    assert unknown == set()


def test_no_public_function_or_field_is_named_in_a_narrators_words() -> None:
    found = []
    for path in (path for package in PRODUCT for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "name", None) or getattr(getattr(node, "target", None), "id", None)
            if isinstance(name, str) and set(name.lower().strip("_").split("_")) & NARRATION:
                found.append(f"{path.relative_to(ROOT)}: {name}")
    assert found == []


@pytest.mark.parametrize(("name", "words"), [("KvCache", {"kv", "cache"}), ("THDLevel", {"thd", "level"})])
def test_words_of_a_class_name_are_split_at_capitals(name: str, words: set[str]) -> None:
    assert {word.lower() for word in CAPITALISED.findall(name)} == words
