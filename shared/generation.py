"""The messages between gateway and worker: plain frozen dataclasses, versioned, msgpack on the wire."""

from dataclasses import dataclass

PAYLOAD_VERSION = 1

# A text with holes: strings are said as they are, an integer is the number of a slot.
SlottedText = tuple[str | int, ...]


@dataclass(frozen=True)
class PromptTurn:
    """One earlier thing said, with its devices and values already in slots where they are known."""

    role: str
    text: SlottedText


@dataclass(frozen=True)
class PromptParts:
    """What the worker needs to write a prompt in either style, and to fill the slots of the reply.

    `task` names the kind of answer in one or two plain words. `facts` come best first; whole facts are
    dropped from the end when the token budget is short. `slots[i]` is the text that stands for slot `i`: a
    device as it is spoken of, a value with its unit, a time, a window.
    """

    task: str
    question: SlottedText
    facts: tuple[SlottedText, ...]
    slots: tuple[str, ...]
    history: tuple[PromptTurn, ...] = ()


@dataclass(frozen=True)
class GenerationJob:
    """One question for the model. `expires_at` is a Unix time after which nobody waits for the words."""

    message_id: str
    attempt: int
    prompt: PromptParts
    max_new_tokens: int
    expires_at: float


@dataclass(frozen=True)
class GenerationOutcome:
    """What came of a job: the model's words, or the reason why there are none.

    `template` is the reply with its slots still open (empty in the plain style), `token_logprobs` the model's
    own natural-log probabilities of each token it said.
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
