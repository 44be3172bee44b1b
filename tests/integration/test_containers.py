"""Each service of docker-compose.yml run by hand, as its container would run it.

There is an application folder with just what the Dockerfile copies into the image, the service's own command
and environment, and no trace of the development installation on the path. What differs from the container:
the interpreter, the user, and the addresses of PostgreSQL and Redis.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.first_question import get
from tests.e2e.instance import UNMEASURED
from tests.support.binaries import find_postgres, find_redis
from tests.support.servers import PostgresServer, RedisServer, free_port

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
READY_TIMEOUT_S = 120.0


def copied_into(target: str) -> list[str]:
    """The folders that the Dockerfile copies in the stage of one image."""
    stage = re.split(rf"^FROM \w+ AS {target}$", DOCKERFILE, flags=re.MULTILINE)[1].split("\nFROM ")[0]
    return re.findall(r"^COPY (\S+) \1$", stage, re.MULTILINE)


def image(target: str, folder: Path) -> Path:
    app = folder / target
    for name in copied_into(target):
        shutil.copytree(ROOT / name, app / name)  # with what Python and numba have compiled: half a minute
    return app


class Containers:
    """Runs services' commands against the suite's servers."""

    def __init__(self, folder: Path, postgres: PostgresServer, redis: RedisServer) -> None:
        self.port = free_port()
        self._folder = folder
        self._apps = {target: image(target, folder) for target in ("api", "worker", "backup")}
        shutil.copytree(self._apps["api"], self._apps["backup"], dirs_exist_ok=True)  # FROM api AS backup
        self._addresses = {
            "postgresql+asyncpg://askwatt:askwatt@postgres:5432/askwatt": postgres.url(),
            "redis://redis:6379/0": redis.url,
        }

    def environment(self, service: str) -> dict[str, str]:
        given = {key: str(value) for key, value in SERVICES[service]["environment"].items()}
        filled = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in given.items()}
        moved = {key: self._addresses.get(value, value) for key, value in filled.items()}
        if "PORT" in moved:
            moved["PORT"] = str(self.port)
        libraries = sysconfig.get_path("purelib")  # without its .pth files: no editable installation
        path = f"{find_postgres()}{os.pathsep}{os.environ['PATH']}"
        threads = {"OMP_NUM_THREADS": "1", **UNMEASURED}
        return {**moved, "PATH": path, "PYTHONPATH": libraries, **threads}

    def place(self, service: str) -> dict[str, Any]:
        return {"cwd": self._apps[SERVICES[service]["build"]["target"]], "env": self.environment(service)}

    def command(self, words: list[str]) -> list[str]:
        assert words[0] == "python"
        moved = {"/backups": str(self._folder / "backups")}
        changed = [moved.get(word, word).replace(":8000", f":{self.port}") for word in words[1:]]
        return [sys.executable, "-S", *changed]

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run a service to its end."""
        command = self.command(SERVICES[service]["command"])
        return subprocess.run(command, check=False, capture_output=True, text=True, **self.place(service))

    def health(self, service: str) -> int:
        """The exit status of a service's health check."""
        command = self.command(SERVICES[service]["healthcheck"]["test"][1:])
        return subprocess.run(command, check=False, capture_output=True, **self.place(service)).returncode

    def log(self, service: str) -> Path:
        """What a service in the background has printed."""
        return self._folder / f"{service}.log"

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        """A service in the background, until its SIGTERM."""
        with self.log(service).open("wb") as output:
            command = self.command(SERVICES[service]["command"])
            process = subprocess.Popen(command, stdout=output, stderr=output, **self.place(service))
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


@pytest.fixture
def containers(tmp_path: Path, private_postgres: PostgresServer, private_redis: RedisServer) -> Containers:
    return Containers(tmp_path, private_postgres, private_redis)


def wait_until(what: str, deadline: float, check: Any) -> None:
    while not check():
        assert time.monotonic() < deadline, f"{what} in vain"
        time.sleep(0.2)


def test_services_run_by_hand_become_healthy_together(containers: Containers) -> None:
    migrated = containers.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert containers.health("api") != 0  # nobody is there yet
    assert containers.health("worker-cpu") != 0
    deadline = time.monotonic() + READY_TIMEOUT_S
    with ExitStack() as services:
        api = services.enter_context(containers.running("api"))
        worker = services.enter_context(containers.running("worker-cpu"))
        url = f"http://127.0.0.1:{containers.port}"
        wait_until("waited for readiness", deadline, lambda: get(f"{url}/health/ready")[0] == 200)
        for service in ("api", "worker-cpu"):  # each look is a process that costs seconds
            wait_until(f"waited for {service}", deadline, lambda name=service: containers.health(name) == 0)
        assert get(f"{url}/api/devices/") == (200, [])
    assert worker.returncode == 0
    # uvicorn, once it has shut down in order, ends by the signal that it was sent.
    assert api.returncode in {0, -signal.SIGTERM}
    assert "Application shutdown complete" in containers.log("api").read_text()


def test_backup_service_by_its_command_makes_a_verified_backup_and_becomes_healthy(
    containers: Containers,
) -> None:
    assert containers.run("migrate").returncode == 0
    assert containers.health("backup") != 0
    with containers.running("backup") as process:
        deadline = time.monotonic() + READY_TIMEOUT_S
        wait_until(
            "waited for its trial", deadline, lambda: "equal there" in containers.log("backup").read_text()
        )
        wait_until("waited for a backup", deadline, lambda: containers.health("backup") == 0)
        assert process.poll() is None  # the next one is due tomorrow


def test_migrate_without_a_database_fails_so_that_the_api_does_not_start(
    containers: Containers, private_postgres: PostgresServer
) -> None:
    private_postgres.stop()
    ended = containers.run("migrate")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr


def test_redis_by_its_command_serves_and_keeps(tmp_path: Path) -> None:
    class Composed(RedisServer):
        def command(self) -> list[str]:
            words = SERVICES["redis"]["command"]
            place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
            return [str(find_redis()), *words[1:], *place]

    with Composed() as server:
        kept = list(server.folder.glob("append*"))
    assert kept  # the append-only file


def test_images_hold_what_the_build_context_lets_through() -> None:
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {name for target in ("api", "worker") for name in copied_into(target)}
    assert copied <= allowed
    assert "api_service" not in copied_into("worker")
    assert "inference_worker" not in copied_into("api")


@pytest.mark.parametrize("extra", ["api", "worker"])
def test_requirements_of_an_image_are_those_of_the_project(extra: str) -> None:
    command = [sys.executable, "deploy/docker/requirements.py", extra]
    lines = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    names = {re.split(r"[^a-zA-Z0-9-]", line)[0] for line in lines}
    assert {"arq", "pydantic"} <= names
    assert ("torch" in names) == (extra == "worker")
    assert ("asyncpg" in names) == (extra == "api")
