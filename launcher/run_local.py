"""`make run`: the whole of AskWatt on this machine, on embedded defaults, supervised by one process."""

import argparse
import asyncio
import fcntl
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import TextIO

from launcher import first_question, local_data, local_worker
from launcher.local_redis import RedisMissing, start_private_redis
from launcher.processes import ChildDied, ManagedProcess, ProcessSupervisor
from launcher.sqlite_damage import DatabaseDamaged, refuse_damage
from shared.settings import (
    EXIT_BAD_SETTINGS,
    Clock,
    Environment,
    Settings,
    exposure_fault,
    load_settings_or_exit,
)

VAR = Path("var")
LOGS = VAR / "logs"
READY_TIMEOUT_S = 180.0
POLL_S = 0.1
INTERRUPTED = 130
SECONDS = re.compile(r" \(\d+ s\)")  # how long a stage has taken so far
_stages_shown: set[str] = set()


class CannotStart(Exception):
    """Something of the machine is in the way; the message says what, and what helps."""


class Stopped(Exception):
    """SIGTERM or SIGHUP came."""


def main(arguments: list[str] | None = None) -> int:
    """Start, import, ask, serve; 0 after an answer or an orderly stop, 1 when something is in the way."""
    parser = argparse.ArgumentParser("python -m launcher.run_local", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the first answer, 0 if it is one")
    once = parser.parse_args(arguments).once
    settings = load_settings_or_exit()
    if fault := exposure_fault(settings):
        say(f"bad setting: {fault}")
        return EXIT_BAD_SETTINGS
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
    try:
        with _only_one_here(settings):
            return _run(settings, once=once)
    except CannotStart as problem:
        say(str(problem))
        return 1


def _run(settings: Settings, *, once: bool) -> int:
    supervisor = ProcessSupervisor(say)
    serving = False
    try:
        base_url, model_failure = _start(supervisor, settings)
        answered = model_failure is None and _ask(supervisor, base_url, settings)
        if once:
            return 0 if answered else 1
        serving = True
        _serve(supervisor, base_url)
    except (ChildDied, RedisMissing, DatabaseDamaged, local_data.DataProblem) as problem:
        _progress("")
        say(str(problem))
        return 1
    except (KeyboardInterrupt, Stopped):
        return 0 if serving else INTERRUPTED
    finally:
        _stop_all(supervisor)
    return 0


def _start(supervisor: ProcessSupervisor, settings: Settings) -> tuple[str, str | None]:
    """Start all parts and fill an empty database; the base URL, and why the model failed if it did."""
    port = _free_port(settings.host, settings.port)
    environment = {**os.environ, "HOST": settings.host, "PORT": str(port)}
    environment["REDIS_URL"] = _redis(supervisor, settings)
    # The parts share this machine's cores: a model's thread that waits for another shall not spin.
    worker_environment = {"OMP_WAIT_POLICY": "passive", **environment}
    worker = _child("worker", "inference_worker.main", worker_environment)
    worker.restarts, worker.is_needed = True, False  # without it questions wait; all else works
    supervisor.start(worker)
    refuse_damage(settings.database_url, say)
    _progress("bringing the database up to date")
    local_data.migrate()
    contents = asyncio.run(local_data.look(settings))
    clock = _clock(settings, contents)
    environment["CLOCK"] = clock
    supervisor.start(_child("API", "api_service.main", environment))
    if contents.wants_sample:
        _progress("")
        say("nothing is stored yet: importing the sample household")
        local_data.import_sample(VAR, environment)
    base_url = f"http://{_address(settings.host)}:{port}"
    model_failure = _wait_until_ready(supervisor, base_url, environment["REDIS_URL"])
    supervisor.restart_all()
    return base_url, model_failure


def _redis(supervisor: ProcessSupervisor, settings: Settings) -> str:
    if "redis_url" in settings.model_fields_set:
        return settings.redis_url
    return start_private_redis(supervisor, VAR, LOGS / "redis.log")


def _clock(settings: Settings, contents: local_data.Contents) -> Clock:
    """The sample is historic: unless the user says otherwise, its last reading is "now"."""
    if "clock" in settings.model_fields_set or not contents.is_historic:
        return settings.clock
    return Clock.LATEST


def _child(name: str, module: str, environment: Mapping[str, str]) -> ManagedProcess:
    log = LOGS / f"{name.lower()}.log"
    return ManagedProcess(name, [sys.executable, "-m", module], log, environment)


def _wait_until_ready(supervisor: ProcessSupervisor, base_url: str, redis_url: str) -> str | None:
    """Wait for `/health/ready`, naming on one line what is missing.

    A failed model is not waited for: what it says is returned.
    """
    started = time.monotonic()
    missing, failure = "API", None
    while failure is None and time.monotonic() - started < READY_TIMEOUT_S:
        supervisor.check()
        status, body = first_question.get(f"{base_url}/health/ready")
        if status == 200:
            _progress("")
            return None
        missing = _missing(body) or missing
        _progress(f"waiting for {missing} ({time.monotonic() - started:.0f} s)")
        if missing.startswith("worker"):  # everything else is there
            failure = asyncio.run(local_worker.failure(redis_url))
        time.sleep(POLL_S)
    _progress("")
    if failure:
        say(f"questions wait until there is a model that can read them: {failure}")
    else:
        say(f"not ready after {READY_TIMEOUT_S:.0f} s: {missing}; logs are in {LOGS}")
    return failure


def _missing(body: object) -> str:
    """The parts that readiness calls unready, each with what it says about itself."""
    parts = body.get("parts") if isinstance(body, dict) else None
    away = {name: part for name, part in parts.items() if not part["ok"]} if parts else {}
    return ", ".join(f"{name}: {part['detail']}" for name, part in away.items())


def _ask(supervisor: ProcessSupervisor, base_url: str, settings: Settings) -> bool:
    """Ask the first question and print its answer; whether it was answered from the data.

    With keys, or without the sample that it is about, it is left to the user; then: whether all is ready.
    """
    if settings.asks_for_keys or settings.environment is Environment.PRODUCTION:
        why = "questions need a key" if settings.asks_for_keys else "ENVIRONMENT=production has no sample"
        say(f"{why}; the first question is left to you")
        return first_question.get(f"{base_url}/health/ready")[0] == HTTPStatus.OK
    _progress(first_question.QUESTION)
    try:
        answer = first_question.ask(base_url, idle=supervisor.check)
    except first_question.NoAnswer as problem:
        supervisor.check()
        say(f"the first question was not answered: {problem}; logs are in {LOGS}")
        return False
    _progress("")
    first_question.print_answer(first_question.QUESTION, answer)
    return first_question.is_true_answer(answer)


def _serve(supervisor: ProcessSupervisor, base_url: str) -> None:
    say(f"serving on {base_url} (API documentation: {base_url}/docs); Ctrl-C stops")
    while True:
        supervisor.check()
        time.sleep(POLL_S)


def _free_port(host: str, port: int) -> int:
    """The port, after a look whether it can be bound; for 0 any free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as problem:
        other = port + 1 if port < 65535 else 8001
        raise CannotStart(
            f"cannot listen on {host} port {port}: {problem.strerror or problem}.\n"
            f"  Another port: make run PORT={other} (another address: HOST=)"
        ) from problem


def _address(host: str) -> str:
    """The address under which this machine itself reaches a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 a comparison, not a bind
    return f"[{host}]" if ":" in host else host


@contextmanager
def _only_one_here(settings: Settings) -> Iterator[None]:
    """Refuse to start twice in one folder: both would write the same database and Redis data."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(f"already running in this folder ({lock.read().strip()})") from None
        _write_lock(lock, f"process {os.getpid()}, port {settings.port}")
        yield
        _write_lock(lock, "")


def _write_lock(lock: TextIO, text: str) -> None:
    lock.truncate(0)
    lock.write(text)
    lock.flush()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _stop_all(supervisor: ProcessSupervisor) -> None:
    """Stop in order; an impatient second signal kills at once."""
    _progress("stopping")
    try:
        supervisor.stop()
        _progress("")
    except (KeyboardInterrupt, Stopped):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        supervisor.kill()


def _progress(text: str) -> None:
    """A line that the next one takes the place of; without a terminal each stage once, as a line."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{text[:width]}")
        sys.stderr.flush()
        return
    stage = SECONDS.sub("", text)
    if stage and stage not in _stages_shown:
        _stages_shown.add(stage)
        say(stage)


def say(text: str) -> None:
    """One message to whoever watches."""
    sys.stderr.write(f"askwatt: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
