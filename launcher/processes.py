"""Child processes that never outlive their parent: start, watch, restart, stop."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_GRACE_S = 25.0  # the worker may take 20 s to hand back what it has in hand
TAIL_LINES = 15
MAX_LOG_BYTES = 10_000_000
FIRST_RESTART_DELAY_S = 1.0
LONGEST_RESTART_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0
MOST_FAILURES = 8  # in a row, each within HEALTHY_AFTER_S of its start: about two minutes of trying
PR_SET_PDEATHSIG = 1


class ChildDied(Exception):
    """A child that everything rests on has ended; the message holds the tail of its log."""


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel kill the child when its parent dies; None off Linux."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork: nothing may be loaded after it
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class ManagedProcess:
    """One supervised process, in a session of its own, its output in a log file.

    `restarts`: it is started again when it ends. `is_needed`: after `MOST_FAILURES` in a row all end with it.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    restarts: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    delay_s: float = FIRST_RESTART_DELAY_S
    is_needed: bool = True
    failures: int = 0

    def start(self) -> None:
        """Start the process; its output is appended to the log, or begins it anew when it has grown large."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        large = self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES
        with self.log.open("wb" if large else "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,  # Ctrl-C goes to us, and we stop the children in order
                preexec_fn=die_with_parent(),  # noqa: PLW1509 one prctl call, which takes no lock
            )
        self.started_at = time.monotonic()
        self.start_again_at = None

    @property
    def exit_status(self) -> int | None:
        """None while it runs or has not been started."""
        return self.process.poll() if self.process else None

    def tail(self) -> str:
        """The last lines of its log, indented."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
            return "\n".join(f"    {line}" for line in lines)
        return ""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and everything it started."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def end_group(self) -> None:
        """Kill what the process itself started and left behind; at once after its end, no later."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class ProcessSupervisor:
    """Children in the order of their start; stopped in the reverse order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[ManagedProcess] = []

    def start(self, child: ManagedProcess) -> ManagedProcess:
        """Start a child and watch it from now on."""
        child.start()
        self._children.append(child)
        return child

    def check(self) -> None:
        """Restart what may be restarted; raise `ChildDied` when another child has ended."""
        for child in self._children:
            if child.start_again_at is not None:
                if time.monotonic() >= child.start_again_at:
                    child.start()
            elif child.exit_status is not None:
                self._ended(child)

    def restart_all(self) -> None:
        """From now on start every child again: each has shown that it can start."""
        for child in self._children:
            child.restarts = True

    def _ended(self, child: ManagedProcess) -> None:
        child.end_group()
        what = f"the {child.name} ended with status {child.exit_status}; its log {child.log} ends with:"
        if not child.restarts:
            raise ChildDied(f"{what}\n{child.tail()}")
        healthy = time.monotonic() - child.started_at > HEALTHY_AFTER_S
        child.failures = 1 if healthy else child.failures + 1
        if child.is_needed and child.failures > MOST_FAILURES:
            given_up = f"the {child.name} does not start any more after {MOST_FAILURES} tries"
            raise ChildDied(f"{given_up}; {what}\n{child.tail()}")
        delay_s = FIRST_RESTART_DELAY_S if healthy else child.delay_s
        child.delay_s = min(2 * delay_s, LONGEST_RESTART_DELAY_S)
        child.start_again_at = time.monotonic() + delay_s
        self._say(f"{what}\n{child.tail()}\n  starting it again in {delay_s:.0f} s")

    def stop(self) -> None:
        """End all children, last started first: first asked, after `STOP_GRACE_S` killed."""
        while self._children:
            self._end(self._children[-1], signal.SIGTERM)

    def kill(self) -> None:
        """End all children at once."""
        while self._children:
            self._end(self._children[-1], signal.SIGKILL)

    def drop(self, child: ManagedProcess) -> None:
        """End one child and watch it no longer."""
        self._end(child, signal.SIGKILL)

    def _end(self, child: ManagedProcess, number: signal.Signals) -> None:
        child.signal(number)
        self._wait(child)
        self._children.remove(child)

    @staticmethod
    def _wait(child: ManagedProcess) -> None:
        if child.process is None or child.process.returncode is not None:
            return  # its number may be another process's by now
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(STOP_GRACE_S)
        child.end_group()
        child.process.wait()
