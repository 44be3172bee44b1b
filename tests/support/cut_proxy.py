"""A TCP proxy that can be told to delay, to reset, or to swallow: a network that fails."""

import asyncio
from contextlib import suppress
from enum import StrEnum
from typing import Self


class Mode(StrEnum):
    """What the network does to connections, open ones and new ones."""

    PASS = "pass"
    DELAY = "delay"
    RESET = "reset"
    HALF_OPEN = "half-open"  # all stay open and carry nothing, as behind a firewall that forgot them


class CutProxy:
    """Listens on `port` and forwards to `target`; a context manager."""

    def __init__(self, target: int, delay_s: float = 0.2) -> None:
        self.port = 0
        self._target = target
        self._delay_s = delay_s
        self._mode = Mode.PASS
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def set(self, mode: Mode) -> None:
        """From now on; RESET also ends what is open, and leaving HALF_OPEN ends what was swallowed."""
        if mode is Mode.RESET or self._mode is Mode.HALF_OPEN:
            self._reset()
        self._mode = mode

    def _reset(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.RESET:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        pumps = [asyncio.create_task(self._pump(*pair)) for pair in ((reader, back), (there, writer))]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for one in (writer, back):
            one.transport.abort()
        await asyncio.wait(pumps)
        self._writers -= {writer, back}
        self._tasks.difference_update(pumps)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while data := await reader.read(65536):
                if self._mode is Mode.DELAY:
                    await asyncio.sleep(self._delay_s)
                if self._mode is Mode.HALF_OPEN:
                    continue
                writer.write(data)
                await writer.drain()
