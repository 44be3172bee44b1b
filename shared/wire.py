"""Dataclasses to msgpack bytes and back: the form of everything that travels through Redis.

Never pickle: write access to Redis must not mean code execution here. Bytes of another shape or version raise
`ContractViolation`.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgpack

from shared.errors import ContractViolation
from shared.generation import (
    PAYLOAD_VERSION,
    GenerationJob,
    GenerationOutcome,
    PromptParts,
    PromptTurn,
    ReadingCandidate,
    ReadingRequest,
    SlottedText,
)

Decoded = TypeVar("Decoded")

MAX_BYTES = 4 * 1024 * 1024  # a job is a few kilobytes; nothing larger is unpacked


class EventKind(StrEnum):
    """Kinds of entries of a message's stream; the worker writes all but `done`, which the gateway adds."""

    STATUS = "status"
    TOKEN = "token"  # noqa: S105 - no password, a part of the answer
    RESULT = "result"
    ERROR = "error"
    DONE = "done"


@dataclass(frozen=True)
class StreamEvent:
    """One entry of a message's stream.

    `text` is the stage for `status` ("queued", "running"), generated text for `token`, a reason for `error`;
    `worker` is the id of the worker that runs it; `outcome` comes with `result` and `error`.
    """

    kind: EventKind
    attempt: int
    text: str = ""
    worker: str = ""
    outcome: GenerationOutcome | None = None


class WorkerPhase(StrEnum):
    """Where a worker's model stands: `idle` has left memory and comes back with the next question."""

    LOADING = "loading"
    READY = "ready"
    IDLE = "idle"
    FAILED = "failed"

    @property
    def can_answer(self) -> bool:
        """Whether a question handed to such a worker will reach its model, now or after loading."""
        return self is not WorkerPhase.FAILED


@dataclass(frozen=True)
class WorkerState:
    """A worker's state, as each heartbeat carries it. `detail` is a sentence for people."""

    worker_id: str
    phase: WorkerPhase
    model: str
    device: str
    detail: str = ""
    running: int = 0
    waiting: int = 0
    tokens: int = 0

    @property
    def is_serving(self) -> bool:
        """Whether its model answers without an operator's help and without the first load."""
        return self.phase in {WorkerPhase.READY, WorkerPhase.IDLE}


def pack(value: Any) -> bytes:
    """Plain values to bytes; what msgpack does not know (an exception, say) becomes its text."""
    packed: bytes = msgpack.packb(value, use_bin_type=True, default=str)
    return packed


def unpack(data: bytes) -> Any:
    """Bytes to plain values; raises `ContractViolation` for anything that is not msgpack."""
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"{len(data)} bytes are too many")
        return msgpack.unpackb(data, raw=False, strict_map_key=True)
    except (ValueError, TypeError, msgpack.UnpackException, UnicodeDecodeError) as error:
        raise ContractViolation(f"not a message of this system: {error}") from error


def encode(value: GenerationJob | StreamEvent | WorkerState) -> bytes:
    """A message to bytes, with the version in front."""
    return pack([PAYLOAD_VERSION, asdict(value)])


def decode_job(data: bytes) -> GenerationJob:
    """The job in `data`; raises `ContractViolation`."""
    return _decode(data, _job)


def decode_event(data: bytes) -> StreamEvent:
    """The stream entry in `data`; raises `ContractViolation`."""
    return _decode(data, _event)


def decode_worker_state(data: bytes) -> WorkerState:
    """The heartbeat in `data`; raises `ContractViolation`."""
    return _decode(data, _worker_state)


def _decode(data: bytes, build: Callable[[dict[str, Any]], Decoded]) -> Decoded:
    message = unpack(data)
    if not isinstance(message, list) or len(message) != 2:
        raise ContractViolation("not a message of this system: no version in front")
    version, fields = message
    if version != PAYLOAD_VERSION:
        raise ContractViolation(f"message version {version!r}, this program speaks {PAYLOAD_VERSION}")
    try:
        return build(fields)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractViolation(f"a message with wrong fields: {error!r}") from error


def _job(fields: dict[str, Any]) -> GenerationJob:
    prompt = fields["prompt"]
    return GenerationJob(
        message_id=_text(fields["message_id"]),
        attempt=int(fields["attempt"]),
        prompt=PromptParts(
            task=_text(prompt["task"]),
            question=_slotted(prompt["question"]),
            facts=tuple(_slotted(fact) for fact in prompt["facts"]),
            slots=tuple(_text(slot) for slot in prompt["slots"]),
            history=tuple(
                PromptTurn(_text(turn["role"]), _slotted(turn["text"])) for turn in prompt["history"]
            ),
        ),
        max_new_tokens=int(fields["max_new_tokens"]),
        expires_at=float(fields["expires_at"]),
        reading=None if fields["reading"] is None else _reading(fields["reading"]),
        trace=_text(fields.get("trace", "")),  # an older gateway sends none
    )


def _reading(fields: dict[str, Any]) -> ReadingRequest:
    return ReadingRequest(
        grammar=_text(fields["grammar"]),
        slot_kinds=tuple(_text(kind) for kind in fields["slot_kinds"]),
        previous=_slotted(fields["previous"]),
    )


def _event(fields: dict[str, Any]) -> StreamEvent:
    outcome = fields["outcome"]
    return StreamEvent(
        kind=EventKind(fields["kind"]),
        attempt=int(fields["attempt"]),
        text=_text(fields["text"]),
        worker=_text(fields["worker"]),
        outcome=None if outcome is None else _outcome(outcome),
    )


def _outcome(fields: dict[str, Any]) -> GenerationOutcome:
    error = fields["error"]
    return GenerationOutcome(
        message_id=_text(fields["message_id"]),
        attempt=int(fields["attempt"]),
        text=_text(fields["text"]),
        token_logprobs=tuple(float(value) for value in fields["token_logprobs"]),
        finish_reason=_text(fields["finish_reason"]),
        error=None if error is None else _text(error),
        model=_text(fields["model"]),
        prompt_style=_text(fields["prompt_style"]),
        queue_s=float(fields["queue_s"]),
        model_s=float(fields["model_s"]),
        candidates=tuple(_candidate(candidate) for candidate in fields["candidates"]),
    )


def _candidate(fields: dict[str, Any]) -> ReadingCandidate:
    return ReadingCandidate(
        text=_text(fields["text"]),
        token_logprobs=tuple(float(value) for value in fields["token_logprobs"]),
        token_margins=tuple(float(value) for value in fields["token_margins"]),
        share=float(fields["share"]),
        is_complete=bool(fields["is_complete"]),
    )


def _worker_state(fields: dict[str, Any]) -> WorkerState:
    return WorkerState(
        worker_id=_text(fields["worker_id"]),
        phase=WorkerPhase(fields["phase"]),
        model=_text(fields["model"]),
        device=_text(fields["device"]),
        detail=_text(fields["detail"]),
        running=int(fields["running"]),
        waiting=int(fields["waiting"]),
        tokens=int(fields["tokens"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _slotted(values: Any) -> SlottedText:
    if not isinstance(values, list) or not all(isinstance(value, str | int) for value in values):
        raise TypeError(f"{values!r} is no text with slots")
    return tuple(values)
