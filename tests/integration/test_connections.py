"""Connections on a real socket: half-sent requests, stalled bodies, unread answers, floods, smuggling forms.

The times are a thirtieth of the real ones.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api_service.edge import connections
from tests.support.gateway import until
from tests.support.raw_http import send_raw
from tests.support.servers import free_port

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
LARGE = 64 * 1024 * 1024


class Echo:
    """Answers with the number of bytes received; `/large` with 64 MiB, `/slow` reads after 1.3 s."""

    def __init__(self) -> None:
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self.running -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            await asyncio.sleep(1.3)
        seen, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            seen += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"x" * LARGE if scope["path"] == "/large" else str(seen).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for start in range(0, len(body), 65536):
            await send({"type": "http.response.body", "body": body[start : start + 65536], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Server:
    """A server of `Echo` on a free port."""

    def __init__(self, most_per_address: int = 0) -> None:
        self.app, self.port = Echo(), free_port()
        self.protocol = connections.guarded_protocol(most_per_address)
        config = uvicorn.Config(
            self.app,
            port=self.port,
            http=self.protocol,
            lifespan="off",
            log_config=None,
            timeout_keep_alive=1,
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)

    async def __aenter__(self) -> "Server":
        self.task = asyncio.create_task(self.server._serve())
        await until(lambda: self.server.started)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.should_exit = True
        await self.task


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT_S", 0.5)
    monkeypatch.setattr(connections, "BODY_CHECK_S", 0.5)
    monkeypatch.setattr(connections, "UNREAD_TIMEOUT_S", 0.5)
    async with Server() as running:
        yield running


@pytest.mark.parametrize(
    ("sent", "drip"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: local", b""),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"x: y\r\n"),
        (POST + b"Content-Length: 100\r\n\r\nab", b""),
        (POST + b"Content-Length: 100000\r\n\r\nab", b"a"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT", b""),
    ],
    ids=["nothing", "half", "dripped", "stalled body", "dripped body", "dripped chunks", "half after one"],
)
async def test_client_that_keeps_waiting_is_let_go(server: Server, sent: bytes, drip: bytes) -> None:
    reply = await send_raw(server.port, sent, drip=drip)
    assert reply.closed_after_s is not None
    assert reply.closed_after_s < 3
    assert reply.data.endswith(b"connection: close\r\n\r\n") or reply.status == 200
    await until(lambda: not server.app.running)


async def test_half_sent_headers_by_hundreds_leave_others_unaffected(server: Server) -> None:
    half = [send_raw(server.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n") for _ in range(300)]
    waiting = asyncio.gather(*half)
    await asyncio.sleep(0.3)
    whole = await send_raw(server.port, POST + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc")
    assert whole.status == 200
    assert whole.closed_after_s is not None
    assert whole.closed_after_s < 2
    assert {reply.status for reply in await waiting} == {408}


async def test_body_above_the_least_rate_and_idle_connection_are_kept(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(POST + b"Content-Length: 900\r\n\r\n")
    for _ in range(9):  # 400 bytes a second
        await asyncio.sleep(0.25)
        writer.write(b"a" * 100)
    answer = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)
    assert b"900" in answer
    await asyncio.sleep(0.5)  # less than the keep-alive time
    writer.write(POST + b"Connection: close\r\nContent-Length: 2\r\n\r\nab")
    assert b"200 OK" in await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_body_that_the_server_does_not_take_is_not_the_clients_fault(server: Server) -> None:
    body = b"a" * 2_000_000
    head = b"POST /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n"
    reply = await send_raw(server.port, head + body, within_s=10)
    assert reply.status == 200
    assert b"2000000" in reply.data


async def test_answer_that_nobody_reads_is_given_up(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await until(lambda: server.app.running)
    await until(lambda: not server.app.running, 5)
    writer.transport.abort()
    assert reader.exception() is None


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: gzip, identity\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    ],
)
async def test_form_of_smuggling_is_refused(server: Server, sent: bytes) -> None:
    assert (await send_raw(server.port, sent)).status == 400


@pytest.mark.parametrize("begin", [b"X-A: ", b"X-A: b\r\n" * 8, b"Cookie: a=b;"])
async def test_headers_without_an_end_are_refused_soon(server: Server, begin: bytes) -> None:
    sent = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + begin + b"a" * connections.MOST_HEADER_BYTES
    reply = await send_raw(server.port, sent)
    assert reply.status == 431
    assert reply.closed_after_s is not None


async def test_headers_sent_while_an_answer_is_awaited_are_bounded_too(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await until(lambda: server.app.running)
    writer.write(b"GET / HTTP/1.1\r\nX-A: ")
    for _ in range(100):
        if reader.at_eof() or writer.transport.is_closing():
            break
        writer.write(b"a" * 16_384)
        await asyncio.sleep(0.01)
    else:
        raise AssertionError("1.6 MB of a header were taken")
    assert server.app.running
    writer.transport.abort()


async def test_large_headers_below_the_limit_and_many_requests_are_served(server: Server) -> None:
    large = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 30_000 + b"\r\n"
    sent = (large + b"\r\n") * 4 + large + b"Connection: close\r\n\r\n"
    assert (await send_raw(server.port, sent)).data.count(b"200 OK") == 5
    body = b"a" * 3 * connections.MOST_HEADER_BYTES
    post = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert (await send_raw(server.port, post + body)).status == 200


async def test_requests_in_one_piece_are_answered_in_their_order(server: Server) -> None:
    first = POST + b"Content-Length: 2\r\n\r\nab"
    last = POST + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc"
    reply = await send_raw(server.port, first + last)
    assert reply.data.count(b"200 OK") == 2
    assert reply.data.index(b"1\r\n2\r\n") < reply.data.index(b"1\r\n3\r\n")


async def test_connections_of_one_address_are_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_is_local", lambda _: False)
    async with Server(most_per_address=3) as server:
        counts: Counter[str] = server.protocol.per_address  # type: ignore[attr-defined]
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        await until(lambda: counts["127.0.0.1"] == 3)
        refused = await send_raw(server.port, b"")
        assert refused.status == 503
        assert b"retry-after: 5" in refused.data
        for connection in held:
            connection.close()
        await until(lambda: not counts)
        again = await send_raw(server.port, POST + b"Connection: close\r\nContent-Length: 1\r\n\r\na")
        assert again.status == 200


def test_only_this_machine_is_local() -> None:
    assert [connections._is_local(address) for address in ("127.0.0.1", "::1", "")] == [True] * 3
    assert not connections._is_local("192.168.1.4")
