"""Real PostgreSQL and Redis servers for the suite: found on the machine, else taken from wheels.

Each server lives in its own temporary folder on a free port of 127.0.0.1 and dies with the test process:
by `stop()`, and on Linux by the kernel when the test process is killed.
"""

import contextlib
import ctypes
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.support.binaries import ServerUnavailable, find_postgres, find_redis

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0
START_TRIES = 3  # another process may take a free port between our look and the server's bind
PORTS_FROM, PORTS_EACH, PORT_PARTS = 12_000, 1_000, 20
PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now.

    It lies below the ports of outgoing connections (32768 on Linux, 49152 elsewhere) and in the part of this
    pytest-xdist process, so that neither takes it between our look and the server's bind.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PORT_PARTS
    first = PORTS_FROM + number * PORTS_EACH
    for port in random.SystemRandom().sample(range(first, first + PORTS_EACH), PORTS_EACH):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerUnavailable(f"no free port from {first} to {first + PORTS_EACH - 1}")


def die_with_parent(number: int) -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send signal `number` when the parent dies; None off Linux."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork: nothing may be loaded after it
    return lambda: prctl(PR_SET_PDEATHSIG, number)


class Server(ABC):
    """A child process with a folder, a port and a log; also a context manager."""

    parent_death_signal = signal.SIGKILL
    stop_signal = signal.SIGTERM
    user: str | None = None

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="askwatt-test-"))
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The server's command line for the present port."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves requests now."""

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self.process is None:
            raise ServerUnavailable("the server is not running")
        return self.process.pid

    def start(self) -> Self:
        """Start on the port used before, else on a free one, and wait until it serves."""
        tries = 1 if self.port else START_TRIES
        for left in reversed(range(tries)):
            fixed_port, self.port = self.port, self.port or free_port()
            try:
                self._launch()
                return self
            except ServerUnavailable:
                self.port = fixed_port
                if not left:
                    raise
        return self

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C goes to the tests, which then stop us in order
                preexec_fn=die_with_parent(self.parent_death_signal),  # noqa: PLW1509 one prctl call, no locks
                **_as_user(self.user),
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.02)
        self.kill()
        raise ServerUnavailable(f"{type(self).__name__} did not start:\n{self.log_tail()}")

    def log_tail(self) -> str:
        """The last 20 lines of the server's log."""
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """Stop in order and keep folder and port, so that `start` goes on with the same data."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Stop at once, as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        for sign in (number, signal.SIGKILL):
            if self.process.poll() is not None:
                break  # its number may be another process's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT_S)
                break
        self.process = None

    def restart(self) -> None:
        """Stop in order, start again on the same port with the same data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class RedisServer(Server):
    """Redis with an append-only file and no eviction, as in production."""

    def __init__(self) -> None:
        super().__init__()
        self.binary = find_redis()

    @property
    def url(self) -> str:
        """Database 0 of this server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """See `Server.command`."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [str(self.binary), *(part for key, value in options.items() for part in (f"--{key}", value))]

    def answers(self) -> bool:
        """PING gives PONG; a server that still loads its data does not count."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class PostgresServer(Server):
    """PostgreSQL without durability (fsync off): the suite's data may be lost, its time may not.

    PostgreSQL refuses to run as root; then it runs as an unprivileged user, from a copy of the installation
    where that user cannot reach the original.
    """

    parent_death_signal = signal.SIGQUIT  # immediate shutdown: the server ends its own children
    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off

    def __init__(self) -> None:
        super().__init__()
        self.user = _unprivileged_user() if os.geteuid() == 0 else None
        self.data = self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user)
        self.bin = self._reachable(find_postgres())
        self.version = self._version()
        self._initialise()

    def url(self, database: str = "postgres") -> str:
        """The asyncpg URL of one of this server's databases."""
        return f"postgresql+asyncpg://askwatt@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """See `Server.command`."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "Pacific/Chatham",  # a server's zone must never leak into answers
        }
        settings = (part for key, value in options.items() for part in ("-c", f"{key}={value}"))
        return [str(self.bin / "postgres"), "-D", str(self.data), *settings]

    def answers(self) -> bool:
        """`pg_isready` says that connections are accepted."""
        probe = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0

    def _version(self) -> int:
        """The major version, as `postgres --version` tells it: "postgres (PostgreSQL) 15.18 (Debian …)"."""
        told = subprocess.run(
            [str(self.bin / "postgres"), "--version"], check=True, capture_output=True, text=True
        )
        return int(told.stdout.split()[2].split(".")[0])

    def _reachable(self, binaries: Path) -> Path:
        probe = [str(binaries / "postgres"), "--version"]
        try:
            subprocess.run(probe, check=True, capture_output=True, cwd="/", **_as_user(self.user))
            return binaries
        except (OSError, subprocess.CalledProcessError):
            copy = self.folder / "install"
            shutil.copytree(binaries.parent, copy, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
            return copy / binaries.name

    def _initialise(self) -> None:
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", "askwatt", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.folder, **_as_user(self.user)
        )
        if done.returncode:
            raise ServerUnavailable(f"initdb failed:\n{done.stdout}{done.stderr}")


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise ServerUnavailable("running as root, and there is neither a user `postgres` nor `nobody`")


def _as_user(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    entry = pwd.getpwnam(name)
    environment = {**os.environ, "HOME": "/", "USER": name}
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "env": environment}
