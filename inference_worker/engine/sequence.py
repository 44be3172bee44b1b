"""A generation request: its state from arrival to the last token, its result, the errors."""

import time
from collections import abc
from dataclasses import dataclass, field
from typing import NamedTuple

from inference_worker.engine.automaton import Constraint


class EngineError(Exception):
    """Root of the errors of `Engine.generate`.

    EngineError
    ├── EngineOverloaded   the queue is full; try again later
    ├── EngineStopped      the engine accepts no requests
    │   └── EngineBroken   the device cannot recover in this process: exit and be restarted
    └── EngineFailed       this request could not be completed; the reason is the message
    """


class EngineOverloaded(EngineError):
    """The queue is full; the request was not accepted."""


class EngineStopped(EngineError):
    """The engine is stopped, is draining, or was never started."""


class EngineBroken(EngineStopped):
    """A sticky device error: every further call on the device would fail, only a new process helps."""


class EngineFailed(EngineError):
    """This request failed; the engine keeps running."""


NO_TOKEN = -1


class Choice(NamedTuple):
    """One row's token of a decode step.

    `logprob` is natural and taken over the allowed tokens (all tokens of an unconstrained row). `margin` is
    the difference to the second best allowed token's, infinite where only one was allowed. Where none was,
    `token_id` is `NO_TOKEN` and the numbers are NaN.
    """

    token_id: int
    logprob: float
    margin: float


@dataclass(frozen=True)
class GenerationResult:
    """Result of one request.

    `token_ids` holds neither the start token nor EOS. `logprobs` are natural logarithms of the probability
    of each greedy choice, one per id of `token_ids`, and one more for EOS itself when `finish_reason` is
    ``"eos"``; so are `margins`, see `Choice`. `finish_reason` is ``"eos"``, ``"length"``, ``"deadline"``,
    ``"cancelled"`` or ``"dead_end"`` (no token was allowed); tokens generated before a deadline are kept.
    `queue_s` + `encode_s` + `decode_s` is the whole time in the engine.
    """

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    margins: tuple[float, ...]
    finish_reason: str
    queue_s: float
    encode_s: float
    decode_s: float


Outcome = GenerationResult | EngineError


class ReplySink:
    """Receives a request's tokens and its outcome; called on the engine's thread."""

    lost: bool = False
    """Whether the receiver is gone: the request is then treated as cancelled."""

    def put(self, token_ids: list[int], outcome: Outcome | None) -> None:
        """Take new tokens and, once and last, the outcome. The base class discards both."""


@dataclass(eq=False)
class Sequence:
    """A request inside the engine; only `cancelled` may be set from another thread.

    `deadline` is a `time.monotonic()` reading.
    """

    input_ids: tuple[int, ...]
    max_new_tokens: int
    deadline: float | None = None
    reply: ReplySink = field(default_factory=ReplySink)
    constraint: Constraint | None = None
    cancelled: bool = False
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    finish_reason: str | None = None
    delivered: int = 0
    arrived_at: float = field(default_factory=time.monotonic)
    admitted_at: float | None = None
    encoded_at: float | None = None

    @property
    def prompt_tokens(self) -> int:
        """Length of the prompt in tokens."""
        return len(self.input_ids)

    @property
    def is_finished(self) -> bool:
        """Whether generation has ended."""
        return self.finish_reason is not None

    def append(self, choice: Choice, eos_token_ids: abc.Set[int]) -> None:
        """Append the next greedy choice; finishes the sequence on EOS and at its token budget."""
        if choice.token_id == NO_TOKEN:
            self.finish_reason = "dead_end"
            return
        self.logprobs.append(choice.logprob)
        self.margins.append(choice.margin)
        if choice.token_id in eos_token_ids:
            self.finish_reason = "eos"
            return
        self.token_ids.append(choice.token_id)
        if len(self.token_ids) >= self.max_new_tokens:
            self.finish_reason = "length"

    def check(self, now: float) -> None:
        """Finish the sequence if it was cancelled or its deadline has passed."""
        if self.is_finished:
            return
        if self.cancelled or self.reply.lost:
            self.finish_reason = "cancelled"
        elif self.deadline is not None and now >= self.deadline:
            self.finish_reason = "deadline"

    def restart(self) -> None:
        """Discard generated tokens after a preemption; `delivered` keeps them from being delivered twice."""
        self.token_ids.clear()
        self.logprobs.clear()
        self.margins.clear()

    def deliver(self, now: float) -> None:
        """Pass tokens not yet delivered, and the result if finished, to the reply."""
        fresh = self.token_ids[self.delivered :]
        self.delivered = max(self.delivered, len(self.token_ids))
        outcome = self.result(now) if self.is_finished else None
        if fresh or outcome is not None:
            self.reply.put(fresh, outcome)

    def result(self, now: float) -> GenerationResult:
        """The result of a finished sequence."""
        if self.finish_reason is None:
            raise ValueError("an unfinished sequence has no result")
        admitted = now if self.admitted_at is None else self.admitted_at
        encoded = now if self.encoded_at is None else self.encoded_at
        return GenerationResult(
            token_ids=tuple(self.token_ids),
            logprobs=tuple(self.logprobs),
            margins=tuple(self.margins),
            finish_reason=self.finish_reason,
            queue_s=admitted - self.arrived_at,
            encode_s=encoded - admitted,
            decode_s=now - encoded,
        )
