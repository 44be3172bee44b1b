"""What Prometheus reads at `/metrics`: requests, readings, questions, queue, workers and database."""

import math
import platform
import time

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_service.database.schema import is_old
from api_service.repositories.storage_status import StorageStatus
from shared import VERSION

REQUESTS = Counter("askwatt_http_requests_total", "HTTP requests", ["method", "route", "status"])
SECONDS = Histogram(
    "askwatt_http_request_seconds",
    "Time until the response was sent",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
QUEUE_JOBS = Gauge("askwatt_queue_jobs", "Unfinished questions in the queue, waiting or running")
QUEUE_AGE = Gauge("askwatt_queue_oldest_seconds", "How long the oldest unfinished question has been there")
WORKERS = Gauge("askwatt_workers", "Live workers by the phase of their model", ["phase"])
READINGS = Counter("askwatt_readings_total", "Rows of readings that requests brought", ["outcome"])
DATABASE_UP = Gauge("askwatt_database_up", "1 while the database answers and is migrated, else 0")
POOL_IN_USE = Gauge(
    "askwatt_database_connections_in_use", "Connections to the database that serve a request now"
)
POOL_SIZE = Gauge(
    "askwatt_database_connections_max", "Connections that this gateway may open; beyond them requests wait"
)
LAST_READING = Gauge("askwatt_last_reading_timestamp_seconds", "Time of the newest reading, Unix time")
DEVICES = Gauge("askwatt_devices", "Devices that have readings")
QUESTIONS = Gauge("askwatt_questions_unfinished", "Accepted questions without a final answer")
OLDEST_QUESTION = Gauge("askwatt_questions_oldest_seconds", "Age of the oldest of them; 0 without one")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUILD = Gauge("askwatt_build_info", "Always 1; its labels tell what runs", ["version", "python", "revision"])


for _outcome in ("accepted", "duplicate", "rejected"):
    READINGS.labels(_outcome)  # a rate needs its zero


def count_readings(accepted: int, duplicates: int, rejected: int) -> None:
    """Count the rows of one request."""
    for outcome, rows in (("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected)):
        READINGS.labels(outcome).inc(rows)


def record_storage(status: StorageStatus | None) -> None:
    """Set the database's gauges; not numbers while it is away."""
    DATABASE_UP.set(status is not None and not is_old(status.revision))
    moment = status and status.last_reading
    LAST_READING.set(moment.timestamp() if moment else math.nan)
    DEVICES.set(status.devices if status else math.nan)
    QUESTIONS.set(status.unfinished if status else math.nan)
    OLDEST_QUESTION.set(status.oldest_question_s or 0.0 if status else math.nan)
    if status:
        BUILD.clear()
        BUILD.labels(VERSION, platform.python_version(), status.revision).set(1)


class CountRequests:
    """Pure ASGI: count and time every request under its route's pattern, never under its raw path.

    Refusals before a route is reached (401, 403, 413, 421, 429) count under the route "unmatched".
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, observe)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(method, route, status).inc()
            SECONDS.labels(route).observe(time.perf_counter() - started)
