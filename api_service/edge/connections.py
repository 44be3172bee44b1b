"""What a client may send and keep waiting: size and time of headers, a least rate of bodies, connections.

uvicorn bounds idle connections alone; half a request, a body that stalls and an unread answer would stay for
ever (docs/decisions/0017). Both of its HTTP implementations keep the same state, which is looked at
after each piece of data.
"""

import asyncio
import ipaddress
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from shared.logs import get_logger

log = get_logger(__name__)

# Headers beyond this are refused, within one piece of data; the parser itself would keep any number.
MOST_HEADER_BYTES = 65_536
# From the first byte (or the connection's beginning) to the end of the headers.
HEADER_TIMEOUT_S = 15.0
# A body is looked at this often; enough bytes must have come since then, unless we stopped reading ourselves.
BODY_CHECK_S = 15.0
LEAST_BODY_BYTES_PER_S = 240
# An answer of which nothing was taken for so long is given up.
UNREAD_TIMEOUT_S = 60.0

_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class GuardedProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # a class or another, at run time
    """One HTTP connection that is let go when its client keeps it waiting."""

    per_address: ClassVar[Counter[str]] = Counter()
    most_per_address: ClassVar[int] = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._in_headers = False
        self._in_body = False
        self._was_paused = False
        self._body_bytes = 0
        self._header_bytes = 0
        self._counted: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; one too many is told so and closed."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self.most_per_address and not _is_local(address):
            if self.per_address[address] >= self.most_per_address:
                log.warning("too_many_connections", address=address, limit=self.most_per_address)
                self._close(_TOO_MANY)
                return
            self.per_address[address] += 1
            self._counted = address
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back what the connection held."""
        if self._counted is not None:
            self.per_address[self._counted] -= 1
            if not self.per_address[self._counted]:
                del self.per_address[self._counted]
            self._counted = None
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand the data on, then see what is still missing."""
        if self.transport.is_closing():
            return
        earlier = self.cycle
        was_answering = not (earlier is None or earlier.response_complete or earlier.more_body)
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            if not self._in_headers:
                self._await_headers()
            self._count_headers(data)
        elif not cycle.more_body:
            self._stop_timer()
            if was_answering and cycle is earlier:
                self._count_headers(data)  # of a request that is sent before this one is answered
            else:
                self._header_bytes = 0
        elif self._in_body:
            self._body_bytes += len(data)
        else:
            self._await_body(len(data))

    def on_response_complete(self) -> None:
        """The connection is idle; uvicorn's own timeout watches it until the next byte."""
        self._stop_timer()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read: give it some time."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_TIMEOUT_S, self._give_up_writing)

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _await_headers(self) -> None:
        self._stop_timer()
        self._in_headers = True
        self._timer = self.loop.call_later(HEADER_TIMEOUT_S, self._time_out, "headers")

    def _count_headers(self, data: bytes) -> None:
        self._header_bytes += len(data)
        if self._header_bytes <= MOST_HEADER_BYTES:
            return
        log.info("headers_too_large", address=self.client[0] if self.client else None)
        self._stop_timer()
        self._close(b"" if self._is_answering() else _TOO_LARGE)

    def _is_answering(self) -> bool:
        cycle = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _await_body(self, seen: int) -> None:
        self._stop_timer()
        self._in_body, self._was_paused, self._body_bytes = True, False, seen
        self._header_bytes = 0
        self._timer = self.loop.call_later(BODY_CHECK_S, self._check_body)

    def _check_body(self) -> None:
        paused = self.flow.read_paused
        too_slow = self._body_bytes < BODY_CHECK_S * LEAST_BODY_BYTES_PER_S
        if too_slow and not (paused or self._was_paused):
            self._time_out("body")
            return
        self._was_paused, self._body_bytes = paused, 0
        self._timer = self.loop.call_later(BODY_CHECK_S, self._check_body)

    def _stop_timer(self) -> None:
        self._in_headers = self._in_body = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self, part: str) -> None:
        self._stop_timer()
        log.info("request_timed_out", part=part, address=self.client[0] if self.client else None)
        self._close(b"" if self._is_answering() else _TIMED_OUT)

    def _give_up_writing(self) -> None:
        log.info("answer_not_read", address=self.client[0] if self.client else None)
        self.transport.abort()

    def _close(self, last_words: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(last_words)
            self.transport.close()


def guarded_protocol(most_per_address: int) -> type[asyncio.Protocol]:
    """The class for `uvicorn.Config(http=…)`, with a count of its own; 0 sets no limit.

    Connections from this machine itself are not counted: a proxy on it speaks for all of its clients.
    """
    limits = {"per_address": Counter(), "most_per_address": most_per_address}
    return type("LimitedProtocol", (GuardedProtocol,), limits)


def _is_local(address: str) -> bool:
    """Whether `address` is of this machine; a socket without an address (Unix) is."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True
