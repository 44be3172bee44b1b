"""One object per request, from its arrival to its last token."""

import time
from collections import abc
from dataclasses import dataclass, field


class EngineError(Exception):
    """Root of what `Engine.generate` raises on purpose.

    EngineError
    ├── EngineOverloaded   too many requests wait already; try again later
    ├── EngineStopped      the engine takes no more requests
    │   └── EngineBroken   the device cannot recover inside this process: end it, let it be started again
    └── EngineFailed       this request could not be completed; the reason is the message
    """


class EngineOverloaded(EngineError):
    """The waiting room is full; nothing was queued."""


class EngineStopped(EngineError):
    """The engine is stopped, is draining, or was never started."""


class EngineBroken(EngineStopped):
    """A sticky device error: every further call on the device would fail, only a new process helps."""


class EngineFailed(EngineError):
    """This request failed; the engine lives on."""


@dataclass(frozen=True)
class GenerationResult:
    """What one request got.

    `token_ids` holds neither the start token nor EOS. `logprobs` are natural logarithms of the probability
    of each greedy choice, one per id of `token_ids`, and one more for EOS itself when `finish_reason` is
    ``"eos"``. `finish_reason` is ``"eos"``, ``"length"``, ``"deadline"`` or ``"cancelled"``; what was
    generated until a deadline is kept. `queue_s` + `encode_s` + `decode_s` is the whole time in the engine.
    """

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish_reason: str
    queue_s: float
    encode_s: float
    decode_s: float


Outcome = GenerationResult | EngineError


class ReplySink:
    """Where a request's tokens and its end go; called on the engine's thread."""

    lost: bool = False
    """Whether nobody can be reached there any more: the request is then as good as cancelled."""

    def put(self, token_ids: list[int], outcome: Outcome | None) -> None:
        """Take new tokens and, once and last, the outcome. The base class drops both."""


@dataclass(eq=False)
class Sequence:
    """A request on its way through the engine; only `cancelled` may be set from another thread.

    `deadline` is a `time.monotonic()` reading.
    """

    input_ids: tuple[int, ...]
    max_new_tokens: int
    deadline: float | None = None
    reply: ReplySink = field(default_factory=ReplySink)
    cancelled: bool = False
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
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
        """Whether nothing more will be generated."""
        return self.finish_reason is not None

    def append(self, token_id: int, logprob: float, eos_token_ids: abc.Set[int]) -> None:
        """Take the next greedy choice; ends the sequence on EOS and at its budget."""
        self.logprobs.append(logprob)
        if token_id in eos_token_ids:
            self.finish_reason = "eos"
            return
        self.token_ids.append(token_id)
        if len(self.token_ids) >= self.max_new_tokens:
            self.finish_reason = "length"

    def check(self, now: float) -> None:
        """End the sequence where its asker has left or its deadline has passed."""
        if self.is_finished:
            return
        if self.cancelled or self.reply.lost:
            self.finish_reason = "cancelled"
        elif self.deadline is not None and now >= self.deadline:
            self.finish_reason = "deadline"

    def restart(self) -> None:
        """Forget what was generated, to be decoded again from the start; what was delivered stays counted."""
        self.token_ids.clear()
        self.logprobs.clear()

    def deliver(self, now: float) -> None:
        """Hand the tokens that are new, and the result if this is the end, to the reply."""
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
            finish_reason=self.finish_reason,
            queue_s=admitted - self.arrived_at,
            encode_s=encoded - admitted,
            decode_s=now - encoded,
        )
