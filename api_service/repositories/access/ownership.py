"""To whom conversations belong: the condition that every statement on behalf of somebody carries."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.chat import ChatMessage, ChatSession


@dataclass(frozen=True)
class Viewer:
    """On whose behalf conversations are read and continued; `owner` None where no keys are asked for.

    With `sees_unowned` (administrators) also those that belong to nobody: held before keys were asked for.
    """

    owner: str | None = None
    sees_unowned: bool = False

    def sees(self) -> ColumnElement[bool]:
        """The condition on `ChatSession`."""
        unowned = ChatSession.owner.is_(None)
        if self.owner is None:
            return unowned
        own = ChatSession.owner == self.owner
        return or_(own, unowned) if self.sees_unowned else own


async def may_see_session(session: AsyncSession, session_id: str, viewer: Viewer) -> bool:
    """Whether there is such a conversation for `viewer`."""
    found = await session.scalar(
        select(ChatSession.id).where(ChatSession.session_id == session_id, viewer.sees())
    )
    return found is not None


async def may_see_message(session: AsyncSession, message_id: str, viewer: Viewer) -> bool:
    """Whether there is such a message for `viewer`."""
    found = await session.scalar(
        select(ChatMessage.id)
        .join(ChatSession, ChatSession.session_id == ChatMessage.session_id)
        .where(ChatMessage.message_id == message_id, viewer.sees())
    )
    return found is not None
