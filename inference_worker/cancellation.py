"""The messages whose jobs run here; cancels those whose cancel flag is set."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from inference_worker.timeouts import POLL_CANCELLED_EVERY_S
from shared.errors import QueueUnavailable
from shared.queue import Queue
from shared.tasks import cancel_and_wait

Result = TypeVar("Result")


class Superseded(Exception):
    """The same job was begun again here; only the later run tells its outcome."""


class CancelWatch:
    """Polls, while anything runs, the cancel flags of all running messages in one round trip."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._reads: dict[str, bool] = {}
        self._polling: asyncio.Task[None] | None = None

    @property
    def running(self) -> frozenset[str]:
        """The messages that run here now."""
        return frozenset(self._running)

    def supersede(self, message_id: str) -> None:
        """Stop what runs here for a message, if anything does: it is begun again."""
        if task := self._running.pop(message_id, None):
            del self._reads[message_id]
            task.cancel()

    async def guard(
        self, message_id: str, work: Coroutine[Any, Any, Result], *, reads: bool = False
    ) -> Result | None:
        """The result of `work`, or None when it was cancelled meanwhile; `work` has ended then.

        `reads`: it reads the question, and goes on where only the words are not wanted any more. Raises
        `Superseded`.
        """
        task = asyncio.create_task(work)
        self._running[message_id], self._reads[message_id] = task, reads
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        try:
            await asyncio.wait({task})
            if task.cancelled() and self._running.get(message_id) is not task:
                raise Superseded(message_id)
            return None if task.cancelled() else task.result()
        finally:
            # Also when the wait itself is cancelled (a timeout, a stop): no work outlives its job.
            if self._running.get(message_id) is task:
                del self._running[message_id], self._reads[message_id]
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def close(self) -> None:
        """Stop polling."""
        if self._polling is not None:
            await cancel_and_wait([self._polling])

    async def _poll(self) -> None:
        while self._running:
            await asyncio.sleep(POLL_CANCELLED_EVERY_S)
            with suppress(QueueUnavailable):
                for message_id in await self._queue.cancelled(dict(self._reads)):
                    if message_id in self._running:
                        self._running[message_id].cancel()
