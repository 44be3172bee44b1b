"""The environment behind every make target, made with the real venv and pip, without a network."""

import ast
import shutil
import subprocess
import sys
import threading
import time
import zipfile
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

QUICKER_PIP = {
    "pip/__init__.py": "__version__ = '9999'",
    "pip-9999.dist-info/METADATA": "Metadata-Version: 2.1\nName: pip\nVersion: 9999\n",
    "pip-9999.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "pip-9999.dist-info/RECORD": "",
}


@pytest.fixture(autouse=True)
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment was made in a bare folder."""
    folder = write_project(tmp_path_factory.mktemp("made"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        install.ensure(folder, ("api",))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


@pytest.fixture
def project_with_an_environment(made: Path, project: Path) -> Path:
    """Moved here, so that it is installed anew, but not made anew."""
    shutil.copytree(made / ".venv", project / ".venv", symlinks=True)
    return project


def write_project(folder: Path) -> Path:
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


def test_ensure_on_a_bare_folder_makes_an_environment_once(made: Path) -> None:
    python = made / ".venv" / "bin" / "python"
    listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
    assert "tiny" in listed
    library, away = made / ".venv" / "lib", made / "away"
    library.rename(away)  # whatever would call pip now fails
    try:
        assert install.ensure(made, ("api",)) == python
    finally:
        away.rename(library)


def test_ensure_after_a_change_of_the_project_installs_again(project_with_an_environment: Path) -> None:
    project = project_with_an_environment
    install.ensure(project, ("api",))
    before = (project / ".venv" / install.STAMP).read_text()
    (project / "pyproject.toml").write_text(PROJECT + "# changed\n")
    install.ensure(project, ("dev",))
    after = (project / ".venv" / install.STAMP).read_text()
    assert before != after
    assert '"extras": ["api", "dev"]' in after  # what was there stays


def test_ensure_with_a_damaged_environment_makes_it_anew(project_with_an_environment: Path) -> None:
    project = project_with_an_environment
    python = install.ensure(project, ("api",))
    python.unlink()
    assert install.ensure(project, ("api",)).exists()


def test_ensure_when_pip_fails_shows_why_and_tries_again_next_time(project_with_an_environment: Path) -> None:
    project = project_with_an_environment
    (project / "pyproject.toml").write_text(PROJECT.replace("requires = []", 'requires = ["no-such-thing"]'))
    with pytest.raises(install.InstallFailed, match=r"(?s)no-such-thing.*PIP_FIND_LINKS"):
        install.ensure(project, ("api",))
    (project / "pyproject.toml").write_text(PROJECT)
    assert install.ensure(project, ("api",)).exists()


def test_old_pip_gives_way_to_a_quicker_one_and_stays_where_none_can_be_had(
    project_with_an_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_with_an_environment
    monkeypatch.setattr(install, "QUICK_PIP", 9999)
    python = install.ensure(project, ("api",))  # none can be had
    wheel = project / "wheels" / "pip-9999-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        for name, text in QUICKER_PIP.items():
            file.writestr(name, text)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    install._renew_pip(python, [str(python), "-m", "pip", "install"])
    asked = [str(python), "-c", "import pip; print(pip.__version__)"]
    assert subprocess.run(asked, check=True, capture_output=True, text=True).stdout == "9999\n"


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
