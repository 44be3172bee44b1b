"""Messages as stored and as shown: load one, end one, give it its public form."""

from api_service.counters import QUESTIONS_ENDED
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.chat import ChatMessage, ChatSession, MessageStatus, Role
from api_service.repositories.chat_repository import FinalState, find_message, finish
from api_service.schemas.chat import ChatAnswer, Message, Session
from shared.errors import NotFound


async def load_message(sessions: SessionFactory, message_id: str) -> ChatMessage:
    """The stored message; raises `NotFound`."""
    async with snapshot(sessions) as session:
        row = await find_message(session, message_id)
    if row is None:
        raise NotFound(f"There is no message {message_id}.")
    return row


async def end_message(
    sessions: SessionFactory, message_id: str, status: MessageStatus, reason: str, holder: str | None = None
) -> bool:
    """End a message without an answer; False where it is final, or `holder` has lost its lease."""
    async with transaction(sessions) as session:
        is_ended = await finish(session, message_id, FinalState(status, "", {"reason": reason}), holder)
    if is_ended:
        QUESTIONS_ENDED.labels(status.value).inc()
    return is_ended


def is_final(row: ChatMessage) -> bool:
    """Whether nothing will change the message any more; a user's message is final from the beginning."""
    return row.role == Role.USER.value or MessageStatus(row.status).is_final


def message_view(row: ChatMessage, *, is_running: bool = False, explain: bool = False) -> Message:
    """A row as a `Message`; `is_running` where a worker is known to work on it."""
    status = MessageStatus.RUNNING if is_running else MessageStatus(row.status)
    stored = row.answer or {}
    return Message(
        message_id=row.message_id,
        session_id=row.session_id,
        role="user" if row.role == "user" else "assistant",
        content=row.content,
        status=status.value,
        timestamp=row.timestamp,
        reply_to=row.reply_to,
        finished_at=row.finished_at,
        answer=ChatAnswer.model_validate(stored) if "response" in stored else None,
        error=stored.get("reason"),
        explanation=(row.reading or {}).get("explanation") if explain else None,
    )


def session_view(row: ChatSession, title: str | None = None) -> Session:
    """A row as a `Session`."""
    return Session(
        session_id=row.session_id, title=title, created_at=row.created_at, last_active=row.last_active
    )
