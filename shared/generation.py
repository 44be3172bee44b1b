"""The messages between gateway and worker: plain frozen dataclasses, versioned, msgpack on the wire."""

from dataclasses import dataclass

PAYLOAD_VERSION = 1

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


@dataclass(frozen=True)
class GenerationJob:
    """One request to the model. `expires_at` is a Unix time after which the reply is not awaited any more."""

    message_id: str
    attempt: int
    prompt: PromptParts
    max_new_tokens: int
    expires_at: float


@dataclass(frozen=True)
class GenerationOutcome:
    """Result of a job: the model's text, or the reason why there is none.

    `template` is the reply with its slots still open (empty in the plain style), `token_logprobs` the
    natural-log probability of each generated token.
    """

    message_id: str
    attempt: int
    text: str
    template: SlottedText = ()
    token_logprobs: tuple[float, ...] = ()
    finish_reason: str = "eos"
    error: str | None = None
    model: str = ""
    prompt_style: str = ""
    queue_s: float = 0.0
    model_s: float = 0.0
