"""The worker process: `python -m inference_worker.main` takes questions from Redis until SIGTERM or Ctrl-C.

Its supervisor runs arq's worker and builds a new one whenever Redis ends the old one, while the model stays
loaded.
"""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, fields
from logging import WARNING, getLogger
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Function, Worker, func

from inference_worker.heartbeat import Heartbeat
from inference_worker.jobs import MAX_TRIES, Jobs
from inference_worker.llm_service import LLMService
from shared.errors import ContractViolation, QueueUnavailable
from shared.logs import configure_logs, get_logger
from shared.queue import GENERATE, QUEUE_NAME, Queue, connection_pool, reaching_redis
from shared.settings import Settings, load_settings_or_exit
from shared.tasks import cancel_and_wait
from shared.wire import WorkerPhase, pack, unpack

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = get_logger(__name__)

EXIT_BROKEN = 70  # the device failed for good: whoever supervises this process starts it again
RETRIES = 8
# Nobody waits for a worker's commands, and on a busy machine an answer may be read late: a command that is
# given up too soon may have been carried out.
SOCKET_TIMEOUT_S = 10.0
REBUILD_AFTER_S = 0.5
DRAIN_S = 20.0  # shorter than a container's stop grace of 30 s
PHASE_LOOK_S = 0.2
LOOK_EVERY_S = 0.1
SETTLE_S = 0.05


@dataclass(frozen=True)
class WorkerSettings:
    """Every knob of arq's worker, set on purpose; the fields are named as arq names them."""

    functions: tuple[Function, ...]
    redis_pool: ArqRedis
    max_jobs: int  # the batch, and a few that wait in the engine so that the batch stays full
    job_timeout: float
    health_check_key: str
    queue_name: str = QUEUE_NAME
    cron_jobs: None = None
    redis_settings: None = None
    burst: bool = False
    on_startup: None = None
    on_shutdown: None = None
    on_job_start: None = None
    on_job_end: None = None
    after_job_end: None = None
    handle_signals: bool = False  # the supervisor handles them
    job_completion_wait: int = 0  # the supervisor drains
    keep_result: float = 0.0  # outcomes travel on the message's stream
    keep_result_forever: bool = False
    poll_delay: float = 0.0  # `NotifiedWorker` waits by itself
    queue_read_limit: int = 100
    max_tries: int = MAX_TRIES + 1  # the last one is our own refusal, which tells the gateway
    health_check_interval: float = 10.0
    ctx: None = None
    retry_jobs: bool = True
    allow_abort_jobs: bool = False  # cancelling has its own flag, which works before, during and after
    max_burst_jobs: int = -1
    job_serializer: Any = pack
    job_deserializer: Any = None
    expires_extra_ms: int = 3_600_000
    timezone: None = None
    log_results: bool = False

    def build(self) -> "NotifiedWorker":
        """arq's worker with these knobs."""
        return NotifiedWorker(**{field.name: getattr(self, field.name) for field in fields(self)})


class NotifiedWorker(Worker):
    """arq's worker, which looks into the queue when something is to be taken rather than all the time.

    It looks `LOOK_EVERY_S` after the last look all the same: for jobs whose time has come, and for wake-ups
    that were lost.
    """

    def __init__(self, **knobs: Any) -> None:
        super().__init__(**knobs)
        self._queue = Queue(self.pool)
        self._freed = asyncio.Event()

    async def _poll_iteration(self) -> None:
        self._freed.clear()
        await super()._poll_iteration()
        if self.allow_pick_jobs and self.job_counter < self.max_jobs:
            await self._queue.wait_for_job(LOOK_EVERY_S)
            return
        # Without room it leaves the wake-ups to others.
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._freed.wait()

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._freed.set()


def strict_job(data: bytes) -> dict[str, Any]:
    """arq's job record from bytes; raises `ContractViolation` for whatever would upset arq later."""
    record = unpack(data)
    shape = {"f": str, "a": list, "k": dict, "et": int, "t": int | None}
    if not isinstance(record, dict) or not all(
        key in record and isinstance(record[key], kind) for key, kind in shape.items()
    ):
        raise ContractViolation("no job record")
    return record


