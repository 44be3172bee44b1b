"""What we read and write of OpenAI's chat protocol; unknown fields are let through, as its clients expect."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api_service.schemas.chat import MAX_MESSAGE, MAX_TURN, MAX_TURNS, ChatAnswer, ChatRequest, HistoryTurn

MODEL_ID = "askwatt"
# Open WebUI wraps a question together with what it found in documents; the question itself stands in here.
_WRAPPED_QUESTION = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)
# The gateway carries no tokenizer: usage counts words and punctuation marks.
_COUNTED = re.compile(r"\w+|[^\w\s]")


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


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


class StreamOptions(_Lenient):
    """What a stream carries besides its words."""

    include_usage: bool = False


class CompletionRequest(_Lenient):
    """`POST /v1/chat/completions`: the last user message is the question, what stands before is history.

    An answer is computed from the data and checked against it, so what steers sampling (`temperature`,
    `top_p`, `seed`, penalties, `stop`, `max_tokens`) is accepted and changes nothing. What would change the
    form of an answer and is not offered (tools, JSON output, several choices, log-probabilities, other parts
    than text) is refused with `unsupported_parameter`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL_ID,
                    "messages": [{"role": "user", "content": "Which device used the most energy yesterday?"}],
                }
            ]
        }
    )

    messages: Annotated[list[CompletionMessage], Field(min_length=1)]
    model: str = MODEL_ID
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None

    @property
    def unsupported(self) -> str | None:
        """The first parameter that asks for what is not offered, or None."""
        checks = {
            "n": (self.n or 1) > 1,
            "tools": bool(self.tools),
            "tool_choice": self.tool_choice not in (None, "none", "auto"),
            "functions": bool(self.functions),
            "response_format": (self.response_format or {}).get("type", "text") != "text",
            "logprobs": bool(self.logprobs),
            "modalities": set(self.modalities or ["text"]) != {"text"},
            "messages": any(part.type != "text" for part in self._parts()),
        }
        return next((name for name, is_asked in checks.items() if is_asked), None)

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def last_text(self) -> str:
        """The words of the last message, taken out of a client's wrapping."""
        text = self.messages[-1].text
        wrapped = _WRAPPED_QUESTION.search(text)
        return wrapped[1] if wrapped else text

    def question(self) -> ChatRequest:
        """The same as a question of ours; raises `ValueError` where it is none.

        Instructions to the model are left out: it answers from facts and takes no orders.
        """
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        if len(self.last_text) > MAX_MESSAGE:
            raise ValueError(f"the last message is longer than {MAX_MESSAGE} characters")
        earlier = [turn for message in self.messages[:-1] if (turn := _turn(message)) is not None]
        return ChatRequest(user_message=self.last_text, conversation_history=earlier[-MAX_TURNS:])

    def usage(self, words: str) -> dict[str, int]:
        """Sizes of prompt and answer, in words and punctuation marks."""
        asked = sum(len(_COUNTED.findall(message.text)) for message in self.messages)
        said = len(_COUNTED.findall(words))
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    def _parts(self) -> list[ContentPart]:
        return [
            part for message in self.messages if isinstance(message.content, list) for part in message.content
        ]


def _turn(message: CompletionMessage) -> HistoryTurn | None:
    text = message.text.replace("\0", "")[:MAX_TURN]
    if message.role not in {"user", "assistant"} or not text.strip():
        return None
    return HistoryTurn(role="user" if message.role == "user" else "assistant", content=text)


class Head(BaseModel):
    """What completion and chunks begin with."""

    model_config = ConfigDict(frozen=True)

    completion_id: str
    created: int

    def completion(self, words: str, usage: dict[str, int], answer: ChatAnswer | None) -> dict[str, Any]:
        """A whole `chat.completion`; our own answer rides along under `askwatt`."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": words, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
        return {
            **self._fields("chat.completion"),
            "choices": [choice],
            "usage": usage,
            **_askwatt(answer),
        }

    def chunk(
        self, delta: dict[str, str], finish_reason: str | None = None, answer: ChatAnswer | None = None
    ) -> dict[str, Any]:
        """One `chat.completion.chunk`; the last one carries our own answer under `askwatt`."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._fields("chat.completion.chunk"), "choices": [choice], **_askwatt(answer)}

    def usage_chunk(self, usage: dict[str, int]) -> dict[str, Any]:
        """The chunk without choices that `include_usage` asks for."""
        return {**self._fields("chat.completion.chunk"), "choices": [], "usage": usage}

    def _fields(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.completion_id}",
            "object": kind,
            "created": self.created,
            "model": MODEL_ID,
            "system_fingerprint": None,
        }


def _askwatt(answer: ChatAnswer | None) -> dict[str, Any]:
    return {"askwatt": answer.model_dump(mode="json")} if answer else {}


def error_body(message: str, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
