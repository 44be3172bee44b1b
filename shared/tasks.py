"""asyncio tasks that are held while they run, and ended for certain."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from shared.logs import get_logger

log = get_logger(__name__)

ASK_AGAIN_S = 0.5


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel `tasks` and wait until they have ended, however they end.

    Asks again and again: before Python 3.12 `asyncio.wait_for` loses a cancellation that arrives when what it
    waits for has just finished, and redis-py writes every command through it.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ASK_AGAIN_S)


class BackgroundTasks:
    """Tasks that outlive the request that started them, and end with their owner; a failed one is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` as a task; the caller does not wait for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        await cancel_and_wait(list(self._tasks))

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background_task_failed", exc_info=error)
