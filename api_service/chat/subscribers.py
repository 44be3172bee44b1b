"""Counts SSE subscribers per message; cancels generation when the last one does not reconnect in time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from api_service.chat.events import MessageEvents
from api_service.schemas.chat import ChatEvent
from api_service.timeouts import RECONNECT_WITHIN_S
from shared.tasks import BackgroundTasks


class Subscribers:
    """The subscribers of streamed questions; questions that were not registered are not counted."""

    def __init__(self, events: MessageEvents, background: BackgroundTasks) -> None:
        self._events = events
        self._background = background
        self._counts: Counter[str] = Counter()
        self.reconnect_within_s = RECONNECT_WITHIN_S

    def register(self, message_id: str) -> None:
        """Expect a subscriber for this message from now on."""
        self._counts[message_id] += 0

    async def follow(self, message_id: str, after: int) -> AsyncIterator[ChatEvent]:
        """The message's events after number `after`, for one more subscriber. Raises `NotFound`."""
        events = self._events.follow(message_id, after)
        if message_id not in self._counts:
            async for event in events:
                yield event
            return
        self._counts[message_id] += 1
        try:
            async for event in events:
                yield event
            self._counts.pop(message_id, None)  # read to its end
        finally:
            if message_id in self._counts:
                self._counts[message_id] -= 1
                self._background.spawn(self._await_reconnection(message_id))

    async def _await_reconnection(self, message_id: str) -> None:
        await asyncio.sleep(self.reconnect_within_s)
        if message_id in self._counts and self._counts[message_id] <= 0:
            del self._counts[message_id]
            await self._events.stop_generation(message_id)
