"""Tasks that outlive the request that started them, and end with their owner."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.logs import get_logger
from shared.tasks import cancel_and_wait

log = get_logger(__name__)


class BackgroundTasks:
    """Holds a reference to each task, so that none is lost or leaked; a failed one is logged."""

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
