"""A message's stream as clients follow it: stages, words, and the checked answer at the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from api_service.chat.message_view import message_view
from api_service.inference_client import InferenceClient, StreamReader
from api_service.models.chat import ChatMessage, MessageStatus
from api_service.schemas.chat import ChatEvent
from shared.errors import QueueUnavailable
from shared.logs import get_logger
from shared.queue import CHECKING
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)

READ_WAIT_S = 1.0
REDIS_AWAY_LOOK_S = 0.5


class MessageEvents:
    """Numbers events by their place in the message's stream: any gateway resumes where another ended."""

    def __init__(self, load: Callable[[str], Awaitable[ChatMessage]], inference: InferenceClient) -> None:
        self._load = load
        self._inference = inference

    async def follow(self, message_id: str, after: int) -> AsyncIterator[ChatEvent]:
        """Events after number `after`; the last one is `done` or `error`.

        A second `status` "running" means that the words begin anew: another worker has taken over.
        """
        row = await self._load(message_id)
        reader = self._inference.reader(message_id)
        while True:
            is_final = MessageStatus(row.status).is_final
            events = await _read(reader, 0.0 if is_final else READ_WAIT_S)
            for number, event in events:
                if event.kind is EventKind.DONE:
                    row = await self._load(message_id)
                    if number > after:
                        yield end_event(number, row)
                    return
                if number > after:
                    yield passing_event(number, event)
            if not events:
                if is_final:
                    yield end_event(max(reader.number, after) + 1, row)
                    return
                row = await self._load(message_id)


async def _read(reader: StreamReader, wait_s: float) -> list[tuple[int, StreamEvent]]:
    try:
        return await reader.read(wait_s)
    except QueueUnavailable as error:
        log.warning("events_wait", reason=str(error))
        if wait_s:
            await asyncio.sleep(REDIS_AWAY_LOOK_S)
        return []


def passing_event(number: int, event: StreamEvent) -> ChatEvent:
    """A stage or some words; what the worker ended with is only checked now and stays inside."""
    if event.kind is EventKind.TOKEN:
        return ChatEvent(number=number, kind="token", data={"text": event.text})
    stage = event.text if event.kind is EventKind.STATUS else CHECKING
    return ChatEvent(number=number, kind="status", data={"status": stage})


def end_event(number: int, row: ChatMessage) -> ChatEvent:
    """The whole answer, or why there is none."""
    message = message_view(row)
    if message.answer is not None:
        return ChatEvent(number=number, kind="done", data=message.answer.model_dump(mode="json"))
    data = {"status": message.status, "message_id": row.message_id, "detail": message.error or ""}
    return ChatEvent(number=number, kind="error", data=data)
