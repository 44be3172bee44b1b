"""A question as it was stored: everything that answering it needs, in this process or in the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api_service.assistant.types import Moment, Turn
from api_service.models.chat import ChatMessage


@dataclass(frozen=True)
class PendingQuestion:
    """A committed question. `is_new`: made by this process just now, its job cannot be in the queue yet."""

    message_id: str
    session_id: str
    text: str
    history: tuple[Turn, ...]
    moment: Moment
    accepted_at: datetime
    attempt: int
    is_new: bool = False


def request_record(text: str, history: Sequence[Turn], now: datetime) -> dict[str, Any]:
    """What the answer's row keeps of its question; `now` is the "now" that it speaks of."""
    turns = [{"role": turn.role, "content": turn.content} for turn in history]
    return {"text": text, "history": turns, "now": now.isoformat()}


def pending_question(row: ChatMessage, timezone: ZoneInfo, *, is_new: bool = False) -> PendingQuestion:
    """Read a row that `request_record` was kept in; raises `ValueError` or `KeyError` for another one."""
    stored = row.request or {}
    return PendingQuestion(
        message_id=row.message_id,
        session_id=row.session_id,
        text=stored["text"],
        history=tuple(Turn(turn["role"], turn["content"]) for turn in stored["history"]),
        moment=Moment(datetime.fromisoformat(stored["now"]), timezone),
        accepted_at=row.timestamp,
        attempt=row.attempt,
        is_new=is_new,
    )
