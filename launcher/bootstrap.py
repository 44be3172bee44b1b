"""`python -m launcher.bootstrap TARGET …`: install what a target needs, then run it.

The one entry point behind every `make` target. It needs nothing but a Python: the standard library alone,
and syntax that an old Python still reads, so that it can say which one is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = (3, 11)
RUN = ("api", "worker", "local")
TEST = (*RUN, "dev", "train", "xlsx", "mqtt")
# A file's tests stay in one process, so that its module fixtures are made once; files begin in their order,
# the slow folders first, so that no core waits at the end for a last long one.
PYTEST = ("-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
COMPOSE = ("docker", "compose")
PROFILES = ("cpu", "gpu", "mqtt", "backup", "tls")

# target -> (extras of pyproject.toml that it needs, commands; each gets the arguments that follow the target)
PYTHON_TARGETS: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {
    "run": (RUN, [("-m", "launcher.run_local")]),
    "mqtt": (("api", "mqtt"), [("-m", "api_service.mqtt.main")]),
    "worker": (("worker",), [("-m", "inference_worker.main")]),
    "db-init": (RUN, [("-m", "api_service.scripts.create_tables")]),
    "import": (RUN, [("-m", "api_service.scripts.import_csv_data")]),
    "undo-import": (RUN, [("-m", "api_service.scripts.undo_import")]),
    "reset": (RUN, [("-m", "api_service.scripts.reset_db")]),
    "backup": (RUN, [("-m", "launcher.backups.backup")]),
    "restore": (RUN, [("-m", "launcher.backups.restore")]),
    "test": (TEST, [PYTEST]),
    "test-unit": (TEST, [(*PYTEST, "tests/unit", "-m", "not slow")]),
    "soak": (TEST, [("-m", "pytest", "-m", "soak", "-s", "tests/faults", "tests/security")]),
    "check": (
        TEST,
        [
            ("-m", "ruff", "format", "--check", "."),
            ("-m", "ruff", "check", "."),
            ("-m", "mypy"),
            ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
        ],
    ),
    "train": ((*TEST, "vectors"), [("-m", "training.learning")]),
    "evaluate": (TEST, [("-m", "training.learning.evaluate")]),
    "bench": ((*TEST, "bench"), [("-m", "benchmarks")]),
}
COMPOSE_TARGETS = {
    "up": (*COMPOSE, "--profile", "cpu", "up", "--build", "--detach", "--wait"),
    "up-gpu": (*COMPOSE, "--profile", "gpu", "up", "--build", "--detach", "--wait"),
    "down": (*COMPOSE, *(word for name in PROFILES for word in ("--profile", name)), "down"),
}


def main(arguments: list[str]) -> int:
    """Run one target from the repository's root; its exit status, or 2 when it cannot be run."""
    target = arguments[0] if arguments else ""
    os.chdir(str(ROOT))
    if target in ("", "help", "--help", "-h"):
        return print_help()
    if target in COMPOSE_TARGETS:
        return compose(COMPOSE_TARGETS[target], arguments[1:])
    if target not in PYTHON_TARGETS:
        known = ", ".join([*PYTHON_TARGETS, *COMPOSE_TARGETS])
        return complain("unknown target '" + target + "'; there are: " + known)
    if sys.version_info < OLDEST_PYTHON:
        return restart_with_a_newer_python(arguments)
    return run_python_target(target, arguments[1:])


def run_python_target(target: str, arguments: list[str]) -> int:
    """Bring `.venv` up to date for the target and run its commands there."""
    from launcher import install  # not before the version is known: an old Python cannot read it

    extras, commands = PYTHON_TARGETS[target]
    try:
        python = install.ensure(ROOT, extras)
    except install.InstallFailed as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return complain("stopped; the next call goes on with the installation")
    return run_commands(python, commands, arguments)


def run_commands(python: Path, commands: list[tuple[str, ...]], arguments: list[str]) -> int:
    """Run all commands, also after one has failed; a single one replaces this process."""
    lines = [[str(python), *command] for command in commands]
    if len(lines) == 1:
        sys.stdout.flush()
        os.execv(str(python), [*lines[0], *arguments])
    failures = [line for line in lines if subprocess.run([*line, *arguments], check=False).returncode]
    return 1 if failures else 0


def compose(command: tuple[str, ...], arguments: list[str]) -> int:
    """Run docker compose, or say what is missing."""
    if not shutil.which("docker"):
        return complain(
            "docker is not installed; see https://docs.docker.com/engine/install/, or use `make run`"
        )
    found = subprocess.run([*COMPOSE, "version"], check=False, capture_output=True)
    if found.returncode:
        return complain("docker has no compose plugin; see https://docs.docker.com/compose/install/")
    return subprocess.run([*command, *arguments], check=False).returncode


def restart_with_a_newer_python(arguments: list[str]) -> int:
    """Hand over to a newer Python on PATH, or say that one is needed."""
    for minor in range(14, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which("python3." + str(minor))
        if newer and works(newer):
            os.execv(newer, [newer, "-m", "launcher.bootstrap", *arguments])
    have = ".".join(str(part) for part in sys.version_info[:3])
    needed = ".".join(str(part) for part in OLDEST_PYTHON)
    return complain(
        "AskWatt needs Python " + needed + " or newer; this is " + have + " at " + sys.executable + ".\n"
        "  Install one (Debian 12, Ubuntu 24.04: `apt install python3 python3-venv`),\n"
        "  or name one: make run PYTHON=/path/to/python3." + str(OLDEST_PYTHON[1])
    )


def works(python: str) -> bool:
    """Whether this interpreter starts (a version manager's shim may stand for nothing)."""
    return subprocess.run([python, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0


def print_help() -> int:
    """Every target with its one line, as the Makefile documents it."""
    for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines():
        documented = re.match(r"([a-z-]+):.*## (.*)", line)
        if documented:
            print("  make " + documented.group(1).ljust(12) + documented.group(2))
    return 0


def complain(message: str) -> int:
    """Say what is wrong on stderr; 2, the exit status for "could not be run"."""
    sys.stderr.write("askwatt: " + message + "\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
