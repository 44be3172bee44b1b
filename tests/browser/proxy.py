"""A proxy before a gateway, as an ingress is one: below paths of its own, and with the faults of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import uvicorn

from tests.support.servers import free_port

_DROPPED = {"content-length", "transfer-encoding", "content-encoding"}


def _client() -> httpx.AsyncClient:
    """Cookies are the browsers': the proxy keeps none."""
    return httpx.AsyncClient(timeout=60, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])))


@dataclass
class Hold:
    """The answer of one path, kept back: `has_come` once it is asked for, sent once `release` is set."""

    path: str
    has_come: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Proxy:
    """Serves `target` below each of `prefixes`; everything else is not found."""

    target: str
    prefixes: tuple[str, ...] = ("",)
    away: int | None = None  # the gateway is gone: every request is answered with this status
    mixed: str | None = None  # a rolling upgrade: "files" or the "page" come from another version
    hold: Hold | None = None
    port: int = field(default_factory=free_port)
    # One for all requests: to make one takes 30 ms, and a page asks for a hundred files.
    client: httpx.AsyncClient = field(default_factory=_client)

    @property
    def url(self) -> str:
        """The page below the first prefix."""
        return f"http://127.0.0.1:{self.port}{self.prefixes[0]}"

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        prefix = next((one for one in self.prefixes if scope["path"].startswith(f"{one}/")), None)
        path = scope["path"].removeprefix(prefix or "")
        if prefix is None or self.away:
            await _end(send, self.away or 404)
            return
        url = f"{self.target}{path}?{scope['query_string'].decode()}"
        kept = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        async with self.client.stream(scope["method"], url, headers=kept, content=body) as answer:
            if self.hold is not None and path == self.hold.path:
                self.hold.has_come.set()
                await self.hold.release.wait()
            await self._pass_on(answer, path, send)

    async def _pass_on(self, answer: httpx.Response, path: str, send) -> None:  # type: ignore[no-untyped-def]
        headers = {k: v for k, v in answer.headers.items() if k not in _DROPPED}
        if self.mixed == "files" and path.startswith("/web/"):
            headers["cache-control"] = "no-cache"
        if self.mixed == "page" and path == "/":
            headers["etag"] = '"of another version"'
        pairs = [(k.encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": pairs})
        async for chunk in answer.aiter_bytes():
            part = chunk.replace(b"/web/", b"/web/0") if self.mixed == "page" and path == "/" else chunk
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _end(send, status: int) -> None:  # type: ignore[no-untyped-def]
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(proxy: Proxy) -> AsyncIterator[Proxy]:
    """Serve it until the end of the block."""
    config = uvicorn.Config(
        proxy, port=proxy.port, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    try:
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.02)
        yield proxy
    finally:
        server.should_exit = True
        await task
        await proxy.client.aclose()
