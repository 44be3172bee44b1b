"""The messages between gateway and worker: plain frozen dataclasses, versioned, msgpack on the wire."""

from dataclasses import dataclass
from enum import StrEnum

PAYLOAD_VERSION = 3

# A text with slots: strings are literal, an integer is the number of a slot.
SlottedText = tuple[str | int, ...]


@dataclass(frozen=True)
class PromptTurn:
    """One earlier message, with its devices and values in slots where they are known."""

    role: str
    text: SlottedText


@dataclass(frozen=True)
class PromptParts:
    """What the worker needs to render a prompt in either style, and to fill the slots of the reply.

    `task` names the kind of answer in one or two plain words. `facts` come best first; whole facts are
    dropped from the end when the token budget is short. `slots[i]` is the text that stands for slot `i`: a
    device's display name, a value with its unit, a time, a window.
    """

    task: str
    question: SlottedText
    facts: tuple[SlottedText, ...]
    slots: tuple[str, ...]
    history: tuple[PromptTurn, ...] = ()


class Task(StrEnum):
    """What the model is to do: turn a question into a query, or facts into an answer."""

    READ = "read"
    SAY = "say"


@dataclass(frozen=True)
class ReadingRequest:
    """What a reading needs besides the masked question, which is the job's `prompt.question`.

    `grammar` is the digest of the grammar that the gateway was built with. `slot_kinds[i]` is the kind of
    slot `i`. `previous` is the last query in its linear form, empty where there is none; its slots are
    numbered on from the question's.
    """

    grammar: str
    slot_kinds: tuple[str, ...]
    previous: SlottedText = ()


@dataclass(frozen=True)
class GenerationJob:
    """One request to the model. `expires_at` is a Unix time after which the reply is not awaited any more.

    With a `reading` its task is to read, otherwise to say. `trace` is the span that it belongs to, see
    `shared.tracing`; "" where nothing is traced.
    """

    message_id: str
    attempt: int
    prompt: PromptParts
    max_new_tokens: int
    expires_at: float
    reading: ReadingRequest | None = None
    trace: str = ""

    @property
    def task(self) -> Task:
        """What the model is to do."""
        return Task.SAY if self.reading is None else Task.READ


@dataclass(frozen=True)
class ReadingCandidate:
    """One way to read a question, `text` in the linear form with its slots open.

    `token_logprobs` are as in `GenerationOutcome`, taken over what the grammar allows; `token_margins` are
    the differences to the second best token's, infinite where only one was allowed. `share` (0 to 1) is its
    probability among the candidates, by the model and by the checkpoint's reranker; 1 for the only one.
    `is_complete`: the end was generated.
    """

    text: str
    token_logprobs: tuple[float, ...] = ()
    token_margins: tuple[float, ...] = ()
    share: float = 1.0
    is_complete: bool = True


@dataclass(frozen=True)
class GenerationOutcome:
    """Result of a job: the model's text, or the reason why there is none.

    `token_logprobs` are the natural-log probabilities of the generated tokens, and of the end where it was
    generated (`finish_reason` "eos"). A reading has `candidates`, the likeliest first; the other fields are
    then the first one's.
    """

    message_id: str
    attempt: int
    text: str
    token_logprobs: tuple[float, ...] = ()
    finish_reason: str = "eos"
    error: str | None = None
    model: str = ""
    prompt_style: str = ""
    queue_s: float = 0.0
    model_s: float = 0.0
    candidates: tuple[ReadingCandidate, ...] = ()
