"""Words to the message's stream in small groups, never one round trip per token."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from shared.errors import QueueUnavailable
from shared.logs import get_logger
from shared.queue import Queue
from shared.tasks import cancel_and_wait
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)

GROUP_EVERY_S = 0.03


class TokenSender:
    """An async context: what is said inside has been sent when it ends, groups at least 30 ms apart.

    Words that Redis does not take are dropped: the outcome carries the whole text.
    """

    def __init__(self, queue: Queue, message_id: str, attempt: int) -> None:
        self._queue = queue
        self._message_id = message_id
        self._attempt = attempt
        self._said: list[str] = []
        self._something = asyncio.Event()
        self._closing = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin sending."""
        self._sending = asyncio.create_task(self._send_groups())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is left, unless the words came to nothing."""
        if self._sending is None:
            return
        self._closing.set()
        self._something.set()
        if error is None:
            await asyncio.gather(self._sending, return_exceptions=True)
        else:
            await cancel_and_wait([self._sending])

    def say(self, text: str) -> None:
        """Take words; on the event loop."""
        self._said.append(text)
        self._something.set()

    async def _send_groups(self) -> None:
        while not self._closing.is_set():
            await self._something.wait()
            self._something.clear()
            await self._send()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), GROUP_EVERY_S)
        await self._send()

    async def _send(self) -> None:
        text, self._said = "".join(self._said), []
        if not text:
            return
        try:
            await self._queue.append(self._message_id, StreamEvent(EventKind.TOKEN, self._attempt, text))
        except QueueUnavailable as error:
            log.warning("words_not_streamed", reason=str(error))
