"""Accepting a question: session, history and "now" are fixed, and the rows committed, once per key."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.types import Turn
from api_service.chat.pending_question import PendingQuestion, pending_question, request_record
from api_service.database.clock import read_clock
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.chat import ChatMessage, MessageStatus, Role
from api_service.repositories.access.ownership import Viewer
from api_service.repositories.aggregates import current_moment
from api_service.repositories.chat_repository import (
    add_messages,
    add_session,
    find_by_key,
    last_messages,
    last_reading,
    touch_session,
)
from api_service.schemas.chat import ChatRequest
from api_service.timeouts import LEASE_S
from shared.errors import InputError, InvalidInput, NotFound
from shared.settings import Settings

MAX_KEY = 200


@dataclass(frozen=True)
class Repeat:
    """The request was made before under its idempotency key: this is the message it made."""

    message_id: str
    session_id: str


class QuestionAcceptor:
    """Reads what a question refers to, and commits it as `queued`, its lease with this gateway (`holder`)."""

    def __init__(self, sessions: SessionFactory, settings: Settings, holder: str) -> None:
        self._sessions = sessions
        self._settings = settings
        self._holder = holder

    async def repeat(self, request: ChatRequest, key: str | None) -> Repeat | None:
        """The message that the same request made under `key` before; None where there is none.

        Raises `InvalidInput` for a key that was used for another body.
        """
        if key is None:
            return None
        async with snapshot(self._sessions) as session:
            earlier = await find_by_key(session, key)
        return _repeat(earlier, request) if earlier else None

    async def commit(self, request: ChatRequest, viewer: Viewer, key: str | None) -> PendingQuestion | Repeat:
        """Store question and unanswered answer in one transaction; the answer's row as `queued`.

        Raises `NotFound` for an unknown session; nothing is stored then.
        """
        try:
            async with transaction(self._sessions) as session:
                row = await self._add(session, request, viewer, key)
        except IntegrityError as error:
            # Between looking and writing another request used the same key, or deleted the session.
            if (earlier := await self.repeat(request, key)) is not None:
                return earlier
            raise NotFound(_no_session(request)) from error
        return pending_question(row, row.timestamp, self._settings.timezone, is_new=True)

    async def _add(
        self, session: AsyncSession, request: ChatRequest, viewer: Viewer, key: str | None
    ) -> ChatMessage:
        now = await read_clock(session)
        if request.session_id is None:
            session_id = str(uuid4())
            await add_session(session, session_id, now, viewer.owner)
        else:
            session_id = str(request.session_id)
            if not await touch_session(session, session_id, viewer, now):
                raise NotFound(_no_session(request))
        history = await self._history(session, request)
        reading = await self._last_reading(session, request)
        moment = await current_moment(session, self._settings.clock)
        question = ChatMessage(
            message_id=str(uuid4()),
            session_id=session_id,
            role=Role.USER.value,
            content=request.user_message,
            timestamp=now,
            status=MessageStatus.SUCCEEDED.value,
            attempt=0,
            finished_at=now,
        )
        answer = ChatMessage(
            message_id=str(uuid4()),
            session_id=session_id,
            role=Role.ASSISTANT.value,
            content="",
            timestamp=now,
            reply_to=question.message_id,
            status=MessageStatus.QUEUED.value,
            attempt=1,
            request=request_record(request.user_message, history, moment, reading),
            claimed_by=self._holder,
            lease_until=now + timedelta(seconds=LEASE_S),
            idempotency_key=key,
            idempotency_digest=_digest(request) if key else None,
        )
        await add_messages(session, question, answer)
        return answer

    async def _history(self, session: AsyncSession, request: ChatRequest) -> tuple[Turn, ...]:
        limit = self._settings.max_conversation_history
        if limit == 0:
            return ()
        if request.conversation_history is not None:
            given = request.conversation_history[-limit:]
            return tuple(Turn(turn.role, turn.content) for turn in given)
        if request.session_id is None:
            return ()
        said = await last_messages(session, str(request.session_id), limit)
        return tuple(Turn(row.role, row.content) for row in said)

    async def _last_reading(self, session: AsyncSession, request: ChatRequest) -> dict[str, Any] | None:
        """What was understood last in the stored conversation, where that serves."""
        is_stored = request.session_id is not None and request.conversation_history is None
        if not is_stored or self._settings.max_conversation_history == 0:
            return None
        return await last_reading(session, str(request.session_id))


def own_idempotency_key(viewer: Viewer, key: str) -> str:
    """The key as it is stored: two owners may use the same one. Raises `InvalidInput` for a bad key."""
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        reason = f"1 to {MAX_KEY} printable characters"
        raise InvalidInput(f"Idempotency-Key: {reason}.", [InputError("Idempotency-Key", reason)])
    if viewer.owner is None:
        return key
    return hashlib.sha256(f"{viewer.owner}\n{key}".encode()).hexdigest()


def _repeat(earlier: ChatMessage, request: ChatRequest) -> Repeat:
    if earlier.idempotency_digest != _digest(request):
        reason = "was used for another question already; use a new key for a new question"
        raise InvalidInput(f"Idempotency-Key: {reason}.", [InputError("Idempotency-Key", reason)])
    return Repeat(earlier.message_id, earlier.session_id)


def _digest(request: ChatRequest) -> str:
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


def _no_session(request: ChatRequest) -> str:
    return f"There is no session {request.session_id}; leave session_id out to begin a new one."
