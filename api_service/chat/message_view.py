"""A stored message as clients see it; pure."""

from api_service.models.chat import ChatMessage, ChatSession, MessageStatus
from api_service.schemas.chat import ChatAnswer, Message, Session


def message_view(row: ChatMessage, *, is_running: bool = False) -> Message:
    """A row as a `Message`; `is_running` where a worker is known to be at it."""
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
    )


def session_view(row: ChatSession) -> Session:
    """A row as a `Session`."""
    return Session(session_id=row.session_id, created_at=row.created_at, last_active=row.last_active)
