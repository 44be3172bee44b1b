"""A question becomes rows: its session, its history, its "now", and once only under an idempotency key."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.types import Turn
from api_service.repositories.aggregates import current_moment
from api_service.repositories.chat_repository import (
    add_messages,
    add_session,
    find_by_key,
    find_session,
    last_said,
    touch_session,
)
from api_service.services.asked import Asked, asked_from, request_record
from shared.db import SessionFactory, snapshot, transaction
from shared.errors import InputError, InvalidInput, NotFound
from shared.models.chat import ChatMessage, MessageStatus, Role
from shared.schemas.chat import ChatRequest
from shared.settings import Settings

MAX_KEY = 200


@dataclass(frozen=True)
class Repeat:
    """The request was made before under its idempotency key: this is the message it made."""

    message_id: str
    session_id: str


@dataclass(frozen=True)
class Prepared:
    """What was read before anything is written."""

    request: ChatRequest
    history: tuple[Turn, ...]
    now: datetime
    key: str | None


class Intake:
    """Reads what a question refers to, then commits it as `queued`."""

    def __init__(self, sessions: SessionFactory, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def prepare(self, request: ChatRequest, key: str | None) -> Prepared | Repeat:
        """Look up key, session, history and "now"; writes nothing.

        Raises `NotFound` for an unknown session, `InvalidInput` for a key that was used for another body.
        """
        _check_key(key)
        async with snapshot(self._sessions) as session:
            if key is not None and (earlier := await find_by_key(session, key)) is not None:
                return _repeat(earlier, request)
            if request.session_id and await find_session(session, str(request.session_id)) is None:
                raise NotFound(_no_session(request))
            return Prepared(request, await self._history(session, request), await self._now(session), key)

    async def commit(self, prepared: Prepared) -> Asked | Repeat:
        """Store question and unanswered answer in one transaction; the answer's row as `queued`."""
        try:
            async with transaction(self._sessions) as session:
                row = await self._add(session, prepared)
        except IntegrityError as error:
            return await self._lost_race(prepared, error)
        return asked_from(row, self._settings.timezone, is_new=True)

    async def _add(self, session: AsyncSession, prepared: Prepared) -> ChatMessage:
        request, now = prepared.request, datetime.now(UTC)
        if request.session_id is None:
            session_id = str(uuid4())
            await add_session(session, session_id, now)
        else:
            session_id = str(request.session_id)
            await touch_session(session, session_id, now)
        question = ChatMessage(
            message_id=str(uuid4()),
            session_id=session_id,
            role=Role.USER.value,
            content=request.user_message,
            timestamp=now,
            status=MessageStatus.SUCCEEDED.value,
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
            request=request_record(request.user_message, prepared.history, prepared.now),
            enqueued_at=now,
            idempotency_key=prepared.key,
            idempotency_digest=_digest(request) if prepared.key else None,
        )
        await add_messages(session, question, answer)
        return answer

    async def _lost_race(self, prepared: Prepared, error: IntegrityError) -> Repeat:
        """Between reading and writing somebody used the same key, or deleted the session."""
        again = await self.prepare(prepared.request, prepared.key)
        if isinstance(again, Repeat):
            return again
        raise error

    async def _history(self, session: AsyncSession, request: ChatRequest) -> tuple[Turn, ...]:
        limit = self._settings.max_conversation_history
        if limit == 0:
            return ()
        if request.conversation_history is not None:
            given = request.conversation_history[-limit:]
            return tuple(Turn(turn.role, turn.content) for turn in given)
        if request.session_id is None:
            return ()
        said = await last_said(session, str(request.session_id), limit)
        return tuple(Turn(row.role, row.content) for row in said)

    async def _now(self, session: AsyncSession) -> datetime:
        return await current_moment(session, self._settings.clock)


def _check_key(key: str | None) -> None:
    if key is None:
        return
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        reason = f"1 to {MAX_KEY} printable characters"
        raise InvalidInput(f"Idempotency-Key: {reason}.", [InputError("Idempotency-Key", reason)])


def _repeat(earlier: ChatMessage, request: ChatRequest) -> Repeat:
    if earlier.idempotency_digest != _digest(request):
        reason = "was used for another question already; use a new key for a new question"
        raise InvalidInput(f"Idempotency-Key: {reason}.", [InputError("Idempotency-Key", reason)])
    return Repeat(earlier.message_id, earlier.session_id)


def _digest(request: ChatRequest) -> str:
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


def _no_session(request: ChatRequest) -> str:
    return f"There is no session {request.session_id}; leave session_id out to begin a new one."
