"""The only way between the services: every Redis key, its lifetime, and what is kept under it.

    {PREFIX}:generate             arq's queue: a sorted set of job ids; arq's own keys `arq:job:*`,
                                  `arq:in-progress:*`, `arq:retry:*` are arq's and carry ids only
    {PREFIX}:offers               list of wake-ups: an entry for each enqueued job for which no worker has
                                  been woken yet; capped; WAKE_UPS_TTL_S
    {PREFIX}:payload:{id}:{n}     the job of attempt n of a message; expires a minute after the job
    {PREFIX}:events:{id}          stream: stages, tokens, outcome of a message; capped; EVENTS_TTL_S
    {PREFIX}:cancel:{id}          set when the message's jobs, or its words, are cancelled; CANCEL_TTL_S
    {PREFIX}:workers              set of worker ids; members without a heartbeat are removed by readers
    {PREFIX}:worker:{id}          a worker's heartbeat; HEARTBEAT_TTL_S

The prefix carries the payload's version, so that two versions never read each other's work. Redis holds
nothing that the database does not know: it may be emptied at any moment, and the gateways enqueue again.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from shared.errors import ContractViolation, QueueUnavailable
from shared.generation import PAYLOAD_VERSION, GenerationJob
from shared.logs import get_logger
from shared.wire import (
    EventKind,
    StreamEvent,
    WorkerState,
    decode_event,
    decode_job,
    decode_worker_state,
    encode,
)

log = get_logger(__name__)

PREFIX = f"askwatt:v{PAYLOAD_VERSION}"
QUEUE_NAME = f"{PREFIX}:generate"
GENERATE = "generate"  # the one function that workers register
EVENTS_TTL_S = 3600
EVENTS_MAX = 5000  # more than the groups of the longest answer, however often it is run again
CANCEL_TTL_S = 3600
WAKE_UPS_TTL_S = 60
WAKE_UPS_MAX = 100
HEARTBEAT_EVERY_S = 2.0
HEARTBEAT_TTL_S = 8
SOCKET_TIMEOUT_S = 2.0
BLOCK_MS = 1000  # a blocking read returns well before its socket times out
FROM_START = "0-0"
QUEUED = "queued"  # the stages of a message, as its stream tells them
RUNNING = "running"
CHECKING = "checking"
_WORKERS = f"{PREFIX}:workers"
_WAKE_UPS = f"{PREFIX}:offers"
_EVENT_FIELD = b"e"


def job_id(message_id: str, attempt: int) -> str:
    """A job's id in arq's queue: the jobs of one message never stand in each other's way."""
    return f"{message_id}:{attempt}"


def payload_key(message_id: str, attempt: int) -> str:
    """Where the job of one attempt lies."""
    return f"{PREFIX}:payload:{message_id}:{attempt}"


def events_key(message_id: str) -> str:
    """The message's stream."""
    return f"{PREFIX}:events:{message_id}"


def cancel_key(message_id: str) -> str:
    """Set when the message's jobs are cancelled; its value says which."""
    return f"{PREFIX}:cancel:{message_id}"


def worker_key(worker_id: str) -> str:
    """A worker's heartbeat."""
    return f"{PREFIX}:worker:{worker_id}"


def connection_pool(url: str, *, retries: int, timeout_s: float = SOCKET_TIMEOUT_S) -> ConnectionPool:
    """Connections with timeouts; a command that loses its connection is tried `retries` times more."""
    return ConnectionPool.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.02), retries),
        # OSError too: a restarting Redis shows itself as a reset or refused connection.
        retry_on_error=[RedisConnectionError, RedisTimeout, OSError],
        client_name="askwatt",
    )


@asynccontextmanager
async def reaching_redis() -> AsyncIterator[None]:
    """Turns every failure of Redis inside the block into `QueueUnavailable`."""
    try:
        yield
    except (RedisError, OSError) as error:
        detail = f"Redis does not answer ({error or type(error).__name__}); check REDIS_URL and that it runs."
        raise QueueUnavailable(detail) from error


@dataclass(frozen=True)
class QueueDepth:
    """How many jobs are unfinished, and for how long the oldest has been in the queue."""

    jobs: int
    oldest_s: float


@dataclass(frozen=True)
class QueueRecord:
    """arq's record of a job: the `data` it keeps under `key`, the moment from which the job is due."""

    key: str
    data: bytes
    due_ms: int


@dataclass(frozen=True)
class StreamEntry:
    """An entry of a stream by its id there; `event` is None where the bytes are not ours."""

    entry_id: str
    event: StreamEvent | None


@dataclass(frozen=True)
class ClaimedJob:
    """A job as its worker finds it; `job` is None where its payload is lost, `now` is Redis' clock."""

    job: GenerationJob | None
    is_cancelled: bool
    is_answered: bool
    now: float


class Cancelled(StrEnum):
    """What of a message is not wanted any more: all of it, or the words (its question is still read)."""

    ALL = "1"
    WORDS = "words"


