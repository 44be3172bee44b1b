"""Workers and gateways as processes of their own: what they read from their environment, and one worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from shared.settings import Settings
from tests.support.servers import die_with_parent


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with every setting that is not the default one."""
    defaults = Settings().model_dump(mode="json")
    values = settings.model_dump(mode="json")
    changed = {name.upper(): str(value) for name, value in values.items() if value != defaults[name]}
    return {**os.environ, **changed, "OMP_NUM_THREADS": "1"}


def child_process(arguments: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Python with these arguments; the kernel kills it when the tests are killed."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 one prctl call, no locks
    )


@contextmanager
def worker_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker; killed when the block ends, if it has not ended before."""
    process = child_process(["-m", "inference_worker.main"], environment_of(settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
