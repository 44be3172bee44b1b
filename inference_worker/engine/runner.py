"""The interface between engine and model, implemented by `T5Runner` and by `ReferenceRunner`."""

from collections import abc
from dataclasses import dataclass
from typing import Protocol

from inference_worker.engine.sequence import Choice, Sequence


class RunnerOutOfMemory(Exception):
    """The device is out of memory; the runner's rows are as they were before the call."""


class RunnerBroken(Exception):
    """The device is unusable for the rest of the process (a sticky CUDA error)."""


class Step(Protocol):
    """A decode step that was launched and may still be running on the device."""

    def read(self) -> abc.Sequence[Choice]:
        """Wait for it; the choice of each row occupied at the launch, in slot order."""
        ...


@dataclass(frozen=True)
class ReadyStep:
    """A step whose tokens are on the host already."""

    tokens: list[Choice]

    def read(self) -> list[Choice]:
        """The choices, in slot order."""
        return self.tokens


class Runner(Protocol):
    """A model with `max_slots` cache slots, of which 0 … n-1 are occupied.

    All methods are called from one thread. Any of them may raise `RunnerOutOfMemory` (nothing changed),
    `RunnerBroken` (no call will succeed any more) or another exception: `encode` has then added nothing;
    after any other method the rows are undefined and `reset` must follow.
    """

    max_slots: int
    max_source_tokens: int
    max_new_tokens: int
    vocab_size: int
    eos_token_ids: frozenset[int]
    pipelined: bool
    """Whether a step should be launched before the previous one is read (asynchronous devices)."""
    description: str
    """One line for logs: backend, number format, device, threads."""

    def encode(self, sequences: abc.Sequence[Sequence]) -> None:
        """Prefill: encode the prompts and append one row for each, in order, after the occupied slots."""
        ...

    def decode_step(self) -> Step:
        """Launch one greedy step for all occupied rows, each within its constraint."""
        ...

    def retire(self, slot: int) -> None:
        """Free a slot; the last occupied row moves into it."""
        ...

    def reset(self) -> None:
        """Drop all rows."""
        ...
