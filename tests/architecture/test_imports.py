"""The import contracts of pyproject.toml hold, and can fail."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_import_contracts_of_the_project_are_kept() -> None:
    done = lint()
    assert done.returncode == 0, done.stdout


def test_import_contract_that_the_code_breaks_is_reported(tmp_path: Path) -> None:
    broken = tmp_path / "contracts.toml"
    broken.write_text(
        '[tool.importlinter]\nroot_packages = ["api_service", "shared"]\n'
        '[[tool.importlinter.contracts]]\nname = "upside down"\ntype = "layers"\n'
        'layers = ["shared", "api_service"]\n'
    )
    done = lint("--config", str(broken))
    assert done.returncode == 1
    assert "upside down BROKEN" in done.stdout


def test_every_package_of_the_project_is_under_the_contracts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(project["tool"]["importlinter"]["root_packages"]) == packages
    assert set(project["tool"]["mypy"]["packages"]) == packages
