"""Gateways as processes of their own: to be killed, and with clocks that are wrong."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from shared.settings import Settings
from tests.support.forked import GATEWAY, Forked, Start
from tests.support.gateway import post_question
from tests.support.servers import free_port
from tests.support.worker_process import environment_of

START_S = 180.0


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway that runs as `process` and is reached through `http`."""

    process: Forked
    http: httpx.AsyncClient

    async def question(self, text: str) -> str:
        """The path of a question's message; its answer is not waited for."""
        return await post_question(self.http, text)


@asynccontextmanager
async def gateway_process(settings: Settings, clock_ahead_s: float = 0.0) -> AsyncIterator[GatewayProcess]:
    """Serve on a free port until the block ends."""
    port = free_port()
    environment = {**environment_of(settings), "PORT": str(port)}
    process = Forked(GATEWAY, Start(environment, ahead_s=clock_ahead_s))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            await _until_it_serves(http, process)
            yield GatewayProcess(process, http)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


async def _until_it_serves(http: httpx.AsyncClient, process: Forked) -> None:
    deadline = time.monotonic() + START_S
    while True:
        assert process.poll() is None, "the gateway has ended"
        assert time.monotonic() < deadline
        try:
            if (await http.get("/health/live")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
