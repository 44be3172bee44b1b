"""What conversations are called: as the user says, else by their first question."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.chat import ChatMessage, ChatSession, Role

LONGEST_TITLE = 120


async def titles_of(session: AsyncSession, session_ids: Sequence[str]) -> dict[str, str]:
    """The title of each conversation that has one: the given one, or its first question cut to a line."""
    firsts = (
        select(func.min(ChatMessage.id))
        .where(ChatMessage.session_id.in_(session_ids), ChatMessage.role == Role.USER.value)
        .group_by(ChatMessage.session_id)
    )
    rows = await session.execute(
        select(ChatMessage.session_id, ChatMessage.content).where(ChatMessage.id.in_(firsts))
    )
    asked = {session_id: _one_line(content) for session_id, content in rows}
    given = await session.execute(
        select(ChatSession.session_id, ChatSession.title).where(
            ChatSession.session_id.in_(session_ids), ChatSession.title.is_not(None)
        )
    )
    return {**asked, **{session_id: title for session_id, title in given if title}}


async def set_title(session: AsyncSession, session_id: str, title: str | None) -> bool:
    """Call a conversation `title`; None goes back to its first question. False where there is none."""
    result = await session.execute(
        update(ChatSession).where(ChatSession.session_id == session_id).values(title=title)
    )
    return cast(CursorResult[tuple[()]], result).rowcount == 1


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
