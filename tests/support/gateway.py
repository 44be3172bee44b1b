"""The gateway on a real socket, a small household in its database, and workers with a model of our choice."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uvicorn

from api_service.dependencies import Services
from api_service.edge.connections import guarded_protocol
from api_service.inference_client import InferenceClient
from api_service.main import create_app
from api_service.sites import Sites
from inference_worker.llm_service import LLMService
from inference_worker.main import WorkerProcess
from shared.settings import Clock, Settings, load_settings
from tests.support.saying_llm import TRUE_WORDS, SayingLLM
from tests.support.servers import free_port

# "Now" is the last reading: Tuesday 10 March 2026, 12:00 in UTC. Every 10 minutes since Sunday 12:00.
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WORKER_START_S = 180.0  # torch and a model, on a machine that is busy with the rest of the suite
__all__ = ["TRUE_WORDS", "SayingLLM"]  # and all that is defined here

OVEN_W, FRIDGE_W = 1500.0, 100.0
YESTERDAY = "How much energy did the oven use yesterday?"
# 1.5 kW for the 24 hours of yesterday.
YESTERDAY_KWH = 36.0


def settings_of(database_url: str, redis_url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "clock": Clock.LATEST,
        "chat_deadline_s": 8.0,
        "chat_sweep_interval_s": 0.5,
        "max_batch": 16,
        "log_level": "WARNING",
    }
    return load_settings(**{**values, **changes})


@dataclass(frozen=True)
class Gateway:
    """A running gateway: its client, its address, its insides."""

    http: httpx.AsyncClient
    url: str
    services: Services
    sites: Sites

    async def ask(self, text: str, **more: Any) -> httpx.Response:
        """POST a question."""
        return await self.http.post("/api/chat/", json={"user_message": text, **more})


@asynccontextmanager
async def gateway_of(settings: Settings) -> AsyncIterator[Gateway]:
    """Serve on a free port until the block ends."""
    app = create_app(settings)
    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        http=guarded_protocol(settings.max_connections_per_address),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # without uvicorn's signal handlers: those are pytest's
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            yield Gateway(http, url, app.state.services, app.state.sites)
    finally:
        server.should_exit = True
        await serving


async def fill(gateway: Gateway) -> None:
    """Two days of the oven at 1.5 kW and the fridge at 100 W, constant."""
    await fill_at(gateway.http)


async def fill_at(http: httpx.AsyncClient) -> None:
    """`fill`, through any client of a gateway."""
    rows = [
        {
            "timestamp": (NOW - timedelta(minutes=10 * step)).isoformat(),
            "cluster": cluster,
            "real_power_watt": power_w,
            "thd": 5.0,
            "device_state": "on",
            "device_name": name,
        }
        for step in range(6 * 48 + 1)
        for cluster, name, power_w in ((1, "Oven", OVEN_W), (2, "Fridge", FRIDGE_W))
    ]
    answer = await http.post("/api/readings/", json=rows)
    assert answer.json()["accepted"] == len(rows), answer.text


async def post_question(http: httpx.AsyncClient, text: str = YESTERDAY) -> str:
    """The path of a question's message; its answer is not waited for."""
    headers = {"Prefer": "respond-async"}
    answer = await http.post("/api/chat/", json={"user_message": text}, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def final_message(http: httpx.AsyncClient, path: str, within_s: float = 30.0) -> dict[str, Any]:
    """The message once it is final; asked for again where the gateway says to come back."""
    deadline = time.monotonic() + within_s
    answer = await http.get(path, params={"wait": within_s})
    while answer.status_code == 503 and (left_s := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(left_s, 1.0))
        answer = await http.get(path, params={"wait": max(left_s, 1.0)})
    message: dict[str, Any] = answer.json()
    assert message["status"] not in {"queued", "running"}, message
    return message


@asynccontextmanager
async def worker_of(settings: Settings, llm: LLMService | None = None) -> AsyncIterator[WorkerProcess]:
    """A worker in this process; ended in order."""
    supervisor = WorkerProcess(settings, llm)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        supervisor.stop()
        assert await asyncio.wait_for(running, 30) == 0


@asynccontextmanager
async def answering(settings: Settings, llm: LLMService | None = None) -> AsyncIterator[Gateway]:
    """A gateway with its household and one worker that serves; `llm` None: the model of the settings."""
    async with gateway_of(settings) as gateway, worker_of(settings, llm):
        await fill(gateway)
        await until_serving(gateway)
        yield gateway


async def until_serving(gateway: Gateway, workers: int = 1) -> None:
    """Wait until so many workers have their model."""
    await until_workers_serve(gateway.services.inference, workers)


async def until_workers_serve(client: InferenceClient, workers: int = 1) -> None:
    """Wait until so many workers have their model."""
    deadline = time.monotonic() + WORKER_START_S
    while sum(state.is_serving for state in await client.worker_states()) < workers:
        assert time.monotonic() < deadline, await client.worker_states()
        await asyncio.sleep(0.02)


async def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
