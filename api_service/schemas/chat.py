"""Chat over HTTP: what is asked, what is answered, and how a message is told of."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_MESSAGE = 2000
MAX_TURN = 8000
MAX_TURNS = 200
MAX_TITLE = 200


def _sayable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must be valid Unicode text")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


StorableText = Annotated[str, AfterValidator(_sayable)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class HistoryTurn(BaseModel):
    """One earlier thing said, as a client keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["user", "assistant"]
    content: Annotated[StorableText, Field(max_length=MAX_TURN)]


class ChatRequest(BaseModel):
    """A question. Without `session_id` a session is made; without a history the session's own serves."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"user_message": "Which device used the most energy yesterday?"}]},
    )

    user_message: Annotated[StorableText, Field(min_length=1, max_length=MAX_MESSAGE)]
    conversation_history: Annotated[list[HistoryTurn] | None, Field(max_length=MAX_TURNS)] = None
    session_id: UUID | None = None


class AnswerWindow(_Frozen):
    """The half-open span that an answer speaks of, in the site's time zone."""

    start: datetime
    end: datetime
    timezone: str
    label: str


class Evidence(_Frozen):
    """One computed value behind an answer; `device` null is the whole site, `at` the moment of an extreme."""

    device: str | None
    cluster: int | None
    quantity: str
    statistic: str
    value: float | str
    unit: str
    start: datetime
    end: datetime
    at: datetime | None = None
    samples: int
    coverage: float


class Timings(_Frozen):
    """Seconds: waiting for the model, in the model, and from question to answer."""

    queue_s: float
    model_s: float
    total_s: float


class ChatAnswer(_Frozen):
    """The whole checked answer. `window` is null where "now" is meant, or nothing could be answered.

    `choices` are whole questions, where the answer asks back which one is meant.
    """

    response: str
    devices: list[str]
    confidence: float
    session_id: str
    message_id: str
    answered_by: Literal["model", "facts"]
    window: AnswerWindow | None
    evidence: list[Evidence]
    choices: list[str] = []
    timings: Timings


class ChatAccepted(_Frozen):
    """A question that is on its way: ask for it at `location`."""

    message_id: str
    session_id: str
    status: str
    location: str


class Message(_Frozen):
    """One thing said, and for an answer where it stands; `error` says why a failed one failed.

    `explanation` is there on demand (`?explain=true`): the masked words, the query that they were read as,
    what it leaves over, how sure the reading was, and the factors of the confidence.
    """

    message_id: str
    session_id: str
    role: Literal["user", "assistant"]
    content: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    timestamp: datetime
    reply_to: str | None = None
    finished_at: datetime | None = None
    answer: ChatAnswer | None = None
    error: str | None = None
    explanation: dict[str, Any] | None = None


class Session(_Frozen):
    """One conversation. `title` is what the user calls it, else its first question; null before that."""

    session_id: str
    title: str | None
    created_at: datetime
    last_active: datetime


class SessionChange(BaseModel):
    """What a user may set of a conversation; null goes back to its first question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[StorableText, Field(max_length=MAX_TITLE, json_schema_extra={"pattern": r"\S"})] | None


class ChatEvent(_Frozen):
    """One event of a message's stream, numbered from 1: `status`, `token`, `done` or `error`."""

    number: int
    kind: Literal["status", "token", "done", "error"]
    data: dict[str, Any]