class Queue:
    """Reads and writes the keys above; every method raises `QueueUnavailable` while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        """The connection stays the caller's to close."""
        self._redis = redis

    async def enqueue(self, job: GenerationJob, record: QueueRecord, ttl_s: float) -> bool:
        """Enqueue a job for `ttl_s` seconds, publish the stage "queued", and wake a worker.

        False where the queue holds its record already; that one stays.
        """
        key, ttl_ms = events_key(job.message_id), max(1, int(ttl_s * 1000))
        queued = StreamEvent(EventKind.STATUS, job.attempt, QUEUED)
        async with reaching_redis(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(record.key, record.data, px=ttl_ms, nx=True)
            pipe.zadd(QUEUE_NAME, {job_id(job.message_id, job.attempt): record.due_ms}, nx=True)
            pipe.set(payload_key(job.message_id, job.attempt), encode(job), px=ttl_ms)
            pipe.xadd(key, {_EVENT_FIELD: encode(queued)}, maxlen=EVENTS_MAX, approximate=True)
            pipe.expire(key, EVENTS_TTL_S)
            pipe.rpush(_WAKE_UPS, b"1")
            pipe.ltrim(_WAKE_UPS, -WAKE_UPS_MAX, -1)
            pipe.expire(_WAKE_UPS, WAKE_UPS_TTL_S)
            is_accepted, *_ = await pipe.execute()
        return bool(is_accepted)

    async def wait_for_job(self, timeout_s: float) -> None:
        """Return at a wake-up that no other worker has taken, after `timeout_s` at the latest."""
        async with reaching_redis():
            # Redis takes parts of a second; the annotations of `blpop` do not.
            await self._redis.execute_command("BLPOP", _WAKE_UPS, timeout_s)  # type: ignore[no-untyped-call]

    async def claim(self, message_id: str, attempt: int) -> ClaimedJob:
        """The job's payload, and whether it is cancelled or answered already, in one round trip.

        Raises `ContractViolation` when the payload is not ours.
        """
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.get(payload_key(message_id, attempt))
            pipe.get(cancel_key(message_id))
            pipe.xrange(events_key(message_id))
            pipe.time()
            payload, flag, entries, (seconds, microseconds) = await pipe.execute()
        events = [_entry(message_id, *pair).event for pair in entries]
        job = None if payload is None else decode_job(payload)
        return ClaimedJob(
            job=job,
            is_cancelled=_is_cancelled(flag, reads=job is not None and job.reading is not None),
            is_answered=any(event and event.outcome and event.attempt == attempt for event in events),
            now=float(seconds) + float(microseconds) / 1e6,
        )

    async def append(self, message_id: str, *events: StreamEvent) -> None:
        """Add entries to the message's stream, in this order, and renew the stream's life."""
        key = events_key(message_id)
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            for event in events:
                pipe.xadd(key, {_EVENT_FIELD: encode(event)}, maxlen=EVENTS_MAX, approximate=True)
            pipe.expire(key, EVENTS_TTL_S)
            await pipe.execute()

    async def entries(self, message_id: str, after: str, block_ms: int = 0) -> list[StreamEntry]:
        """Entries after entry `after`, waiting up to `block_ms` (0: not at all) for the first one.

        `FROM_START` reads from the beginning.
        """
        key = events_key(message_id)
        async with reaching_redis():
            found = await self._redis.xread({key: after}, block=min(block_ms, BLOCK_MS) or None)
        return [_entry(message_id, *pair) for pair in found[0][1]] if found else []

    async def cancel(self, message_id: str, what: Cancelled = Cancelled.ALL) -> None:
        """Set the cancel flag: a worker that runs such a job stops, none starts it; `ALL` stays."""
        async with reaching_redis():
            is_weaker = what is Cancelled.WORDS
            await self._redis.set(cancel_key(message_id), what.value, ex=CANCEL_TTL_S, nx=is_weaker)

    async def cancelled(self, reads: Mapping[str, bool]) -> frozenset[str]:
        """Those messages whose running job was cancelled; `reads`: whether that job is to read."""
        if not reads:
            return frozenset()
        async with reaching_redis():
            flags = await self._redis.mget([cancel_key(message_id) for message_id in reads])
        return frozenset(
            message_id
            for (message_id, is_reading), flag in zip(reads.items(), flags, strict=True)
            if _is_cancelled(flag, reads=is_reading)
        )

    async def heartbeat(self, state: WorkerState) -> None:
        """Write a worker's heartbeat; it expires after `HEARTBEAT_TTL_S`."""
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.set(worker_key(state.worker_id), encode(state), ex=HEARTBEAT_TTL_S)
            pipe.sadd(_WORKERS, state.worker_id)
            await pipe.execute()

    async def deregister_worker(self, worker_id: str) -> None:
        """Remove the heartbeat of a worker that ends in order."""
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(worker_key(worker_id))
            pipe.srem(_WORKERS, worker_id)
            await pipe.execute()

    async def workers(self) -> list[WorkerState]:
        """The live workers, by id."""
        async with reaching_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(_WORKERS)
            members = sorted((await pipe.execute())[0])
            ids = [member.decode(errors="replace") for member in members]
            beats = await self._redis.mget([worker_key(worker_id) for worker_id in ids]) if ids else []
            dead = [member for member, data in zip(members, beats, strict=True) if data is None]
            if dead:
                pipe.srem(_WORKERS, *dead)
                await pipe.execute()
        return list(_readable_states(data for data in beats if data is not None))


def _entry(message_id: str, entry_id: bytes, fields: dict[bytes, bytes]) -> StreamEntry:
    try:
        return StreamEntry(entry_id.decode(), decode_event(fields.get(_EVENT_FIELD, b"")))
    except ContractViolation as error:
        log.warning("foreign_stream_entry", message_id=message_id, reason=str(error))
        return StreamEntry(entry_id.decode(), None)


def _readable_states(beats: Iterable[bytes]) -> Iterable[WorkerState]:
    for data in beats:
        try:
            yield decode_worker_state(data)
        except ContractViolation as error:
            log.warning("foreign_heartbeat", reason=str(error))


def _is_cancelled(flag: bytes | None, *, reads: bool) -> bool:
    return flag is not None and not (reads and flag.decode() == Cancelled.WORDS)
