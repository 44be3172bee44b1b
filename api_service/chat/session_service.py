"""Conversations: create, list, read, delete."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from api_service.chat.messages import message_view, session_view
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import ChatMessage, ChatSession
from api_service.repositories import chat_repository as chats
from api_service.repositories.access.ownership import Viewer, may_see_message, may_see_session
from api_service.repositories.session_titles import set_title, titles_of
from api_service.schemas.chat import Message, Session
from api_service.schemas.page import Page, decode_cursor, encode_cursor
from shared.errors import NotFound, QueueUnavailable

Row = TypeVar("Row", ChatSession, ChatMessage)


class SessionService:
    """The conversations that `ChatService` writes. Ids are checked by `check_…` before the other methods."""

    def __init__(self, sessions: SessionFactory, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._inference = inference

    async def check_session(self, session_id: str, viewer: Viewer) -> None:
        """Raise `NotFound` where `viewer` has no such conversation, whoever else may."""
        async with snapshot(self._sessions) as session:
            if not await may_see_session(session, session_id, viewer):
                raise NotFound(_absent(session_id))

    async def check_message(self, message_id: str, viewer: Viewer) -> None:
        """Raise `NotFound` where `viewer` has no such message, whoever else may."""
        async with snapshot(self._sessions) as session:
            if not await may_see_message(session, message_id, viewer):
                raise NotFound(f"There is no message {message_id}.")

    async def create(self, viewer: Viewer) -> Session:
        """An empty conversation."""
        async with transaction(self._sessions) as session:
            row = await chats.add_session(session, str(uuid4()), datetime.now(UTC), viewer.owner)
        return session_view(row)

    async def sessions(
        self, viewer: Viewer, cursor: str | None, limit: int, search: str | None = None
    ) -> Page[Session]:
        """Conversations, newest first, all or those that hold a text.

        Raises `InvalidInput` for a foreign cursor.
        """
        before_id = decode_cursor(cursor)
        async with snapshot(self._sessions) as session:
            rows = await chats.list_sessions(session, viewer, before_id, limit + 1, search)
            titles = await titles_of(session, [row.session_id for row in rows[:limit]])
        return Page(
            items=[session_view(row, titles.get(row.session_id)) for row in rows[:limit]],
            next_cursor=_next(rows, limit),
            limit=limit,
        )

    async def session(self, session_id: str) -> Session:
        """One conversation; raises `NotFound`."""
        async with snapshot(self._sessions) as session:
            row = _found(await chats.find_session(session, session_id), session_id)
            titles = await titles_of(session, [session_id])
        return session_view(row, titles.get(session_id))

    async def rename(self, session_id: str, title: str | None) -> Session:
        """Call a conversation `title`; None goes back to its first question. Raises `NotFound`."""
        async with transaction(self._sessions) as session:
            if not await set_title(session, session_id, title):
                raise NotFound(_absent(session_id))
        return await self.session(session_id)

    async def messages(self, session_id: str, cursor: str | None, limit: int) -> Page[Message]:
        """The messages of a conversation, in order; raises `NotFound`, `InvalidInput`."""
        after_id = decode_cursor(cursor)
        async with snapshot(self._sessions) as session:
            _found(await chats.find_session(session, session_id), session_id)
            rows = await chats.list_messages(session, session_id, after_id, limit + 1)
        return Page(
            items=[message_view(row) for row in rows[:limit]], next_cursor=_next(rows, limit), limit=limit
        )

    async def delete(self, session_id: str) -> None:
        """Delete a conversation and its messages; answers that are still generated are cancelled."""
        async with transaction(self._sessions) as session:
            unfinished = await chats.unfinished_of_session(session, session_id)
            if not await chats.delete_session(session, session_id):
                raise NotFound(_absent(session_id))
        for message_id in unfinished:
            with suppress(QueueUnavailable):
                await self._inference.cancel(message_id)


def _found(row: ChatSession | None, session_id: str) -> ChatSession:
    if row is None:
        raise NotFound(_absent(session_id))
    return row


def _absent(session_id: str) -> str:
    return f"There is no session {session_id}."


def _next(rows: Sequence[Row], limit: int) -> str | None:
    return encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
