"""A message's event stream in Redis, seen from the gateway: follow it, wait for its end, write its end.

The worker writes stages, tokens and its outcome; the gateway adds `done` once the answer is stored.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Literal

from api_service.chat.answering.job_numbers import is_saying
from api_service.chat.messages import is_final, load_message, message_view
from api_service.database.sessions import SessionFactory
from api_service.inference_client import InferenceClient, StreamReader
from api_service.models.chat import ChatMessage
from api_service.schemas.chat import ChatEvent
from api_service.timeouts import EVENTS_READ_S, REDIS_RETRY_S
from shared.errors import NotFound, QueueUnavailable, Unavailable
from shared.logs import get_logger
from shared.queue import CHECKING, RUNNING
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)


class MessageEvents:
    """Numbers what is shown by its place in the message's stream: any gateway resumes where another ended."""

    def __init__(self, sessions: SessionFactory, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._inference = inference

    async def follow(self, message_id: str, after: int) -> AsyncIterator[ChatEvent]:
        """Events after number `after`; the last one is `done` or `error`. Raises `NotFound`.

        A second `status` "running" means that the text begins again: another worker has taken over.
        """
        row = await load_message(self._sessions, message_id)
        reader = self._inference.reader(message_id)
        shown = ShownEvents()
        while True:
            has_ended = is_final(row)
            events = await _read(reader, 0.0 if has_ended else EVENTS_READ_S)
            for _, event in events:
                if event.kind is EventKind.DONE:
                    row = await load_message(self._sessions, message_id)
                    if shown.count + 1 > after:
                        yield _end_event(shown.count + 1, row)
                    return
                passing = shown.take(event)
                if passing is not None and passing.number > after:
                    yield passing
            if not events:
                if has_ended:
                    yield _end_event(max(shown.count, after) + 1, row)
                    return
                row = await load_message(self._sessions, message_id)

    async def is_running(self, message_id: str) -> bool:
        """Whether a worker has begun to generate; False while Redis is away."""
        with suppress(QueueUnavailable):
            events = await self._inference.reader(message_id).read()
            return any(event.kind is EventKind.STATUS and event.text == RUNNING for _, event in events)
        return False

    async def wait_for_end(self, message_id: str, wait_s: float) -> None:
        """Return when the stream says that the message has ended, after `wait_s` at the latest."""
        try:
            reader = self._inference.reader(message_id)
            end_at = time.monotonic() + wait_s
            while (left_s := end_at - time.monotonic()) > 0:
                if any(event.kind is EventKind.DONE for _, event in await reader.read(left_s)):
                    return
        except QueueUnavailable:
            await asyncio.sleep(wait_s)

    async def publish_end(self, message_id: str) -> None:
        """Wake every reader of a message that has ended; while Redis is away they poll the database."""
        with suppress(QueueUnavailable):
            await self._inference.publish(message_id, StreamEvent(EventKind.DONE, 0))

    async def publish_end_if_final(self, message_id: str) -> None:
        """Like `publish_end`, for a message whose state is unknown here.

        A premature `done` would make every gateway believe that the message has ended.
        """
        with suppress(NotFound, Unavailable):
            if is_final(await load_message(self._sessions, message_id)):
                await self.publish_end(message_id)

    async def publish_cancellation(self, message_id: str) -> None:
        """Cancel the worker's job of a message that was cancelled, and wake its readers."""
        with suppress(QueueUnavailable):
            await self._inference.cancel(message_id)
        await self.publish_end(message_id)

    async def stop_generation(self, message_id: str) -> None:
        """Cancel the words of an answer that is not final: the question is read, its result composed."""
        with suppress(NotFound, Unavailable):
            if not is_final(await load_message(self._sessions, message_id)):
                await self._inference.cancel_words(message_id)


async def _read(reader: StreamReader, wait_s: float) -> list[tuple[int, StreamEvent]]:
    try:
        return await reader.read(wait_s)
    except QueueUnavailable as error:
        log.warning("events_wait", reason=str(error))
        if wait_s:
            await asyncio.sleep(REDIS_RETRY_S)
        return []


class ShownEvents:
    """The events of a message as its followers see them: one question, however many jobs it takes.

    It is queued once, "running" from its first reading on (and again where its words begin again), and its
    words are checked.
    """

    def __init__(self) -> None:
        self.count = 0
        self._stages: set[str] = set()
        self._is_being_said = False

    def take(self, event: StreamEvent) -> ChatEvent | None:
        """The event as it is shown; None where it is not."""
        if event.kind is EventKind.TOKEN:
            return self._event("token", {"text": event.text})
        stage = event.text if event.kind is EventKind.STATUS else CHECKING
        is_first, begins_again = stage not in self._stages, False
        if is_saying(event.attempt):
            begins_again = stage == CHECKING or (stage == RUNNING and self._is_being_said)
            self._is_being_said = self._is_being_said or stage == RUNNING
        elif stage == CHECKING:
            return None
        self._stages.add(stage)
        return self._event("status", {"status": stage}) if is_first or begins_again else None

    def _event(self, kind: Literal["status", "token"], data: dict[str, str]) -> ChatEvent:
        self.count += 1
        return ChatEvent(number=self.count, kind=kind, data=data)


def _end_event(number: int, row: ChatMessage) -> ChatEvent:
    """The whole answer, or why there is none."""
    message = message_view(row)
    if message.answer is not None:
        return ChatEvent(number=number, kind="done", data=message.answer.model_dump(mode="json"))
    data = {"status": message.status, "message_id": row.message_id, "detail": message.error or ""}
    return ChatEvent(number=number, kind="error", data=data)
