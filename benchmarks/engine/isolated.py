"""Each peer in a process of its own: threads that one of them leaves waiting would slow the others down.

OpenMP counts the threads of a process; where there are more than cores, all of them wait asleep instead of
spinning, and each of a step's hundred products begins with waking them.
"""

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.engine.measure import same_jobs
from benchmarks.engine.peers import Job, Peer

TRIED_WITH = 8
TRIED_TOKENS = 4
CLOSE_TIMEOUT_S = 10.0


class Unavailable(Exception):
    """The peer cannot be had here; the message says why."""


class Isolated:
    """A `Peer` behind a pipe; times are readings of the one monotonic clock that processes share."""

    def __init__(self, name: str, make: Callable[[], Peer], prompt_tokens: int) -> None:
        """Start the process, make the peer there and try it; raises `Unavailable`."""
        self.name = name
        self.max_batch: int | None = None
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, prompt_tokens), daemon=True)
        self._process.start()
        theirs.close()
        self.resident_mb: float = self._answer()

    def run(self, jobs: list[Job]) -> None:
        """See `Peer`."""
        self._ask("run", jobs)

    def serve(self, jobs: list[Job]) -> None:
        """See `Peer`."""
        self._ask("serve", jobs)

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(CLOSE_TIMEOUT_S)
        self._process.kill()

    def _ask(self, how: str, jobs: list[Job]) -> None:
        self._pipe.send((how, jobs, self.max_batch))
        for job, done in zip(jobs, self._answer(), strict=True):
            vars(job).update(vars(done))

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except EOFError as error:
            raise Unavailable("its process ended") from error
        if isinstance(answer, Unavailable):
            raise answer
        return answer


def _serve(pipe: Connection, make: Callable[[], Peer], prompt_tokens: int) -> None:
    """The other side: make the peer, then do as the pipe says until it closes."""
    made: list[Peer] = []
    before_mb = _resident_mb()
    try:
        # On a thread that ends: the threads that torch starts for it while loading end as well.
        loading = threading.Thread(target=lambda: made.append(make()))
        loading.start()
        loading.join()
        if not made:
            raise RuntimeError("it could not be loaded")
        made[0].run(same_jobs(TRIED_WITH, prompt_tokens, TRIED_TOKENS))
    except (ImportError, RuntimeError, ValueError) as error:
        pipe.send(Unavailable(str(error)))
        return
    gc.collect()
    pipe.send(_resident_mb() - before_mb)
    while True:
        try:
            how, jobs, max_batch = pipe.recv()
        except EOFError:
            break
        if max_batch is not None and hasattr(made[0], "max_batch"):
            made[0].max_batch = max_batch
        getattr(made[0], how)(jobs)
        pipe.send(jobs)
    made[0].close()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
