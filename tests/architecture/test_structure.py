"""The shape of the house, read from the syntax trees: sizes of folders, floors of imports, no circle."""

import ast
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("api_service", "inference_worker", "shared", "migrations", "launcher")
TOOLS = ("simulator", "training", "benchmarks")
MOST_MODULES = 12
MOST_LINES = 300
TABLES = {"api_service/metering/measures.py"}  # one row a measure; two files would be two places to look
ASSISTANT = "api_service.assistant"
Graph = dict[str, set[str]]


def modules() -> dict[str, Path]:
    found = {}
    for package in (*PRODUCT, *TOOLS):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imports() -> Graph:
    graph: Graph = {name: set() for name in MODULES}
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                members = [f"{node.module}.{alias.name}" for alias in node.names]
                targets = [member if member in MODULES else node.module for member in members]
            else:
                continue
            graph[name].update(target for target in targets if target in MODULES and target != name)
    return graph


def rooms(graph: Graph, package: str) -> Graph:
    """The folder-level graph inside `package`: its direct children and which of them import which."""
    depth = package.count(".") + 2
    within = {name for name in graph if name.startswith(f"{package}.")}
    found: Graph = defaultdict(set)
    for name in within:
        room = ".".join(name.split(".")[:depth])
        found[room].update(".".join(t.split(".")[:depth]) for t in graph[name] if t in within)
        found[room].discard(room)
    return dict(found)


def floors(graph: Graph) -> int:
    """The longest chain of imports; raises `RecursionError` or `ValueError` for a circle."""
    height: dict[str, int] = {}

    def climb(name: str, below: tuple[str, ...]) -> int:
        if name in below:
            raise ValueError(f"circle: {' -> '.join((*below, name))}")
        if name not in height:
            height[name] = 1 + max((climb(target, (*below, name)) for target in graph[name]), default=0)
        return height[name]

    return max(climb(name, ()) for name in graph)


def test_floors_of_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle: a -> b -> a"):
        floors({"a": {"b"}, "b": {"a"}})


def test_modules_import_each_other_without_a_circle() -> None:
    assert floors(imports()) > 1


@pytest.mark.parametrize("package", [*PRODUCT, ASSISTANT, "benchmarks"])
def test_rooms_import_each_other_without_a_circle(package: str) -> None:
    assert floors(rooms(imports(), package)) >= 1


def test_assistant_has_at_most_eight_rooms_on_five_floors() -> None:
    graph = rooms(imports(), ASSISTANT)
    folders = [room for room in graph if MODULES[room].name == "__init__.py"]
    assert len(folders) <= 8
    assert floors(graph) <= 5


def test_folder_holds_at_most_a_dozen_modules() -> None:
    counted = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    counted.pop(ROOT / "migrations/versions")  # one more with each change of the schema
    assert {str(folder.relative_to(ROOT)): n for folder, n in counted.items() if n > MOST_MODULES} == {}


def test_module_has_at_most_three_hundred_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES.values()}
    assert {path: n for path, n in lengths.items() if n > MOST_LINES and path not in TABLES} == {}
