"""`python -m inference_worker.health`: exit status 0 while a worker of this host serves; for containers."""

import asyncio
import socket
import sys

from redis.asyncio import Redis

from shared.errors import QueueUnavailable
from shared.queue import Queue, connection_pool
from shared.settings import load_settings_or_exit

RETRIES = 1


async def problem(redis_url: str, host: str) -> str | None:
    """What keeps the workers of `host` from serving; None when one of them serves."""
    redis = Redis(connection_pool=connection_pool(redis_url, retries=RETRIES))
    try:
        workers = await Queue(redis).workers()
    except QueueUnavailable as error:
        return str(error)
    finally:
        await redis.aclose(close_connection_pool=True)
    ours = [worker for worker in workers if worker.worker_id.startswith(f"{host}-")]
    if not ours:
        return f"no worker of {host} has reported lately"
    return None if any(worker.is_serving for worker in ours) else ours[0].detail


def main() -> int:
    """0 or 1, with one line when something is wrong."""
    wrong = asyncio.run(problem(load_settings_or_exit().redis_url, socket.gethostname()))
    if wrong:
        sys.stderr.write(f"askwatt: {wrong}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
