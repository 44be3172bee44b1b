"""What conversations are called: by their first question."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.chat import ChatMessage, Role

LONGEST_TITLE = 120


async def titles_of(session: AsyncSession, session_ids: Sequence[str]) -> dict[str, str]:
    """The title of each conversation that has one: its first question, cut to a line's length."""
    firsts = (
        select(func.min(ChatMessage.id))
        .where(ChatMessage.session_id.in_(session_ids), ChatMessage.role == Role.USER.value)
        .group_by(ChatMessage.session_id)
    )
    rows = await session.execute(
        select(ChatMessage.session_id, ChatMessage.content).where(ChatMessage.id.in_(firsts))
    )
    return {session_id: _one_line(content) for session_id, content in rows}


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
