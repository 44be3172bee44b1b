"""`/api/chat/sessions/`: conversations and what was said in them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api_service.dependencies import OwnSessionId, SessionServiceDep, ViewerDep
from api_service.schemas.chat import MAX_TITLE, Message, Session, SessionChange, StorableText
from api_service.schemas.page import DEFAULT_PAGE, Page, PageSize

router = APIRouter(prefix="/api/chat/sessions", tags=["chat"])

Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[PageSize, Query()]
Search = Annotated[
    StorableText | None,
    Query(
        max_length=MAX_TITLE,
        description="Text that the title, a question or an answer holds, in capital or small letters.",
        json_schema_extra={"pattern": r"\S"},
    ),
]


@router.get("/")
async def list_sessions(
    sessions: SessionServiceDep,
    viewer: ViewerDep,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
    search: Search = None,
) -> Page[Session]:
    """The caller's conversations, newest first; with `search` those in which this text was said."""
    return await sessions.sessions(viewer, cursor, limit, search)


@router.post("/", status_code=201)
async def create_session(sessions: SessionServiceDep, viewer: ViewerDep, response: Response) -> Session:
    """Begin an empty conversation."""
    made = await sessions.create(viewer)
    response.headers["Location"] = f"/api/chat/sessions/{made.session_id}"
    return made


@router.get("/{session_id}")
async def get_session(session_id: OwnSessionId, sessions: SessionServiceDep) -> Session:
    """One conversation."""
    return await sessions.session(session_id)


@router.patch("/{session_id}")
async def rename_session(
    session_id: OwnSessionId, change: SessionChange, sessions: SessionServiceDep
) -> Session:
    """Give a conversation a title; null goes back to its first question."""
    return await sessions.rename(session_id, change.title)


@router.delete("/{session_id}", status_code=204)
async def delete_session(session_id: OwnSessionId, sessions: SessionServiceDep) -> None:
    """Remove a conversation with everything said in it."""
    await sessions.delete(session_id)


@router.get("/{session_id}/messages")
async def list_messages(
    session_id: OwnSessionId, sessions: SessionServiceDep, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE
) -> Page[Message]:
    """What was said, in order."""
    return await sessions.messages(session_id, cursor, limit)
