"""The environment behind every make target, made with the real venv and pip, without a network."""

import ast
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from launcher import install

ROOT = Path(__file__).parents[2]

# A project that needs nothing from anywhere: it builds its own wheel with the standard library.
BACKEND = """
import zipfile
def _wheel(folder):
    name, info = "tiny-1-py3-none-any.whl", "tiny-1.dist-info"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        extras = "Provides-Extra: api\\nProvides-Extra: dev\\n"
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n" + extras)
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return name
def build_editable(folder, settings=None, metadata=None):
    return _wheel(folder)
def build_wheel(folder, settings=None, metadata=None):
    return _wheel(folder)
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1"
[project.optional-dependencies]
api = []
dev = []
worker = []
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    return tmp_path


def test_ensure_on_a_bare_folder_makes_an_environment_once(project: Path) -> None:
    python = install.ensure(project, ("api",))
    listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
    assert "tiny" in listed
    shutil.rmtree(project / ".venv" / "lib")  # whatever would call pip now fails
    assert install.ensure(project, ("api",)) == python


def test_ensure_after_a_change_of_the_project_installs_again(project: Path) -> None:
    install.ensure(project, ("api",))
    before = (project / ".venv" / install.STAMP).read_text()
    (project / "pyproject.toml").write_text(PROJECT + "# changed\n")
    install.ensure(project, ("dev",))
    after = (project / ".venv" / install.STAMP).read_text()
    assert before != after
    assert '"extras": ["api", "dev"]' in after  # what was there stays


def test_ensure_with_a_damaged_environment_makes_it_anew(project: Path) -> None:
    python = install.ensure(project, ("api",))
    python.unlink()
    assert install.ensure(project, ("api",)).exists()


def test_ensure_when_pip_fails_shows_why_and_tries_again_next_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text(PROJECT.replace("requires = []", 'requires = ["no-such-thing"]'))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(install.InstallFailed, match=r"(?s)no-such-thing.*PIP_FIND_LINKS"):
        install.ensure(project, ("api",))
    (project / "pyproject.toml").write_text(PROJECT)
    assert install.ensure(project, ("api",)).exists()


def test_environment_on_a_python_without_venv_names_the_package_that_helps(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = project / "bare-python"
    bare.write_text("#!/bin/sh\necho 'ensurepip is not available' >&2\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(install.InstallFailed, match="apt install python3-venv"):
        install.ensure(project, ("api",))
    assert not (project / ".venv").exists()


HAS_IT, HAS_IT_NOT = ["true"], ["false"]  # in place of pip's look into its own folders of wheels
WANTS_TORCH = PROJECT.replace("worker = []", 'worker = ["torch==2.13.0"]')


@contextmanager
def index(answer_after_s: float) -> Iterator[str]:
    """An index that answers every page, after a while."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(answer_after_s)
            with suppress(OSError):
                self.send_response(200)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/whl/cpu"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(install._has_nvidia_gpu(), reason="a machine with a GPU takes PyPI's build")
@pytest.mark.parametrize(
    ("pip", "answer_after_s", "taken"),
    [(HAS_IT, 0.0, False), (HAS_IT_NOT, 0.0, True), (HAS_IT_NOT, 1.0, False)],
)
def test_cpu_index_is_taken_where_it_answers_in_time_and_is_needed(
    project: Path, monkeypatch: pytest.MonkeyPatch, pip: list[str], answer_after_s: float, taken: bool
) -> None:
    (project / "pyproject.toml").write_text(WANTS_TORCH)
    monkeypatch.setattr(install, "CPU_INDEX_TIMEOUT_S", 0.3 if answer_after_s else 10.0)
    with index(answer_after_s) as url:
        monkeypatch.setattr(install, "CPU_INDEX", url)
        source = install._torch_source(project, pip, ["worker"])
    assert source == (["--extra-index-url", url] if taken else [])


def test_cpu_index_is_not_asked_for_an_installation_without_torch(project: Path) -> None:
    (project / "pyproject.toml").write_text(WANTS_TORCH)
    assert install._torch_source(project, HAS_IT_NOT, ["api"]) == []


def test_bootstrap_is_read_by_an_old_python() -> None:
    """It must be able to say that the Python is too old: 3.7's grammar, and no newer import before that."""
    source = (ROOT / "launcher" / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    top = [name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names]
    assert set(top) == {"os", "re", "shutil", "subprocess", "sys"}
    for package in ("launcher",):
        assert ast.parse((ROOT / package / "__init__.py").read_text(), feature_version=(3, 7)) is not None
