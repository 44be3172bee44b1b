"""What Prometheus reads at `/metrics`: requests by route and status, and their time."""

import time

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class CountRequests:
    """Pure ASGI: count and time every request under its route's pattern, never under its raw path."""

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
            REQUESTS.labels(scope["method"], route, status).inc()
            SECONDS.labels(route).observe(time.perf_counter() - started)
