"""Is each part there that answers need: database, Redis, a live worker with its model?"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api_service.database.schema import REVISION, described, is_old
from api_service.database.sessions import SessionFactory, snapshot
from api_service.inference_client import InferenceClient
from api_service.repositories.storage_status import StorageStatus, storage_status
from shared.errors import AskWattError
from shared.wire import WorkerPhase


@dataclass(frozen=True)
class PartHealth:
    """One part: whether it serves, and what is known about it in words."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class QueueFigures:
    """The queue at this moment: unfinished jobs, the age of the oldest, live workers by phase."""

    jobs: int
    oldest_s: float
    workers: dict[str, int]


@dataclass(frozen=True)
class PoolFigures:
    """The database's connections of this process: in use now, and at most."""

    in_use: int
    size: int


class HealthService:
    """Readiness, asked freshly at each call; nothing is cached, so it goes red and green by itself."""

    def __init__(self, sessions: SessionFactory, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._inference = inference

    async def parts(self, *, tells_queue: bool = True) -> list[PartHealth]:
        """Database, Redis and worker, each by name; with `tells_queue` how many questions wait, of all."""
        return [await self._database(), *await self._queue_and_worker(tells_queue=tells_queue)]

    async def queue_figures(self) -> QueueFigures | None:
        """Depth, age and workers; None while Redis is away."""
        try:
            depth = await self._inference.depth()
            states = await self._inference.worker_states()
        except AskWattError:
            return None
        counts = Counter(state.phase.value for state in states)
        return QueueFigures(depth.jobs, depth.oldest_s, {phase: counts[phase] for phase in WorkerPhase})

    async def storage(self) -> StorageStatus | None:
        """Versions, newest reading, unfinished questions; None while the database is away or not migrated."""
        try:
            async with snapshot(self._sessions) as session:
                return await storage_status(session)
        except (SQLAlchemyError, AskWattError):
            return None

    def pool(self) -> PoolFigures:
        """Where all are in use, requests wait for one."""
        pool = self._sessions.kw["bind"].pool
        return PoolFigures(pool.checkedout(), pool.size())

    async def redis_version(self) -> str | None:
        """The version of Redis; None while it is away."""
        try:
            return await self._inference.redis_version()
        except AskWattError:
            return None

    async def _database(self) -> PartHealth:
        try:
            async with snapshot(self._sessions) as session:
                await session.execute(text("SELECT 1 FROM electrical_data LIMIT 1"))
                revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
        except SQLAlchemyError:
            return PartHealth("database", False, "the schema is missing; run `make db-init`")
        except AskWattError as error:
            return PartHealth("database", False, str(error))
        if is_old(revision):
            detail = f"the schema is old ({revision}, this version needs {REVISION}); run `make db-init`"
            return PartHealth("database", False, detail)
        return PartHealth("database", True, described(revision))

    async def _queue_and_worker(self, *, tells_queue: bool) -> list[PartHealth]:
        try:
            workers = await self._inference.worker_states()
            depth = await self._inference.depth()
        except AskWattError as error:
            away = PartHealth("worker", False, "unknown while Redis is away")
            return [PartHealth("redis", False, str(error)), away]
        waiting = f"; {_unfinished(depth.jobs, depth.oldest_s)}" if tells_queue else ""
        redis = PartHealth("redis", True, f"reachable{waiting}")
        if not workers:
            return [
                redis,
                PartHealth("worker", False, "no worker has reported; start one with `make worker`"),
            ]
        serving = [worker for worker in workers if worker.is_serving]
        shown = serving or workers
        detail = "; ".join(f"{worker.model} on {worker.device}: {worker.detail}" for worker in shown)
        return [redis, PartHealth("worker", bool(serving), detail)]


def _unfinished(jobs: int, oldest_s: float) -> str:
    """The queue in words."""
    if jobs == 0:
        return "no question waits"
    return f"{jobs} unfinished {'question' if jobs == 1 else 'questions'}, the oldest for {oldest_s:.0f} s"
