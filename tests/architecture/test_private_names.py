"""Private names of dependencies are named in one fenced module a library, and nowhere else."""

import ast
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api_service", "inference_worker", "shared", "migrations", "launcher", "simulator", "training")
# Each with a test that fails loudly on a version or shape that is not known.
FENCED = {
    "inference_worker/queue_worker.py": "arq: tests/unit/test_queue_worker.py",
    "api_service/database/sqlite_connection.py": "aiosqlite: tests/integration/test_sqlite_connection.py",
    "inference_worker/t5/linears.py": "torch, pinned exactly: tests/unit/test_linears.py",
}
# Public in spite of the underscore: documented by the standard library and by SQLAlchemy.
DOCUMENTED = {"_asdict", "_replace", "_fields", "_make", "_mapping", "_exit", "_value_", "_missing_"}


@dataclass(frozen=True)
class Use:
    """One private name that is not defined where it is named."""

    path: str
    line: int
    name: str


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def defined_names(tree: ast.AST) -> set[str]:
    """Private names that a module defines: functions, classes, variables, attributes of `self`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            found.add(node.attr)
    return found


def is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def foreign_uses(path: str, source: str, inherited: set[str] = frozenset()) -> Iterator[Use]:  # type: ignore[assignment]
    """Private names that a module uses without defining them; `inherited`: those of our own base classes."""
    tree = ast.parse(source)
    own = defined_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            known = own | inherited if is_self(node.value) or is_super(node.value) else own
            if node.attr not in known:
                yield Use(path, node.lineno, node.attr)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in PACKAGES:
            yield from (Use(path, node.lineno, a.name) for a in node.names if is_private(a.name))


def is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def sources() -> dict[str, str]:
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def overrides(path: str, source: str) -> Iterator[Use]:
    """Private methods and attributes of a class that a base class of a dependency has too."""
    tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
    if not classes:
        return
    module = importlib.import_module(path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    for node in classes:
        foreign = [
            base
            for base in vars(module)[node.name].__mro__
            if base.__module__.split(".")[0] not in {*PACKAGES, *sys.stdlib_module_names}
        ]
        for name in defined_names(node):
            if is_private(name) and any(name in vars(base) for base in foreign):
                yield Use(path, node.lineno, name)


def test_private_names_of_dependencies_are_named_in_fenced_modules_alone() -> None:
    everything = sources()
    ours = {name for source in everything.values() for name in defined_names(ast.parse(source))}
    found = [
        use
        for path, source in everything.items()
        if path not in FENCED
        for use in (*foreign_uses(path, source, ours), *overrides(path, source))
    ]
    assert found == []


def test_each_fenced_module_exists_and_has_its_test() -> None:
    for path, fence in FENCED.items():
        assert (ROOT / path).is_file()
        assert (ROOT / fence.rpartition(" ")[2]).is_file()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("worker._pool.aclose()", ["_pool"]),
        ("from arq.worker import _private", ["_private"]),
        ("class A(B):\n    def f(self):\n        return self._conn", ["_conn"]),
        ("class A(B):\n    def f(self):\n        self._mine = 1\n        return self._mine", []),
        ("class A(B):\n    def f(self):\n        return super()._execute()", ["_execute"]),
        ("row._asdict()", []),
        ("def _help(): ...\n_help()", []),
    ],
)
def test_foreign_uses_finds_private_names_that_are_not_defined_here(source: str, names: list[str]) -> None:
    assert [use.name for use in foreign_uses("x.py", source)] == names
