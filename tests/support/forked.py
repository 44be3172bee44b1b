"""Commands forked from a process that has imported them: a tenth of the CPU time of a start from nothing."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.clock import set_clock_ahead

GATEWAY = "api_service.main"
IMPORT = "api_service.scripts.import_csv_data"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([GATEWAY, IMPORT, "api_service.scripts.import_run"])


@dataclass(frozen=True)
class Start:
    """How a command starts: its words, its whole environment, its folder, where it writes, and its clock."""

    environment: Mapping[str, str]
    arguments: Sequence[str] = ()
    folder: Path | None = None
    log: Path | None = None
    ahead_s: float = 0.0


class Forked:
    """`python -m MODULE …`, with what the tests use of `subprocess.Popen`."""

    def __init__(self, module: str, start: Start) -> None:
        self._module = module
        self._process = _FORKS.Process(target=_run, args=(module, start))
        self._process.start()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end in order."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout_s: float | None = None) -> int:
        """The exit status; raise `subprocess.TimeoutExpired` when it has none by then."""
        self._process.join(timeout_s)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self._module, timeout_s or 0.0)
        return status


def _run(module: str, start: Start) -> None:
    """In the fork: take on what was given, and end with the tests."""
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    os.chdir(start.folder or Path.cwd())
    os.environ.clear()
    os.environ.update(start.environment)
    sys.argv = [module, *start.arguments]
    if start.log is not None:
        with start.log.open("ab") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
    command = importlib.import_module(module)
    if start.ahead_s:
        set_clock_ahead(start.ahead_s)
    sys.exit(command.main())


def _end_with_the_tests() -> None:
    tests = multiprocessing.parent_process()
    assert tests is not None
    tests.join()
    os.kill(os.getpid(), signal.SIGKILL)
