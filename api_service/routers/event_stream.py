"""Server-sent events out of a message's events, with a sign of life while nothing happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api_service.timeouts import SSE_KEEPALIVE_EVERY_S
from shared.errors import AskWattError
from shared.logs import get_logger
from shared.tasks import cancel_and_wait

log = get_logger(__name__)

# Neither caches nor proxies may hold an event back.
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Event(Protocol):
    """What can be sent: a number for resuming, a kind, a JSON object or its text."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> dict[str, Any] | str: ...  # noqa: D102


def wants_events(request: Request) -> bool:
    """Whether the client names `text/event-stream` among what it accepts."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def event_stream(
    events: AsyncIterator[Event], heartbeat_s: float = SSE_KEEPALIVE_EVERY_S
) -> AsyncIterator[bytes]:
    """The events' wire form; a comment after each `heartbeat_s` of silence."""
    upcoming: asyncio.Task[Event] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait({upcoming}, timeout=heartbeat_s)
            if not done:
                yield KEEPALIVE_COMMENT
                continue
            event, upcoming = upcoming.result(), None
            yield format_sse_event(
                data_str=_text(event.data),
                event=event.kind,
                id=str(event.number),
            )
    except StopAsyncIteration:
        return
    except AskWattError as error:
        # The status line has left already; what went wrong can only be said as an event.
        log.warning("events_ended", reason=str(error))
        yield format_sse_event(data_str=json.dumps({"detail": str(error)}), event="error")
    finally:
        if upcoming is not None:
            await cancel_and_wait([upcoming])


def _text(data: dict[str, Any] | str) -> str:
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)
