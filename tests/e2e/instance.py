"""A whole AskWatt of its own in a folder: `python -m launcher.run_local` as a user starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import psutil

from launcher import first_question
from shared.settings import Settings
from tests.support.servers import free_port

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 40.0
GONE_WITHIN_S = 10.0


def clean_environment(**changes: str) -> dict[str, str]:
    """The developer's environment without any of AskWatt's settings, with threads kept in bounds."""
    settings = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in settings}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **changes}


def run_local(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, "-m", "launcher.run_local", *arguments],
        check=False,
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
    )


def processes_of(folder: Path) -> list[psutil.Process]:
    """Live processes that work in this folder: the supervisor and all that it started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def left_behind(folder: Path) -> list[psutil.Process]:
    """What still lives in this folder after a moment of grace."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (alive := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


# At its start a worker measures which number format and threads suit the machine: half of its CPU time.
# What `run_local` starts does so.
UNMEASURED = {"PRECISION": "fp32", "TORCH_THREADS": "1"}


class Instance:
    """A serving instance; a context manager that leaves nothing running."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.output = folder / "output.txt"
        self._environment = clean_environment(PORT=str(self.port), **{**UNMEASURED, **environment})
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launcher.run_local"],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while "serving on" not in self.text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"not serving:\n{self.text()}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGTERM)

    def stop(self, number: signal.Signals) -> int:
        """Send a signal to the supervisor; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_TIMEOUT_S)

    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    def ask(self, question: str) -> dict[str, Any]:
        """Ask over HTTP and wait for the answer."""
        return first_question.ask(self.base_url, question)

    def child(self, module: str) -> psutil.Process:
        """The process of one part, by its module's name."""
        return next(process for process in processes_of(self.folder) if module in process.cmdline())
