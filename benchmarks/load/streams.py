"""Pages that stay open: streams of `GET /api/devices/live` that nobody looks at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from shared.tasks import cancel_and_wait

OPENED_AT_ONCE = 25


@dataclass
class Streams:
    """How many are open now, how many ended by themselves, and the events of all.

    `all_begun` is set once each of the `count` has been opened or has ended.
    """

    count: int
    open: int = 0
    ended: int = 0
    events: int = 0
    all_begun: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, *, opened: int = 0, ended: int = 0) -> None:
        """Count streams that open or end."""
        self.open += opened
        self.ended += ended
        if self.open + self.ended >= self.count:
            self.all_begun.set()


@asynccontextmanager
async def idle_streams(base_url: str, count: int) -> AsyncIterator[Streams]:
    """So many streams, open for as long as the block lasts."""
    streams, gate = Streams(count), asyncio.Semaphore(OPENED_AT_ONCE)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    timeout = httpx.Timeout(60, read=None)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=timeout) as client:
        followers = [asyncio.create_task(_follow(client, streams, gate)) for _ in range(count)]
        try:
            if count:
                await streams.all_begun.wait()
            yield streams
        finally:
            await cancel_and_wait(followers)


async def _follow(client: httpx.AsyncClient, streams: Streams, gate: asyncio.Semaphore) -> None:
    opened = 0
    try:
        async with gate:
            stream = client.stream("GET", "/api/devices/live")
            answer = await stream.__aenter__()
        try:
            answer.raise_for_status()
            opened = 1
            streams.change(opened=1)
            async for piece in answer.aiter_raw():
                streams.events += piece.count(b"event: devices")
        finally:
            await stream.__aexit__(None, None, None)
    except httpx.HTTPError:
        pass
    streams.change(opened=-opened, ended=1)
