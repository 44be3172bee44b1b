"""What we read and write of OpenAI's chat protocol; unknown fields are let through, as its clients expect."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api_service.schemas.chat import MAX_MESSAGE, MAX_TURN, MAX_TURNS, ChatAnswer, ChatRequest, HistoryTurn

MODEL_ID = "askwatt"


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ContentPart(_Lenient):
    """One part of a message; only text parts are read."""

    type: str
    text: str = ""


class CompletionMessage(_Lenient):
    """One message; `content` is text or an array of parts."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """The words of all text parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class CompletionRequest(_Lenient):
    """`POST /v1/chat/completions`: the last user message is the question, what stands before is history."""

    messages: list[CompletionMessage] = Field(min_length=1)
    model: str = MODEL_ID
    stream: bool = False

    def question(self) -> ChatRequest:
        """The same as a question of ours; raises `ValueError` where it is none.

        Instructions to the model are left out: it answers from facts and takes no orders.
        """
        last = self.messages[-1]
        if last.role != "user":
            raise ValueError("the last message must be the user's")
        if len(last.text) > MAX_MESSAGE:
            raise ValueError(f"the last message is longer than {MAX_MESSAGE} characters")
        earlier = [turn for message in self.messages[:-1] if (turn := _turn(message)) is not None]
        return ChatRequest(user_message=last.text, conversation_history=earlier[-MAX_TURNS:])


def _turn(message: CompletionMessage) -> HistoryTurn | None:
    text = message.text.replace("\0", "")[:MAX_TURN]
    if message.role not in {"user", "assistant"} or not text.strip():
        return None
    return HistoryTurn(role="user" if message.role == "user" else "assistant", content=text)


def completion(answer: ChatAnswer, created: int, model: str) -> dict[str, Any]:
    """A whole `chat.completion`; our own answer rides along under `askwatt`."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": answer.response},
        "logprobs": None,
        "finish_reason": "stop",
    }
    head = _head(answer.message_id, "chat.completion", created, model)
    return {**head, "choices": [choice], "askwatt": answer.model_dump(mode="json")}


def completion_chunk(
    message_id: str, created: int, model: str, delta: dict[str, str], finish_reason: str | None = None
) -> dict[str, Any]:
    """One `chat.completion.chunk`."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**_head(message_id, "chat.completion.chunk", created, model), "choices": [choice]}


def error_body(message: str, kind: str, param: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": None}}


def _head(message_id: str, kind: str, created: int, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{message_id}", "object": kind, "created": created, "model": model}
