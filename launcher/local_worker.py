"""What the worker of `make run` says of itself while everyone waits for it."""

from redis.asyncio import Redis

from shared.errors import QueueUnavailable
from shared.queue import Queue, connection_pool
from shared.wire import WorkerPhase


async def failure(redis_url: str) -> str | None:
    """Why no worker will have a model without somebody's help; None while there is hope."""
    redis = Redis(connection_pool=connection_pool(redis_url, retries=0))
    try:
        workers = await Queue(redis).workers()
    except QueueUnavailable:
        return None
    finally:
        await redis.aclose(close_connection_pool=True)
    if workers and all(worker.phase is WorkerPhase.FAILED for worker in workers):
        return workers[0].detail
    return None
