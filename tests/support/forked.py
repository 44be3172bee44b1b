"""Gateways forked from a process that has imported them: half a second each, not five."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.support.clock import set_clock_ahead

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["api_service.main"])


class ForkedGateway:
    """`python -m api_service.main`, its clock so many seconds ahead, with what tests use of `subprocess.Popen`."""

    def __init__(
        self,
        environment: Mapping[str, str],
        ahead_s: float = 0.0,
        *,
        folder: Path | None = None,
        log: Path | None = None,
    ) -> None:
        arguments = (dict(environment), ahead_s, folder or Path.cwd(), log)
        self._process = _FORKS.Process(target=_serve, args=arguments)
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
            raise subprocess.TimeoutExpired("gateway", timeout_s or 0.0)
        return status


def _serve(environment: dict[str, str], ahead_s: float, folder: Path, log: Path | None) -> None:
    """In the fork: take on the environment, and end with the tests."""
    from api_service.main import main

    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if log is not None:
        with log.open("ab") as file:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(file.fileno(), stream.fileno())
    if ahead_s:
        set_clock_ahead(ahead_s)
    main()


def _end_with_the_tests() -> None:
    tests = multiprocessing.parent_process()
    assert tests is not None
    tests.join()
    os.kill(os.getpid(), signal.SIGKILL)