class WorkerProcess:
    """Owns the model, the heartbeat and arq's worker of this process."""

    def __init__(self, settings: Settings, llm: LLMService | None = None) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self._settings = settings
        self._redis = self._connect()
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
            while not self._stopping.is_set() and not self._llm.broken.is_set():
                if self._llm.phase in {WorkerPhase.READY, WorkerPhase.IDLE}:
                    await self._serve()
                else:
                    await self._pause(PHASE_LOOK_S)
        finally:
            heart.stop()
            await asyncio.gather(beating, return_exceptions=True)
            await self._jobs.cancels.close()
            await self._llm.close()
            await self._redis.aclose(close_connection_pool=True)
        return EXIT_BROKEN if self._llm.broken.is_set() else 0

    def _connect(self) -> ArqRedis:
        return ArqRedis(
            connection_pool(self._settings.redis_url, retries=RETRIES, timeout_s=SOCKET_TIMEOUT_S),
            job_serializer=pack,
            job_deserializer=strict_job,
            default_queue_name=QUEUE_NAME,
        )

    def _worker(self) -> NotifiedWorker:
        # A little more than the batch: the engine fills a freed row without a round trip to Redis.
        max_jobs = self._settings.max_batch + max(2, self._settings.max_batch // 4)
        return WorkerSettings(
            functions=(func(cast("WorkerCoroutine", self._jobs.generate), name=GENERATE),),
            redis_pool=self._connect(),  # its own: arq closes the pool of a worker that ends
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
            while not (serving.done() or self._stopping.is_set() or self._llm.broken.is_set()):
                # A model that failed to come back leaves the jobs to other workers.
                worker.allow_pick_jobs = self._llm.phase is not WorkerPhase.FAILED
                await asyncio.wait(
                    {serving, *ends}, timeout=PHASE_LOOK_S, return_when=asyncio.FIRST_COMPLETED
                )
            if not serving.done():
                await self._drain(worker)
        finally:
            for end in ends:
                end.cancel()
            unfinished = list(worker.tasks)
            await _close(worker)
            await cancel_and_wait([serving])
        failure = None if serving.cancelled() else serving.exception()
        if isinstance(failure, Exception):
            log.warning("queue_worker_rebuilt", reason=str(failure) or type(failure).__name__)
            await self._recover(failure, unfinished)

    async def _drain(self, worker: Worker) -> None:
        """Take no new jobs and give the running ones their time."""
        worker.allow_pick_jobs = False
        await asyncio.sleep(SETTLE_S)  # jobs that were just being taken are running then
        running = [task for task in worker.tasks.values() if not task.done()]
        log.info("draining", running=len(running))
        if running and not self._llm.broken.is_set():
            await asyncio.wait(running, timeout=DRAIN_S)

    async def _recover(self, failure: Exception, unfinished: list[str]) -> None:
        """Once Redis answers again, make what was interrupted free to be taken at once."""
        await self._pause(REBUILD_AFTER_S)
        while not self._stopping.is_set():
            with suppress(QueueUnavailable):
                if isinstance(failure, UnicodeDecodeError):
                    await self._drop_foreign_ids()
                if unfinished:
                    async with reaching_redis():
                        await self._redis.delete(*(in_progress_key_prefix + job_id for job_id in unfinished))
                return
            await self._pause(REBUILD_AFTER_S)

    async def _drop_foreign_ids(self) -> None:
        """Ids in the queue that are no text would end every worker anew."""
        async with reaching_redis():
            for member in await self._redis.zrange(QUEUE_NAME, 0, -1):
                if b"\xef\xbf\xbd" in member.decode(errors="replace").encode():
                    log.error("foreign_id_dropped", member=repr(member[:80]))
                    await self._redis.zrem(QUEUE_NAME, member)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


async def _close(worker: Worker) -> None:
    """Cancel what runs (arq hands it back) and close its connections; Redis may be away."""
    try:
        await worker.close()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
        # Tasks of a worker that lost Redis end with whatever they met; the jobs are run again.
        log.info("queue_worker_closed", reason=str(error) or type(error).__name__)
        pool = worker._pool
        if pool is not None:
            with suppress(Exception):
                await pool.aclose(close_connection_pool=True)


async def _main(settings: Settings) -> int:
    supervisor = WorkerProcess(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
    return await supervisor.run()


def main() -> None:
    """Run until SIGTERM or Ctrl-C; exit code 2 for bad settings, 70 when the device failed for good."""
    settings = load_settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    # arq logs two lines for each job; ours says the same with the request's id.
    getLogger("arq").setLevel(WARNING)
    raise SystemExit(asyncio.run(_main(settings)))


if __name__ == "__main__":
    main()
