"""Requests byte by byte, as only a broken or a hostile client sends them."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What came back, and after how long the server closed the connection (None: it did not)."""

    data: bytes
    closed_after_s: float | None

    @property
    def status(self) -> int:
        """The status of the first response; 0 without one."""
        return int(self.data[9:12]) if self.data.startswith(b"HTTP/1.1 ") else 0


async def send_raw(
    port: int, data: bytes, *, drip: bytes = b"", every_s: float = 0.1, within_s: float = 5.0
) -> Reply:
    """Send `data`, then `drip` again and again, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started, received = time.monotonic(), b""
    try:
        writer.write(data)
        while time.monotonic() - started < within_s:
            try:
                part = await asyncio.wait_for(reader.read(65536), every_s)
            except TimeoutError:
                writer.write(drip)
                continue
            if not part:
                return Reply(received, time.monotonic() - started)
            received += part
        return Reply(received, None)
    except ConnectionError:
        return Reply(received, time.monotonic() - started)
    finally:
        writer.transport.abort()
