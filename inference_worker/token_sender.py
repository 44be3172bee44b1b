"""Tokens to the message's stream in small groups, never one round trip per token."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from inference_worker.timeouts import TOKEN_GROUP_EVERY_S
from shared.errors import QueueUnavailable
from shared.logs import get_logger
from shared.queue import Queue
from shared.tasks import cancel_and_wait
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)


class TokenSender:
    """An async context: sends `running` as it begins, then the text added inside, at least 30 ms apart.

    Generation never waits for it. What is left when the context ends is in `rest`, to be sent together with
    the outcome. Text that Redis does not take is dropped: the outcome carries the whole of it.
    """

    def __init__(self, queue: Queue, message_id: str, running: StreamEvent) -> None:
        self._queue = queue
        self._message_id = message_id
        self._attempt = running.attempt
        self._running: list[StreamEvent] = [running]
        self._text: list[str] = []
        self._is_due = asyncio.Event()
        self._closing = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin sending."""
        self._is_due.set()
        self._sending = asyncio.create_task(self._send_groups())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the group end that is being sent, unless generation failed."""
        if self._sending is None:
            return
        self._closing.set()
        self._is_due.set()
        if error is None:
            await asyncio.gather(self._sending, return_exceptions=True)
        else:
            await cancel_and_wait([self._sending])

    def rest(self) -> list[StreamEvent]:
        """What was not sent yet, once."""
        text, self._text = "".join(self._text), []
        running, self._running = self._running, []
        return [*running, StreamEvent(EventKind.TOKEN, self._attempt, text)] if text else running

    def add(self, text: str) -> None:
        """Queue text to be sent; call on the event loop."""
        self._text.append(text)
        self._is_due.set()

    async def _send_groups(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            if self._closing.is_set():
                return
            await self._send()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), TOKEN_GROUP_EVERY_S)

    async def _send(self) -> None:
        events = self.rest()
        if not events:
            return
        try:
            await self._queue.append(self._message_id, *events)
        except QueueUnavailable as error:
            log.warning("tokens_not_streamed", reason=str(error))
            # The gateway frees a job that never reports that it runs.
            self._running = [event for event in events if event.kind is EventKind.STATUS]
