"""arq as this worker uses it; the only module of the worker that imports arq or touches its private parts.

arq 0.28 gives the job's lease (`arq:in-progress:*`), its retries and the order of the queue. Overridden here:
`Worker._poll_iteration` (wait for a wake-up instead of polling all the time) and
`Worker._release_sem_dec_counter_on_complete` (a freed place is noticed at once); read: `Worker._pool`.
`tests/unit/test_queue_worker.py` fails on a version whose shape differs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from logging import WARNING, getLogger
from typing import TYPE_CHECKING, Any, cast

from arq import Retry
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Function, Worker, func

from inference_worker.jobs import MAX_TRIES, RetryJob
from inference_worker.timeouts import POLL_QUEUE_EVERY_S, REDIS_SOCKET_TIMEOUT_S
from shared.errors import ContractViolation
from shared.logs import get_logger
from shared.queue import GENERATE, QUEUE_NAME, Queue, connection_pool, reaching_redis
from shared.wire import pack, unpack

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = get_logger(__name__)

RETRIES = 8


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
    handle_signals: bool = False  # the process handles them
    job_completion_wait: int = 0  # the process drains
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
    """arq's worker, which looks into the queue when a job was enqueued, and every `POLL_QUEUE_EVERY_S`."""

    def __init__(self, **knobs: Any) -> None:
        super().__init__(**knobs)
        self._wake_ups = Queue(self.pool)
        self._freed = asyncio.Event()

    async def _poll_iteration(self) -> None:
        self._freed.clear()
        await super()._poll_iteration()
        if self.allow_pick_jobs and self.job_counter < self.max_jobs:
            await self._wake_ups.wait_for_job(POLL_QUEUE_EVERY_S)
            return
        # Without room it leaves the wake-ups to others.
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_QUEUE_EVERY_S):
                await self._freed.wait()

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._freed.set()

    @property
    def running(self) -> list[str]:
        """The ids of the jobs that were begun here and have not ended."""
        return [job_id for job_id, task in self.tasks.items() if not task.done()]

    async def drain(self, settle_s: float, timeout_s: float) -> None:
        """Claim no more jobs and give the running ones their time."""
        self.allow_pick_jobs = False
        await asyncio.sleep(settle_s)
        running = [self.tasks[job_id] for job_id in self.running]
        log.info("draining", running=len(running))
        if running:
            await asyncio.wait(running, timeout=timeout_s)

    async def close_for_certain(self) -> None:
        """Cancel what runs (arq gives it back) and close the connections; Redis may be away."""
        try:
            await self.close()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            # Tasks of a worker that lost Redis end with whatever they met; the jobs are run again.
            log.info("queue_worker_closed", reason=str(error) or type(error).__name__)
            if (pool := self._pool) is not None:
                with suppress(Exception):
                    await pool.aclose(close_connection_pool=True)


def connect(redis_url: str) -> ArqRedis:
    """A connection of its own for each of arq's workers: arq closes it with the worker."""
    return ArqRedis(
        connection_pool(redis_url, retries=RETRIES, timeout_s=REDIS_SOCKET_TIMEOUT_S),
        job_serializer=pack,
        job_deserializer=strict_job,
        default_queue_name=QUEUE_NAME,
    )


def job_function(run: Callable[[str, int, int], Awaitable[None]]) -> Function:
    """`run(message_id, attempt, tries)` as arq's one function; `RetryJob` puts the job back."""

    async def generate(context: dict[str, Any], message_id: str, attempt: int) -> None:
        try:
            await run(str(message_id), int(attempt), int(context["job_try"]))
        except RetryJob as error:
            raise Retry(defer=error.defer_s) from error

    return func(cast("WorkerCoroutine", generate), name=GENERATE)


def strict_job(data: bytes) -> dict[str, Any]:
    """arq's job record from bytes; raises `ContractViolation` for whatever would upset arq later."""
    record = unpack(data)
    shape = {"f": str, "a": list, "k": dict, "et": int, "t": int | None}
    if not isinstance(record, dict) or not all(
        key in record and isinstance(record[key], kind) for key, kind in shape.items()
    ):
        raise ContractViolation("no job record")
    return record


async def release_jobs(redis: ArqRedis, job_ids: Iterable[str]) -> None:
    """End arq's leases on these jobs, so that any worker may claim them at once."""
    if keys := [in_progress_key_prefix + job_id for job_id in job_ids]:
        async with reaching_redis():
            await redis.delete(*keys)


async def drop_foreign_ids(redis: ArqRedis) -> None:
    """Remove ids from the queue that are no text: each would end every worker that reads it."""
    async with reaching_redis():
        for member in await redis.zrange(QUEUE_NAME, 0, -1):
            if b"\xef\xbf\xbd" in member.decode(errors="replace").encode():
                log.error("foreign_id_dropped", member=repr(member[:80]))
                await redis.zrem(QUEUE_NAME, member)


def quieten_logs() -> None:
    """arq logs two lines for each job; ours say the same with the request's id."""
    getLogger("arq").setLevel(WARNING)
