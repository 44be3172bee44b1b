"""Who follows a streamed question; words that nobody reads any more are not generated to their end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from api_service.chat.background import BackgroundTasks
from api_service.schemas.chat import ChatEvent

# So long may a reader be away and resume; a phone that changes its network takes some seconds.
RESUME_WITHIN_S = 10.0


class Subscribers:
    """Counts the readers of streamed questions, and calls `unread` when the last one stays away."""

    def __init__(self, background: BackgroundTasks, unread: Callable[[str], Awaitable[None]]) -> None:
        self._background = background
        self._unread = unread
        self._readers: Counter[str] = Counter()
        self.resume_within_s = RESUME_WITHIN_S

    def expect(self, message_id: str) -> None:
        """This question is asked by streaming: it wants a reader from now on."""
        self._readers[message_id] += 0

    async def follow(self, message_id: str, events: AsyncIterator[ChatEvent]) -> AsyncIterator[ChatEvent]:
        """Pass `events` on to one more reader."""
        if message_id not in self._readers:
            async for event in events:
                yield event
            return
        self._readers[message_id] += 1
        try:
            async for event in events:
                yield event
            self._readers.pop(message_id, None)  # read to its end
        finally:
            if message_id in self._readers:
                self._readers[message_id] -= 1
                self._background.spawn(self._await_return(message_id))

    async def _await_return(self, message_id: str) -> None:
        await asyncio.sleep(self.resume_within_s)
        if message_id in self._readers and self._readers[message_id] <= 0:
            del self._readers[message_id]
            await self._unread(message_id)
