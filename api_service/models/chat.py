"""Sessions and messages. An answer is a row from the moment its question is accepted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime


class Role(StrEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """Where an answer stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once nothing will change it any more."""
        return self in {MessageStatus.SUCCEEDED, MessageStatus.FAILED, MessageStatus.CANCELLED}


class ChatSession(Base):
    """One conversation. `title` is what the user calls it; without one its first question serves.

    `owner` is that of the key it was begun with; None where no key was asked for.
    """

    __tablename__ = "chat_sessions"
    __table_args__ = (Index("ix_chat_sessions_owner_id", "owner", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_active: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str | None] = mapped_column(String(200))
    owner: Mapped[str | None] = mapped_column(String(100))


class ChatMessage(Base):
    """One thing said. The assistant's row is made together with the question, as `queued`.

    `message_id` of the assistant's row is the job's id and the id that clients poll. `request` holds what a
    re-run needs (given history, moment asked); `answer` holds the whole checked answer body, or the reason of
    a failure. `attempt` counts how often the question was enqueued; outcomes of earlier attempts are ignored.
    `reading` is what was understood: the query in its linear form, its entities as they were understood then,
    and how sure it is; follow-ups go on from it.
    `claimed_by` is the gateway that works on the answer, `lease_until` the database's time at which another
    one may take over; only the holder of the lease may store an answer.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        Index("ix_chat_messages_session_id_id", "session_id", "id"),
        Index("ix_chat_messages_status", "status"),
        Index("uq_chat_messages_idempotency_key", "idempotency_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(String(36), unique=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("chat_sessions.session_id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)
    reply_to: Mapped[str | None] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=0)
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    idempotency_digest: Mapped[str | None] = mapped_column(String(64))
