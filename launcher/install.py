"""Make `.venv` and keep it in step with `pyproject.toml`; the standard library alone.

A stamp inside the environment holds the digest of what was installed, so that an unchanged project starts
without pip and without a network.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_INDEX_TIMEOUT_S = 3.0
STAMP = "askwatt-installed.json"
QUICK_PIP = 25  # older ones compare each file of an index with every platform: a minute of CPU time for ours
LOG_LINES_SHOWN = 25
NEWS_EVERY_S = 5.0  # where the output is no terminal


class InstallFailed(Exception):
    """The environment could not be made; the message says why and what helps."""


def ensure(root: Path, extras: tuple[str, ...]) -> Path:
    """The environment's Python, with the named extras installed; pip runs only when something changed."""
    environment = root / ".venv"
    python = environment / "bin" / "python"
    wanted = _digest(root)
    if _installed(environment, wanted).issuperset(extras):
        return python
    with _one_at_a_time(root):
        have = _installed(environment, wanted)
        if have.issuperset(extras):
            return python
        _make_environment(environment, python)
        everything = sorted({*have, *_last_extras(environment), *extras})
        (environment / STAMP).unlink(missing_ok=True)
        _install(root, python, everything)
        stamp = {"digest": wanted, "extras": everything}
        (environment / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return python


def _digest(root: Path) -> str:
    parts = [(root / "pyproject.toml").read_bytes(), str(root).encode()]  # a moved folder breaks its scripts
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _installed(environment: Path, digest: str) -> set[str]:
    stamp = _read_stamp(environment)
    if stamp.get("digest") != digest or not (environment / "bin" / "python").exists():
        return set()
    return {str(extra) for extra in stamp["extras"]}


def _last_extras(environment: Path) -> set[str]:
    return {str(extra) for extra in _read_stamp(environment).get("extras", [])}


def _read_stamp(environment: Path) -> dict[str, Any]:
    try:
        stamp = json.loads((environment / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and isinstance(stamp.get("extras"), list) else {}


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    (root / "var").mkdir(exist_ok=True)
    with (root / "var" / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_environment(environment: Path, python: Path) -> None:
    probe = [str(python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    if python.exists() and subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return
    _say(f"making {environment.name} with Python {sys.version.split()[0]}")
    shutil.rmtree(environment, ignore_errors=True)  # half made, or of a Python that has gone
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(environment)], check=False, capture_output=True, text=True
    )
    if made.returncode:
        shutil.rmtree(environment, ignore_errors=True)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise InstallFailed(
            f"{sys.executable} cannot make a virtual environment:\n{(made.stdout + made.stderr).strip()}\n"
            f"  On Debian and Ubuntu this helps: apt install python3-venv (or python{version}-venv)"
        )


def _install(root: Path, python: Path, extras: list[str]) -> None:
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _renew_pip(python, pip)
    # Python compiles on first import the part that is used; compiling all of torch takes longer than that.
    command = [*pip, "--no-compile", "--progress-bar", "off", *_torch_source(root, pip, extras)]
    command += ["--editable", f"{root}[{','.join(extras)}]"]
    log = root / "var" / "logs" / "install.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    _say(f"installing into .venv, once ({', '.join(extras)}; log: {log.relative_to(root)})")
    started = time.monotonic()
    if _run_with_progress(command, log):
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
        raise InstallFailed(
            f"installing failed; the end of {log}:\n{tail}\n"
            "  Without a network? An index or a folder of wheels can be named in pip's own configuration\n"
            "  (PIP_INDEX_URL, PIP_FIND_LINKS). Otherwise the same command tries again."
        )
    _say(f"installed in {time.monotonic() - started:.0f} s")


def _renew_pip(python: Path, pip: list[str]) -> None:
    """A quick pip in place of a slow one; where none can be had the old one does the work as well."""
    is_old = f"import pip, sys; sys.exit(int(pip.__version__.split('.')[0]) < {QUICK_PIP})"
    if subprocess.run([str(python), "-c", is_old], check=False).returncode:
        command = [*pip, "--retries", "0", "--quiet", "--upgrade", "pip"]
        subprocess.run(command, check=False, capture_output=True)


def _torch_source(root: Path, pip: list[str], extras: list[str]) -> list[str]:
    """The CPU builds' index where it serves: without a GPU the build with CUDA is gigabytes for nothing."""
    torch = _torch_requirement(root)
    if "worker" not in extras or _has_nvidia_gpu() or torch is None:
        return []
    offline = [*pip, "--quiet", "--dry-run", "--no-deps", "--no-index", torch]
    if subprocess.run(offline, check=False, capture_output=True).returncode == 0:
        return []  # installed already, or pip's own folders of wheels have it
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=CPU_INDEX_TIMEOUT_S) as answer:  # noqa: S310
            return ["--extra-index-url", CPU_INDEX] if answer.status == 200 else []
    except OSError:
        return []


def _torch_requirement(root: Path) -> str | None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = project["optional-dependencies"]["worker"]
    return next((line for line in requirements if re.match(r"torch\b", line)), None)


def _has_nvidia_gpu() -> bool:
    return any(Path(place).exists() for place in ("/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg"))


def _run_with_progress(command: list[str], log: Path) -> int:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    started, packages, said = time.monotonic(), 0, 0.0
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            packages += line.startswith("Collecting ")
            step = _step(line)
            elapsed = time.monotonic() - started
            if step and (sys.stderr.isatty() or elapsed - said > NEWS_EVERY_S):
                said = elapsed
                _progress(f"{elapsed:.0f} s, {packages} packages, {step}")
        _progress("")
        return process.wait()


def _step(line: str) -> str | None:
    """What pip's line means to someone who waits; None when it is not news."""
    if line.startswith("Collecting "):
        return f"found {re.split(r'[ <>=!~;(]', line.removeprefix('Collecting '))[0]}"
    download = re.match(r"\s+Downloading (\S+?)-\S+ (\(.*\))", line)
    if download:
        return f"downloading {download[1]} {download[2]}"
    return "unpacking them all" if line.startswith("Installing collected") else None


def _progress(text: str) -> None:
    """One line that changes on a terminal; elsewhere a line now and then."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K  {text[:100]}")
        sys.stderr.flush()
    elif text:
        _say(text)


def _say(text: str) -> None:
    sys.stderr.write(f"askwatt: {text}\n")
    sys.stderr.flush()
