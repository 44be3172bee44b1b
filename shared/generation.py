"""The messages between gateway and worker: plain frozen dataclasses, versioned, msgpack on the wire."""

import math
from dataclasses import dataclass
from enum import StrEnum

PAYLOAD_VERSION = 2

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


END_OF_OUTPUT = -1
"""Stands for the token that ends an output, whose id only the worker knows."""


class Task(StrEnum):
    """What the model is to do: turn a question into a query, or facts into an answer."""

    READ = "read"
    SAY = "say"


@dataclass(frozen=True)
class ReadingRequest:
    """What a reading needs besides the masked question, which is the job's `prompt.question`.

    `grammar` is the digest of the grammar that the gateway was built with. `slot_kinds[i]` is the kind of
    slot `i`. `previous` is the last query in its linear form, empty where there is none; its slots are
    numbered on from the question's. `forbidden` asks for another reading: at most 8 pairs (position, token
    id or `END_OF_OUTPUT`), see `GenerationOutcome.weakest_choice`, each a choice that may not be made again.
    """

    grammar: str
    slot_kinds: tuple[str, ...]
    previous: SlottedText = ()
    forbidden: tuple[tuple[int, int], ...] = ()


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
class GenerationOutcome:
    """Result of a job: the model's text, or the reason why there is none.

    `token_logprobs` are the natural-log probabilities of the generated tokens, `token_margins` the difference
    to the second best one's (infinite where only one was allowed); both have one more entry than `token_ids`
    where the end was generated (`finish_reason` "eos"). Of a reading, `text` is the linear form with its
    slots open, the probabilities are taken over what the grammar allows, and `finish_reason` "dead_end" means
    that forbidding left nothing.
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
    token_ids: tuple[int, ...] = ()
    token_margins: tuple[float, ...] = ()

    @property
    def weakest_choice(self) -> tuple[int, int] | None:
        """Position and token of the smallest margin: forbidden, it makes the second reading.

        None where every token was the only one allowed.
        """
        margin, position = min(
            ((margin, position) for position, margin in enumerate(self.token_margins)), default=(math.inf, 0)
        )
        return None if math.isinf(margin) else (position, (*self.token_ids, END_OF_OUTPUT)[position])
