"""The worker process: `python -m inference_worker.main` claims jobs from Redis until SIGTERM or Ctrl-C.

It runs arq's worker, and builds a new one whenever Redis ended the one before, while the model stays loaded.
"""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from uuid import uuid4

from inference_worker.heartbeat import Heartbeat
from inference_worker.jobs import Jobs
from inference_worker.llm_service import LLMService
from inference_worker.queue_worker import (
    NotifiedWorker,
    WorkerSettings,
    connect,
    drop_foreign_ids,
    job_function,
    quieten_logs,
    release_jobs,
    strict_job,
)
from inference_worker.timeouts import DRAIN_S, POLL_PHASE_EVERY_S, REBUILD_AFTER_S, SETTLE_S
from shared.errors import QueueUnavailable
from shared.logs import configure_logs, get_logger
from shared.queue import QUEUE_NAME, Queue
from shared.settings import Settings, load_settings_or_exit
from shared.tasks import cancel_and_wait
from shared.tracing import configure_traces_or_exit
from shared.wire import WorkerPhase

log = get_logger(__name__)

EXIT_BROKEN = 70  # the device failed for good: whoever supervises this process starts it again


class WorkerProcess:
    """Owns the model, the heartbeat and arq's worker of this process."""

    def __init__(self, settings: Settings, llm: LLMService | None = None) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self._settings = settings
        self._redis = connect(settings.redis_url)
        self._queue = Queue(self._redis)
        self._llm = llm or LLMService(settings)
        self._jobs = Jobs(settings, self._queue, self._llm, self.worker_id)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Drain and end; what cannot be finished in time goes back to the queue."""
        self._stopping.set()

    async def run(self) -> int:
        """Serve until `stop`; returns the process's exit code."""
        self._llm.start()
        heart = Heartbeat(self._queue, self._llm, self.worker_id)
        beating = asyncio.create_task(heart.run())
        try:
            while not self._is_ending:
                if self._llm.phase in {WorkerPhase.READY, WorkerPhase.IDLE}:
                    await self._serve()
                else:
                    await self._pause(POLL_PHASE_EVERY_S)
        finally:
            heart.stop()
            await asyncio.gather(beating, return_exceptions=True)
            await self._jobs.cancels.close()
            await self._llm.close()
            await self._redis.aclose(close_connection_pool=True)
        return EXIT_BROKEN if self._llm.broken.is_set() else 0

    @property
    def _is_ending(self) -> bool:
        return self._stopping.is_set() or self._llm.broken.is_set()

    def _worker(self) -> NotifiedWorker:
        # A little more than the batch: the engine fills a freed row without a round trip to Redis.
        max_jobs = self._settings.max_batch + max(2, self._settings.max_batch // 4)
        return WorkerSettings(
            functions=(job_function(self._jobs.generate),),
            redis_pool=connect(self._settings.redis_url),
            max_jobs=max_jobs,
            job_timeout=self._settings.job_timeout_s,
            health_check_key=f"{QUEUE_NAME}:health:{self.worker_id}",
            job_deserializer=strict_job,
        ).build()

    async def _serve(self) -> None:
        """Run one worker of arq's until it fails, the model goes away, or the process shall end."""
        worker = self._worker()
        serving = asyncio.create_task(worker.async_run())
        ends = [asyncio.create_task(event.wait()) for event in (self._stopping, self._llm.broken)]
        try:
            while not (serving.done() or self._is_ending):
                # A model that failed to come back leaves the jobs to other workers.
                worker.allow_pick_jobs = self._llm.phase is not WorkerPhase.FAILED
                await asyncio.wait(
                    {serving, *ends}, timeout=POLL_PHASE_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
            if not serving.done():
                await worker.drain(SETTLE_S, 0.0 if self._llm.broken.is_set() else DRAIN_S)
        finally:
            for end in ends:
                end.cancel()
            unfinished = list(worker.tasks)
            await worker.close_for_certain()
            await cancel_and_wait([serving])
        failure = None if serving.cancelled() else serving.exception()
        if isinstance(failure, Exception):
            log.warning("queue_worker_rebuilt", reason=str(failure) or type(failure).__name__)
            await self._recover(failure, unfinished)

    async def _recover(self, failure: Exception, unfinished: list[str]) -> None:
        """Once Redis answers again, make what was interrupted free to be claimed at once."""
        while not self._stopping.is_set():
            await self._pause(REBUILD_AFTER_S)
            with suppress(QueueUnavailable):
                if isinstance(failure, UnicodeDecodeError):
                    await drop_foreign_ids(self._redis)
                await release_jobs(self._redis, unfinished)
                return

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


async def _main(settings: Settings) -> int:
    process = WorkerProcess(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stop)
    return await process.run()


def main() -> None:
    """Run until SIGTERM or Ctrl-C; exit code 2 for bad settings, 70 when the device failed for good."""
    settings = load_settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    quieten_logs()
    configure_traces_or_exit(settings, "askwatt-worker")
    raise SystemExit(asyncio.run(_main(settings)))


if __name__ == "__main__":
    main()
