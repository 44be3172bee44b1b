"""A worker process whose words are known: `python -m tests.support.saying_worker SECONDS STALL`.

All is that of `inference_worker.main` but the model, which reads by a table. Its clock is so many seconds
ahead. With STALL its jobs stop for ever, each at another step, so that one kill ends all steps at once.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis

from inference_worker.main import WorkerProcess
from inference_worker.model.served_model import Generated
from shared.generation import PromptParts, ReadingRequest
from shared.logs import configure_logs
from shared.queue import Queue
from shared.settings import Settings, load_settings
from shared.wire import StreamEvent
from tests.support.clock import set_clock_ahead
from tests.support.saying_llm import TRUE_WORDS, SayingLLM
from tests.support.worker_process import child_process, environment_of

STALLED = "askwatt-test:stalled"
STEPS = 6
"""The steps at which STALL stops a job each: see `Stalling` and `stall_after_an_outcome`."""


class Stalling(SayingLLM):
    """The first question stops before it is read, the second after; answers before, amid and after words."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        super().__init__(settings, lambda _: TRUE_WORDS)
        self._redis = redis
        self.says = 0

    async def generate(
        self,
        parts: PromptParts,
        *,
        reading: ReadingRequest | None = None,
        max_new_tokens: int,
        deadline: float | None,
        on_text: Callable[[str], None],
    ) -> Generated:
        """See `SayingLLM.generate`."""
        self.says += reading is None
        number = self.says if reading is None else self.read + 1
        if number == 1:
            self.read += reading is not None
            await stall(self._redis)
        if reading is None and number == 2:
            on_text("The oven")
            await stall(self._redis)
        done = await super().generate(
            parts, reading=reading, max_new_tokens=max_new_tokens, deadline=deadline, on_text=on_text
        )
        if number == (2 if reading is not None else 3):
            await stall(self._redis)
        return done


async def stall(redis: Redis) -> None:
    """Say that one more job has stopped, and stop."""
    await redis.incr(STALLED)
    await asyncio.Event().wait()


def stall_after_an_outcome(redis: Redis) -> None:
    """The first job whose outcome was published stops before the queue learns that it is done."""
    append, seen = Queue.append, 0

    async def appended(self: Queue, message_id: str, *events: StreamEvent) -> None:
        nonlocal seen
        await append(self, message_id, *events)
        if any(event.outcome is not None for event in events):
            seen += 1
            if seen == 1:
                await stall(redis)

    Queue.append = appended  # type: ignore[method-assign]


def saying_worker(
    settings: Settings, clock_ahead_s: float = 0.0, *, stalls: bool = False
) -> "subprocess.Popen[bytes]":
    """Start one; the caller ends it."""
    arguments = ["-m", "tests.support.saying_worker", str(clock_ahead_s), str(int(stalls))]
    return child_process(arguments, environment_of(settings))


async def _main(stalls: bool) -> int:
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    llm: Any = SayingLLM(settings, lambda _: TRUE_WORDS, word_every_s=0.05)
    if stalls:
        redis: Redis = Redis.from_url(settings.redis_url)
        llm = Stalling(settings, redis)
        stall_after_an_outcome(redis)
    process = WorkerProcess(settings, llm)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stop)
    return await process.run()


if __name__ == "__main__":
    set_clock_ahead(float(sys.argv[1]))
    raise SystemExit(asyncio.run(_main(sys.argv[2] == "1")))
