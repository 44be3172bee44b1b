"""The supervisor: what it restarts, what ends everything, and that nothing outlives it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from launcher import processes
from launcher.processes import ChildDied, ManagedProcess, ProcessSupervisor

ROOT = Path(__file__).parents[2]
PATIENCE_S = 10.0
SLEEPS = "import time; print('sleeping', flush=True); time.sleep(60)"
STARTS_A_CHILD_AND_SLEEPS = (
    "import subprocess, sys, time\n"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)\n"
    "time.sleep(60)"
)
SUPERVISES_AND_SLEEPS = """
import sys, time
from pathlib import Path
from launcher.processes import ManagedProcess, ProcessSupervisor
command = [sys.executable, "-c", "import time; time.sleep(60)"]
child = ProcessSupervisor(print).start(ManagedProcess("sleeper", command, Path(sys.argv[1])))
print(child.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[ProcessSupervisor]:
    supervisor = ProcessSupervisor(said.append)
    yield supervisor
    supervisor.kill()


def python(code: str, log: Path, *, restarts: bool = False) -> ManagedProcess:
    return ManagedProcess("part", [sys.executable, "-c", code], log / "part.log", dict(os.environ), restarts)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_child_that_dies_ends_everything_with_its_last_words(
    supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    child = supervisor.start(python("import sys; print('no disk'); sys.exit(3)", tmp_path))
    wait_for(lambda: child.exit_status is not None)
    with pytest.raises(ChildDied, match=r"(?s)the part ended with status 3.*no disk"):
        supervisor.check()


def test_child_that_restarts_is_started_again_after_a_pause(
    supervisor: ProcessSupervisor, said: list[str], tmp_path: Path
) -> None:
    child = supervisor.start(python("print('out of memory')", tmp_path, restarts=True))
    child.delay_s = 0.2
    first = child.process
    wait_for(lambda: child.exit_status is not None)
    supervisor.check()
    assert child.process is first  # not yet
    wait_for(lambda: supervisor.check() or child.process is not first)
    assert "out of memory" in said[0]


def test_needed_child_that_never_starts_again_ends_everything(
    supervisor: ProcessSupervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MOST_FAILURES", 2)
    monkeypatch.setattr(processes, "LONGEST_RESTART_DELAY_S", 0.02)
    child = supervisor.start(python("print('no disk')", tmp_path))
    supervisor.restart_all()
    child.delay_s = 0.01
    with pytest.raises(ChildDied, match=r"(?s)the part does not start any more after 2 tries.*no disk"):
        wait_for(supervisor.check)


def test_child_that_keeps_dying_is_restarted_ever_more_slowly(
    supervisor: ProcessSupervisor, said: list[str], tmp_path: Path
) -> None:
    child = supervisor.start(python("pass", tmp_path, restarts=True))
    child.delay_s = 0.05
    wait_for(lambda: supervisor.check() or len(said) == 3)
    assert child.delay_s == pytest.approx(0.4)  # 0.05 s doubled after each of three deaths


def test_stop_ends_children_of_children_too(supervisor: ProcessSupervisor, tmp_path: Path) -> None:
    child = supervisor.start(python(STARTS_A_CHILD_AND_SLEEPS, tmp_path))
    wait_for(lambda: child.log.read_text().strip())
    grandchild = psutil.Process(int(child.log.read_text()))
    supervisor.stop()
    assert child.exit_status is not None
    wait_for(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_stop_ends_the_last_started_first(supervisor: ProcessSupervisor, tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    print(sys.argv[1], flush=True)\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)"
    )
    log = tmp_path / "both.log"
    for number, name in enumerate(("first", "second"), start=1):
        supervisor.start(ManagedProcess(name, [sys.executable, "-c", code, name], log))
        wait_for(lambda count=number: log.read_text().count("up") == count)
    supervisor.stop()
    assert log.read_text().split() == ["up", "up", "second", "first"]


def test_children_when_the_supervisor_is_killed_end_too(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISES_AND_SLEEPS, str(tmp_path / "log")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
