"""Liveness, readiness and metrics."""

import math
import platform
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api_service.dependencies import FOR_OPERATORS, HealthServiceDep, site_of
from api_service.metrics import POOL_IN_USE, POOL_SIZE, QUEUE_AGE, QUEUE_JOBS, WORKERS, record_storage
from api_service.schemas.health import HealthPart, HealthReport, Versions
from api_service.site_names import DEFAULT_SITE
from shared import VERSION

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health_report(health: HealthServiceDep, request: Request) -> HealthReport:
    """Versions, parts, queue and newest reading, for people and their scripts; 200 whatever is away.

    A further site is not told of the queue, which all share.
    """
    is_told = site_of(request) == DEFAULT_SITE
    parts, storage = await health.parts(tells_queue=is_told), await health.storage()
    figures = await health.queue_figures() if is_told else None
    return HealthReport(
        status="ready" if all(part.ok for part in parts) else "not_ready",
        versions=Versions(
            askwatt=VERSION,
            python=platform.python_version(),
            database=storage and storage.server,
            redis=await health.redis_version(),
            schema_revision=storage and storage.revision,
        ),
        parts={part.name: HealthPart(ok=part.ok, detail=part.detail) for part in parts},
        queue_jobs=figures and figures.jobs,
        unfinished_questions=storage and storage.unfinished,
        oldest_question_s=storage and storage.oldest_question_s,
        devices=storage and storage.devices,
        last_reading=storage and storage.last_reading,
    )


@router.get("/health/live")
async def live() -> dict[str, str]:
    """This process answers."""
    return {"status": "live"}


@router.get("/health/ready", responses={503: {"description": "A part is away; each is named."}})
async def ready(health: HealthServiceDep, request: Request, response: Response) -> dict[str, Any]:
    """Database, Redis and a live worker with its model; 503 while one is away.

    It needs no key: where there are several sites it tells nobody how many questions of all of them wait.
    """
    parts = await health.parts(tells_queue=not request.app.state.sites.are_several)
    is_ready = all(part.ok for part in parts)
    response.status_code = 200 if is_ready else 503
    return {
        "status": "ready" if is_ready else "not_ready",
        "parts": {part.name: {"ok": part.ok, "detail": part.detail} for part in parts},
    }


@router.get("/metrics", include_in_schema=False, dependencies=[FOR_OPERATORS])
async def metrics(health: HealthServiceDep) -> Response:
    """Prometheus' text format; figures of queue and database are asked freshly, NaN while those are away."""
    figures = await health.queue_figures()
    QUEUE_JOBS.set(figures.jobs if figures else math.nan)
    QUEUE_AGE.set(figures.oldest_s if figures else math.nan)
    record_storage(await health.storage())
    pool = health.pool()
    POOL_IN_USE.set(pool.in_use)
    POOL_SIZE.set(pool.size)
    WORKERS.clear()
    for phase, count in (figures.workers if figures else {}).items():
        WORKERS.labels(phase).set(count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
