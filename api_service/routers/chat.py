"""`/api/chat/`: ask, wait, follow, cancel."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse

from api_service.dependencies import ChatServiceDep, OwnMessageId, viewer_of
from api_service.routers.event_stream import STREAM_HEADERS, event_stream, wants_events
from api_service.schemas.chat import ChatAccepted, ChatAnswer, ChatEvent, ChatRequest, Message

router = APIRouter(prefix="/api/chat", tags=["chat"])

MAX_WAIT_S = 60.0
Wait = Annotated[float, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for the end.")]
Explain = Annotated[bool, Query(description="Tell how the question was understood.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Repeats get the first answer.",
        json_schema_extra={"pattern": "^[!-~]([ -~]{0,198}[!-~])?$"},
    ),
]
Prefer = Annotated[str, Header(description="`respond-async`: do not wait.")]
LastEventId = Annotated[int, Header(alias="Last-Event-ID", ge=0, description="Resume after this event.")]


@router.post(
    "/",
    response_model=ChatAnswer,
    responses={202: {"model": ChatAccepted, "description": "On its way; ask for it at `Location`."}},
)
async def ask(
    question: ChatRequest, request: Request, chat: ChatServiceDep, key: Key = None, prefer: Prefer = ""
) -> Response:
    """Ask a question: JSON when it is answered, or its events as they come (`Accept: text/event-stream`)."""
    viewer = viewer_of(request)
    if wants_events(request):
        message_id = await chat.stream(question, viewer, key)
        headers = {**STREAM_HEADERS, "Location": _location(message_id)}
        return EventSourceResponse(event_stream(chat.events(message_id)), headers=headers)
    if "respond-async" in prefer.lower():
        return _accepted(await chat.message(await chat.accept(question, viewer, key)))
    answer = await chat.ask(question, viewer, key)
    return _accepted(answer) if isinstance(answer, Message) else JSONResponse(answer.model_dump(mode="json"))


@router.get("/messages/{message_id}")
async def message(
    message_id: OwnMessageId, chat: ChatServiceDep, wait: Wait = 0.0, explain: Explain = False
) -> Message:
    """Where a message stands; with `wait`, answered as soon as it is final."""
    return await chat.message(message_id, wait, explain=explain)


@router.get(
    "/messages/{message_id}/events",
    responses={200: {"content": {"text/event-stream": {}}}, 204: {"description": "Nothing is left."}},
)
async def events(message_id: OwnMessageId, chat: ChatServiceDep, last_event_id: LastEventId = 0) -> Response:
    """The message's events; after the last one, 204, so that an `EventSource` does not come back."""
    found = await chat.message(message_id)
    events = chat.events(message_id, last_event_id)
    if found.finished_at is None:
        return EventSourceResponse(event_stream(events), headers=STREAM_HEADERS)
    left = [event async for event in events]
    if not left:
        return Response(status_code=204)
    return EventSourceResponse(event_stream(_again(left)), headers=STREAM_HEADERS)


@router.delete("/messages/{message_id}")
async def cancel(message_id: OwnMessageId, chat: ChatServiceDep) -> Message:
    """Cancel a question; an answer that is final already stays."""
    return await chat.cancel(message_id)


def _location(message_id: str) -> str:
    return f"/api/chat/messages/{message_id}"


def _accepted(pending: Message) -> Response:
    location = _location(pending.message_id)
    body = ChatAccepted(
        message_id=pending.message_id, session_id=pending.session_id, status=pending.status, location=location
    )
    return JSONResponse(body.model_dump(mode="json"), 202, headers={"Location": location})


async def _again(events: Iterable[ChatEvent]) -> AsyncIterator[ChatEvent]:
    for event in events:
        yield event
