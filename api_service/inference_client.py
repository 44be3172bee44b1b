"""Client of the job queue: enqueue a job, wait for its outcome, list the workers.

The only file of the gateway that knows arq. Everything raises `QueueUnavailable` within some seconds while
Redis is away, and works again by itself when it is back.
"""

import time

from arq.constants import in_progress_key_prefix, job_key_prefix
from arq.jobs import serialize_job
from redis.asyncio import Redis

from api_service.timeouts import EXPIRED_JOB_KEPT_S, SCORE_HEADSTART_S
from shared.errors import Overloaded
from shared.generation import GenerationJob, PromptParts, ReadingRequest
from shared.queue import (
    BLOCK_MS,
    FROM_START,
    GENERATE,
    QUEUE_NAME,
    Cancelled,
    Queue,
    QueueDepth,
    QueueRecord,
    connection_pool,
    job_id,
    reaching_redis,
)
from shared.settings import Settings
from shared.tracing import current_trace
from shared.wire import EventKind, StreamEvent, WorkerState, pack

RETRIES = 2  # a connection that a restarted Redis has closed is replaced; more would make callers wait
JOBS_PER_RETRY_SECOND = 20


class InferenceClient:
    """One per gateway, closed with it. Nothing connects before it is used: Redis may be away at the start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = Redis(connection_pool=connection_pool(settings.redis_url, retries=RETRIES))
        self._queue = Queue(self._redis)
        self._clock_ahead_s: float | None = None  # Redis' clock minus ours, as last measured

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose(close_connection_pool=True)

    async def admit(self) -> None:
        """Raise `Overloaded` when `CHAT_MAX_WAITING` jobs are unfinished."""
        depth = await self.depth()
        if depth.jobs >= self._settings.chat_max_waiting:
            retry_after_s = 1 + depth.jobs // JOBS_PER_RETRY_SECOND
            raise Overloaded(f"{depth.jobs} questions are waiting; try again in a moment.", retry_after_s)

    async def enqueue(
        self,
        message_id: str,
        attempt: int,
        prompt: PromptParts,
        wait_s: float,
        reading: ReadingRequest | None = None,
    ) -> bool:
        """Enqueue a job: to say, or with `reading` to read; False where this attempt is in the queue already.

        The job expires after `wait_s` seconds: a worker that claims it later refuses it.
        """
        now = await self._now()
        job = GenerationJob(
            message_id, attempt, prompt, self._settings.max_new_tokens, now + wait_s, reading, current_trace()
        )
        record = QueueRecord(
            key=job_key_prefix + job_id(message_id, attempt),
            data=serialize_job(GENERATE, (message_id, attempt), {}, None, int(now * 1000), serializer=pack),
            due_ms=int((now - SCORE_HEADSTART_S) * 1000),
        )
        # Kept a while longer, so that a worker that claims it too late can say so.
        return await self._queue.enqueue(job, record, wait_s + EXPIRED_JOB_KEPT_S)

    async def _now(self) -> float:
        """Redis' clock, which gateway and workers share: measured once, then followed by our own."""
        if self._clock_ahead_s is None:
            async with reaching_redis():
                self._clock_ahead_s = _unix_time(await self._redis.time()) - time.time()
        return time.time() + self._clock_ahead_s

    async def outcome(self, message_id: str, attempt: int, timeout_s: float) -> StreamEvent | None:
        """The event that ends the attempt, waiting up to `timeout_s`; None when there is none yet.

        It is a `result` or an `error` of this attempt, or `done` of any: the message has ended elsewhere.
        """
        give_up_at = time.monotonic() + timeout_s
        reader = self.reader(message_id)
        while True:
            left_s = give_up_at - time.monotonic()
            events = await reader.read(left_s)
            for _, event in events:
                if event.kind is EventKind.DONE or (event.outcome and event.attempt == attempt):
                    return event
            if left_s <= 0 and not events:
                return None

    def reader(self, message_id: str) -> "StreamReader":
        """Reads the message's stream from its beginning."""
        return StreamReader(self._queue, message_id)

    async def publish(self, message_id: str, event: StreamEvent) -> None:
        """Add an event to the message's stream."""
        await self._queue.append(message_id, event)

    async def cancel(self, message_id: str) -> None:
        """Cancel the message's jobs: a worker that runs one stops, none starts one."""
        await self._queue.cancel(message_id)

    async def cancel_words(self, message_id: str) -> None:
        """Cancel the job that says the answer; the question is still read."""
        await self._queue.cancel(message_id, Cancelled.WORDS)

    async def is_pending(self, message_id: str, attempt: int) -> bool:
        """Whether the job is in the queue or being run."""
        async with reaching_redis():
            return bool(await self._redis.exists(job_key_prefix + job_id(message_id, attempt)))

    async def release(self, message_id: str, attempt: int) -> bool:
        """End arq's lease on a job before it would end by itself; False where there was none."""
        async with reaching_redis():
            return bool(await self._redis.delete(in_progress_key_prefix + job_id(message_id, attempt)))

    async def worker_states(self) -> list[WorkerState]:
        """The live workers, as their last heartbeats describe them."""
        return await self._queue.workers()

    async def depth(self) -> QueueDepth:
        """Unfinished jobs, waiting or running, and the age of the oldest."""
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.zcard(QUEUE_NAME)
            pipe.zrange(QUEUE_NAME, 0, 0, withscores=True)
            pipe.time()
            jobs, oldest, clock = await pipe.execute()
        now = _unix_time(clock)
        self._clock_ahead_s = now - time.time()  # measured anyway: a clock that was set is noticed
        born_s = oldest[0][1] / 1000 + SCORE_HEADSTART_S if oldest else now
        return QueueDepth(int(jobs), max(0.0, now - born_s))

    async def redis_version(self) -> str:
        """The server's version."""
        async with reaching_redis():
            return str((await self._redis.info("server"))["redis_version"])


class StreamReader:
    """One reader's place in a message's stream; its events are numbered from 1."""

    def __init__(self, queue: Queue, message_id: str) -> None:
        self._queue = queue
        self._message_id = message_id
        self._last = FROM_START
        self.number = 0

    async def read(self, wait_s: float = 0.0) -> list[tuple[int, StreamEvent]]:
        """What is new, waiting up to `wait_s` (a second at most) for it; may come back empty."""
        block_ms = max(0, min(BLOCK_MS, int(wait_s * 1000)))
        found = []
        for entry in await self._queue.entries(self._message_id, self._last, block_ms):
            self._last = entry.entry_id
            self.number += 1
            if entry.event is not None:
                found.append((self.number, entry.event))
        return found


def _unix_time(clock: tuple[int, int]) -> float:
    seconds, microseconds = clock
    return float(seconds) + float(microseconds) / 1e6
