"""Sessions and messages: every statement about them; nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.clock import database_time
from api_service.models.chat import ChatMessage, ChatSession, MessageStatus, Role
from api_service.repositories.access.ownership import Viewer

# What every question writes goes to the tables themselves: the session's bookkeeping about objects costs more
# than the statements.
SESSIONS = cast(Table, ChatSession.__table__)
MESSAGES = cast(Table, ChatMessage.__table__)
UNFINISHED = (MessageStatus.QUEUED.value, MessageStatus.RUNNING.value)


@dataclass(frozen=True)
class FinalState:
    """How a message ends: its status, and the words and body of an answer (or the reason of a failure).

    `reading` is what was understood of the question.
    """

    status: MessageStatus
    content: str
    answer: dict[str, Any]
    reading: dict[str, Any] | None = None


async def add_session(
    session: AsyncSession, session_id: str, now: datetime, owner: str | None = None
) -> ChatSession:
    """A new conversation of `owner`; the row is detached."""
    values = {"session_id": session_id, "created_at": now, "last_active": now, "owner": owner}
    await session.execute(insert(SESSIONS), values)
    return ChatSession(**values)


async def find_session(session: AsyncSession, session_id: str) -> ChatSession | None:
    """The conversation, or None."""
    return await session.scalar(select(ChatSession).where(ChatSession.session_id == session_id))


async def list_sessions(
    session: AsyncSession, viewer: Viewer, before_id: int | None, limit: int, search: str | None = None
) -> Sequence[ChatSession]:
    """Up to `limit` conversations of `viewer`, newest first, made before the one with row id `before_id`.

    With `search` those whose title or messages hold this text, in capital or small letters.
    """
    statement = select(ChatSession).where(viewer.sees()).order_by(ChatSession.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(ChatSession.id < before_id)
    if search is not None:
        statement = statement.where(_holds(search))
    return (await session.scalars(statement)).all()


def _holds(text: str) -> ColumnElement[bool]:
    """The condition that a conversation's title or messages hold a text.

    A scalar subquery, not EXISTS: it is run for each conversation as they come by their index from the newest
    on, until a page is full, and reads that one's messages alone; EXISTS may be answered once for all by
    reading every message there is. A substring itself has no index.
    """
    said = select(ChatMessage.id).where(
        ChatMessage.session_id == ChatSession.session_id, ChatMessage.content.icontains(text, autoescape=True)
    )
    in_title = ChatSession.title.icontains(text, autoescape=True)
    return or_(in_title, said.limit(1).scalar_subquery().is_not(None))


async def delete_session(session: AsyncSession, session_id: str) -> bool:
    """Remove a conversation with everything said in it; False where there is none."""
    # The messages by name: SQLite files made before foreign keys were enforced may hold orphans.
    await session.execute(delete(ChatMessage).where(ChatMessage.session_id == session_id))
    result = await session.execute(delete(ChatSession).where(ChatSession.session_id == session_id))
    return _rows(result) == 1


async def touch_session(session: AsyncSession, session_id: str, viewer: Viewer, now: datetime) -> bool:
    """Note that something was said; False where `viewer` has no such conversation."""
    result = await session.execute(
        update(SESSIONS).where(SESSIONS.c.session_id == session_id, viewer.sees()).values(last_active=now)
    )
    return _rows(result) == 1


async def add_messages(session: AsyncSession, *rows: ChatMessage) -> None:
    """Store new messages, complete but for their ids, in this order; the rows stay detached."""
    columns = [column.name for column in MESSAGES.c if column is not MESSAGES.c.id]
    await session.execute(insert(MESSAGES), [{name: getattr(row, name) for name in columns} for row in rows])


async def find_message(session: AsyncSession, message_id: str) -> ChatMessage | None:
    """The message, or None."""
    return await session.scalar(select(ChatMessage).where(ChatMessage.message_id == message_id))


async def find_by_key(session: AsyncSession, idempotency_key: str) -> ChatMessage | None:
    """The answer's row that was made under this key, or None."""
    return await session.scalar(select(ChatMessage).where(ChatMessage.idempotency_key == idempotency_key))


async def list_messages(
    session: AsyncSession, session_id: str, after_id: int | None, limit: int
) -> Sequence[ChatMessage]:
    """Up to `limit` messages of a conversation in the order they were said, after row id `after_id`."""
    statement = select(ChatMessage).where(ChatMessage.session_id == session_id)
    if after_id is not None:
        statement = statement.where(ChatMessage.id > after_id)
    return (await session.scalars(statement.order_by(ChatMessage.id).limit(limit))).all()


async def last_messages(session: AsyncSession, session_id: str, limit: int) -> list[ChatMessage]:
    """The last `limit` finished messages of a conversation, oldest first."""
    statement = (
        select(ChatMessage)
        .where(ChatMessage.session_id == session_id, ChatMessage.status == MessageStatus.SUCCEEDED.value)
        .order_by(ChatMessage.id.desc())
        .limit(limit)
    )
    return list((await session.scalars(statement)).all())[::-1]


async def last_reading(session: AsyncSession, session_id: str) -> dict[str, Any] | None:
    """What was understood of a conversation's last answered question; None without one."""
    statement = (
        select(ChatMessage.reading)
        .where(
            ChatMessage.session_id == session_id,
            ChatMessage.role == Role.ASSISTANT.value,
            ChatMessage.status == MessageStatus.SUCCEEDED.value,
        )
        .order_by(ChatMessage.id.desc())
        .limit(1)
    )
    return await session.scalar(statement)


async def unfinished_of_session(session: AsyncSession, session_id: str) -> Sequence[str]:
    """The ids of a conversation's answers that are not final."""
    statement = select(ChatMessage.message_id).where(
        ChatMessage.session_id == session_id, ChatMessage.status.in_(UNFINISHED)
    )
    return (await session.scalars(statement)).all()


async def next_attempt(session: AsyncSession, message_id: str, attempt: int, holder: str) -> bool:
    """Go from attempt `attempt` to the next one; False when the message is final or the lease is not held."""
    result = await session.execute(
        update(MESSAGES)
        .where(
            MESSAGES.c.message_id == message_id,
            MESSAGES.c.attempt == attempt,
            MESSAGES.c.claimed_by == holder,
            MESSAGES.c.status.in_(UNFINISHED),
        )
        .values(attempt=attempt + 1)
    )
    return _rows(result) == 1


async def finish(session: AsyncSession, message_id: str, final: FinalState, holder: str | None) -> bool:
    """Write the end of a message, once, and release its lease.

    False when the message is final already, or when `holder` has lost the lease to another gateway. `holder`
    None ends it whoever holds the lease (a cancellation).
    """
    statement = update(MESSAGES).where(MESSAGES.c.message_id == message_id, MESSAGES.c.status.in_(UNFINISHED))
    if holder is not None:
        statement = statement.where(MESSAGES.c.claimed_by == holder)
    result = await session.execute(
        statement.values(
            status=final.status.value,
            content=final.content,
            answer=final.answer,
            reading=final.reading,
            finished_at=database_time(),
            claimed_by=None,
            lease_until=None,
        )
    )
    return _rows(result) == 1


def _rows(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
