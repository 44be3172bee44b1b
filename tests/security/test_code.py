"""What the product's code cannot do, by its source: fetch, unpickle, evaluate, run a model's code."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("api_service", "inference_worker", "shared")
HTTP_CLIENTS = {
    "httpx",
    "requests",
    "aiohttp",
    "urllib3",
    "urllib.request",
    "http.client",
    "ftplib",
    "smtplib",
}
PICKLES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "cloudpickle"}


@cache
def trees() -> dict[Path, ast.Module]:
    files = (path for package in SERVICES for path in (ROOT / package).rglob("*.py"))
    return {path: ast.parse(path.read_text()) for path in files}


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names | {name.partition(".")[0] for name in names}


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of a function or method of this name."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                function = node.func
                called = getattr(function, "attr", None) or getattr(function, "id", None)
                if called == name:
                    yield path, node


BRIDGE = ROOT / "api_service" / "mqtt"
"""A process of its own, which posts to the one address that its operator set."""


def test_services_import_no_http_client() -> None:
    assert len(trees()) > 200
    found = {path for path, tree in trees().items() if imported(tree) & HTTP_CLIENTS}
    assert {path for path in found if BRIDGE not in path.parents} == set()
    assert found == {BRIDGE / "gateway.py"}


def test_nothing_unpickles_or_evaluates_text() -> None:
    assert {path: found for path, tree in trees().items() if (found := imported(tree) & PICKLES)} == {}
    builtin = [
        path
        for name in ("eval", "exec", "compile")
        for path, call in calls(name)
        if isinstance(call.func, ast.Name)
    ]
    assert builtin == []


def test_models_are_loaded_without_code_and_without_pickles() -> None:
    loads = list(calls("from_pretrained"))
    assert loads
    for path, call in loads:
        given = {word.arg: getattr(word.value, "value", None) for word in call.keywords}
        assert given.get("local_files_only") is True, path
        assert not given.get("trust_remote_code"), path
        is_tokenizer = "Tokenizer" in ast.unparse(call.func)
        assert is_tokenizer or given.get("use_safetensors") is True, path
    downloads = list(calls("snapshot_download"))
    assert downloads
    for path, call in downloads:
        assert {"revision", "allow_patterns"} <= {word.arg for word in call.keywords}, path
    assert not [path for path, call in calls("load") if ast.unparse(call.func) == "torch.load"]


def test_worker_reaches_nothing_but_redis() -> None:
    """The import contracts keep databases out; here also processes and SQLite's own module."""
    worker = {path: tree for path, tree in trees().items() if "inference_worker" in path.parts}
    forbidden = {"subprocess", "sqlalchemy", "asyncpg", "aiosqlite", "sqlite3"}
    assert {path: found for path, tree in worker.items() if (found := imported(tree) & forbidden)} == {}
    assert not [path for path, _ in calls("system")]
