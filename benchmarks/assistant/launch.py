"""Starts the real services for the benchmark: a private Redis, the worker, and one API per household."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher.local_redis import start_private_redis
from launcher.processes import ManagedProcess, ProcessSupervisor

READY_TIMEOUT_S = 180.0


class Stack:
    """Redis and a worker that serve all households, and their log files under `folder`."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._supervisor = ProcessSupervisor(lambda text: print(text, file=sys.stderr))
        redis_url = start_private_redis(self._supervisor, folder, folder / "redis.log")
        self._environment = {**os.environ, "REDIS_URL": redis_url, "CLOCK": "latest", **settings}
        self._start("worker", "inference_worker.main", self._environment)

    @contextmanager
    def serving(self, name: str, files: Sequence[Path], zone: str) -> Iterator[tuple[str, Path]]:
        """Import the files, one after the other, into a database of their own and serve it.

        Yields the API's base address and the SQLite file.
        """
        port = _free_port()
        database = self.folder / f"{name}.sqlite3"
        environment = {
            **self._environment,
            "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
            "SITE_TIMEZONE": zone,
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        for command in (["create_tables"], *(["import_csv_data", str(path)] for path in files)):
            self._do([f"api_service.scripts.{command[0]}", *command[1:]], environment)
        api = self._start(f"api-{name}", "api_service.main", environment)
        base_url = f"http://127.0.0.1:{port}"
        try:
            self._wait_until_ready(base_url)
            yield base_url, database
        finally:
            self._supervisor.drop(api)

    def stop(self) -> None:
        """End every process."""
        self._supervisor.stop()

    def _start(self, name: str, module: str, environment: dict[str, str]) -> ManagedProcess:
        command = [sys.executable, "-m", module]
        return self._supervisor.start(ManagedProcess(name, command, self.folder / f"{name}.log", environment))

    def _do(self, arguments: list[str], environment: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")

    def _wait_until_ready(self, base_url: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        last = "no answer"
        while time.monotonic() < deadline:
            self._supervisor.check()
            try:
                with urllib.request.urlopen(f"{base_url}/health/ready", timeout=5) as response:
                    if response.status == 200:
                        return
            except urllib.error.HTTPError as problem:
                last = problem.read().decode("utf-8", "replace")
            except OSError as problem:
                last = str(problem)
            time.sleep(0.2)
        raise RuntimeError(f"not ready after {READY_TIMEOUT_S:.0f} s: {last}")


@contextmanager
def stack(settings: Mapping[str, str]) -> Iterator[Stack]:
    """The services in a temporary folder, ended on the way out; `settings` add to the environment."""
    with tempfile.TemporaryDirectory(prefix="askwatt-bench-", ignore_cleanup_errors=True) as folder:
        started = Stack(Path(folder), settings)
        try:
            yield started
        finally:
            started.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
