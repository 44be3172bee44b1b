"""What containers and `make run` learn about workers from their heartbeats, on a real Redis."""

import pytest
from redis.asyncio import Redis

from inference_worker.health import problem
from launcher import local_worker
from shared.queue import Queue
from shared.wire import WorkerPhase, WorkerState

NOBODY = "redis://127.0.0.1:1/0"


async def heartbeat(redis_url: str, worker_id: str, phase: WorkerPhase, detail: str = "") -> None:
    redis = Redis.from_url(redis_url)
    await Queue(redis).heartbeat(WorkerState(worker_id, phase, "bundled", "cpu", detail))
    await redis.aclose()


@pytest.mark.parametrize("phase", [WorkerPhase.READY, WorkerPhase.IDLE])
async def test_host_whose_worker_serves_is_healthy(redis_db: str, phase: WorkerPhase) -> None:
    await heartbeat(redis_db, "gpu7-12-abc", phase)
    assert await problem(redis_db, "gpu7") is None


async def test_host_whose_worker_still_loads_says_so(redis_db: str) -> None:
    await heartbeat(redis_db, "gpu7-12-abc", WorkerPhase.LOADING, "loading bundled")
    assert await problem(redis_db, "gpu7") == "loading bundled"


async def test_host_without_a_worker_is_not_healthy_by_anothers_worker(redis_db: str) -> None:
    await heartbeat(redis_db, "gpu7-12-abc", WorkerPhase.READY)
    assert await problem(redis_db, "gpu") == "no worker of gpu has reported lately"


async def test_host_without_redis_is_not_healthy() -> None:
    assert "Redis does not answer" in (await problem(NOBODY, "gpu7") or "")


async def test_failure_of_all_workers_is_final_and_told(redis_db: str) -> None:
    await heartbeat(redis_db, "a-1-x", WorkerPhase.FAILED, "no model in /models/none (MODEL_NAME)")
    assert await local_worker.failure(redis_db) == "no model in /models/none (MODEL_NAME)"


@pytest.mark.parametrize("other", [WorkerPhase.LOADING, WorkerPhase.READY])
async def test_failure_of_one_worker_beside_another_is_not_final(redis_db: str, other: WorkerPhase) -> None:
    await heartbeat(redis_db, "a-1-x", WorkerPhase.FAILED, "no model")
    await heartbeat(redis_db, "a-2-x", other)
    assert await local_worker.failure(redis_db) is None


async def test_failure_without_any_worker_or_redis_is_unknown(redis_db: str) -> None:
    assert await local_worker.failure(redis_db) is None
    assert await local_worker.failure(NOBODY) is None
