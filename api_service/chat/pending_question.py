"""A persisted question: what any gateway needs to answer it, now or after a takeover."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api_service.assistant.types import Moment, Turn
from api_service.assistant.understanding.focus.focus import NOTHING, Focus, focus_from_json
from api_service.assistant.understanding.reading.choices import Choice, choice_from_json
from api_service.assistant.understanding.reading.previous_query import PreviousQuery, previous_from_json
from api_service.models.chat import ChatMessage


@dataclass(frozen=True)
class PendingQuestion:
    """A committed question on which this gateway holds the lease.

    `age_s` is the database's measure of the seconds from its acceptance to the lease, `claimed_at` this
    process's monotonic clock at the lease. `is_new`: accepted here just now, so no job of it is enqueued yet.
    `previous` is the last query of the conversation, as it was understood then, `focus` is what its answer
    found, and `choices` are what it asked back; `history` is what the client itself holds of the conversation
    instead.
    """

    message_id: str
    session_id: str
    text: str
    history: tuple[Turn, ...]
    moment: Moment
    attempt: int
    age_s: float
    claimed_at: float
    is_new: bool = False
    previous: PreviousQuery | None = None
    choices: tuple[Choice, ...] = ()
    focus: Focus = NOTHING

    def deadline(self, within_s: float) -> float:
        """`time.monotonic()` at which `within_s` seconds have passed since the question was accepted."""
        return self.claimed_at + within_s - self.age_s


def request_record(
    text: str, history: Sequence[Turn], now: datetime, reading: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the answer's row keeps of its question.

    `now` is the "now" that it speaks of, `reading` the record of the conversation's last answer.
    """
    turns = [{"role": turn.role, "content": turn.content} for turn in history]
    before = {key: reading.get(key) for key in ("context", "choices", "focus")} if reading else {}
    return {"text": text, "history": turns, "now": now.isoformat(), **before}


def pending_question(
    row: ChatMessage, claimed_at: datetime, timezone: ZoneInfo, *, is_new: bool = False
) -> PendingQuestion:
    """Read a row that `request_record` was kept in; `claimed_at` is the database's time of the lease.

    Raises `ValueError`, `TypeError` or `KeyError` for a row whose record is damaged.
    """
    stored = row.request or {}
    return PendingQuestion(
        message_id=row.message_id,
        session_id=row.session_id,
        text=stored["text"],
        history=tuple(Turn(turn["role"], turn["content"]) for turn in stored["history"]),
        moment=Moment(datetime.fromisoformat(stored["now"]), timezone),
        attempt=row.attempt,
        age_s=max(0.0, (claimed_at - row.timestamp).total_seconds()),
        claimed_at=time.monotonic(),
        is_new=is_new,
        previous=previous_from_json(stored["context"]) if stored.get("context") else None,
        choices=tuple(choice_from_json(choice) for choice in stored.get("choices") or ()),
        focus=focus_from_json(stored.get("focus")),
    )
