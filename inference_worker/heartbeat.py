"""The worker's heartbeat: its state in Redis, every two seconds and at each change."""

import asyncio
from contextlib import suppress

from inference_worker.llm_service import LLMService
from shared.errors import QueueUnavailable
from shared.logs import get_logger
from shared.queue import HEARTBEAT_EVERY_S, Queue
from shared.wire import WorkerState

log = get_logger(__name__)


class Heartbeat:
    """Writes the worker's state until stopped; an outage of Redis is logged once and waited out."""

    def __init__(self, queue: Queue, llm: LLMService, worker_id: str) -> None:
        self._queue = queue
        self._llm = llm
        self._worker_id = worker_id
        self._stopping = False

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._llm.changed.set()

    def state(self) -> WorkerState:
        """The worker as it is now."""
        stats = self._llm.stats()
        return WorkerState(
            worker_id=self._worker_id,
            phase=self._llm.phase,
            model=self._llm.model_name,
            device=self._llm.device,
            detail=self._llm.detail,
            running=stats.running if stats else 0,
            waiting=stats.waiting if stats else 0,
            tokens=stats.tokens if stats else 0,
        )

    async def run(self) -> None:
        """Write heartbeats until stopped, then deregister the worker."""
        was_away = False
        while not self._stopping:
            self._llm.changed.clear()
            try:
                await self._queue.heartbeat(self.state())
                was_away = False
            except QueueUnavailable as error:
                if not was_away:
                    log.warning("heartbeat_not_written", reason=str(error))
                was_away = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._llm.changed.wait(), HEARTBEAT_EVERY_S)
        with suppress(QueueUnavailable):
            await self._queue.deregister_worker(self._worker_id)
