"""`Runner` for T5: prefill of prompts, then one greedy token per row and decode step."""

import functools
from collections import abc
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from inference_worker.engine.runner import ReadyStep, Step
from inference_worker.engine.sequence import Choice, Sequence
from inference_worker.t5.constraints import Choices, RowConstraints
from inference_worker.t5.cpu.thread_tuning import single_thread_batch_limit
from inference_worker.t5.cuda_graphs import GraphPool
from inference_worker.t5.forward import decode_step, encode, rms_norm
from inference_worker.t5.kv_cache import SOURCE_BUCKET, KvCache, StaticKvCache, StepShape, round_up
from inference_worker.t5.torch_errors import translating_errors
from inference_worker.t5.weights import T5Weights

ROW_BUCKETS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
TARGET_BUCKET = 32
# Above this, a CPU's intermediate results leave its caches and need newly mapped pages each time.
ENCODER_GROUP_TOKENS = 512


@dataclass
class Row:
    """What the host knows of an occupied slot without asking the device."""

    source_tokens: int
    steps: int = 0


@dataclass(frozen=True)
class RowState:
    """What the device keeps of the slots: keys and values, and where each row is in its constraint."""

    cache: KvCache
    constraints: RowConstraints


@runtime_checkable
class _Restorable(Protocol):
    """State in tensors that warming up a graph must not change."""

    def snapshot(self) -> abc.Callable[[], None]:
        """Remember the state; what is returned restores it."""
        ...


@dataclass(frozen=True)
class Limits:
    """Sizes of a runner."""

    max_slots: int
    max_source_tokens: int
    max_new_tokens: int


class CudaStep:
    """A step in flight: its outputs are copied to pinned memory behind it on the same stream."""

    def __init__(self, choices: Choices, rows: int) -> None:
        self._copies = [torch.empty(rows, dtype=part.dtype, pin_memory=True) for part in choices]
        for copy, part in zip(self._copies, choices, strict=True):
            copy.copy_(part[:rows], non_blocking=True)
        self._done = torch.cuda.Event()
        self._done.record()

    @translating_errors
    def read(self) -> list[Choice]:
        """Wait for the copies; the choices in slot order."""
        self._done.synchronize()
        return _on_host(self._copies)


class T5Runner:
    """Implements `Runner` with fused weights and a preallocated KV cache.

    With `StaticKvCache` every step is rounded up to buckets of rows, prompt and answer length, so that its
    shapes repeat; CUDA graphs need that. With others a step computes exactly what is occupied: for a CPU.
    """

    def __init__(
        self,
        weights: T5Weights,
        limits: Limits,
        *,
        state: RowState,
        eos_token_ids: frozenset[int],
        description: str,
    ) -> None:
        self.max_slots = limits.max_slots
        self.max_source_tokens = limits.max_source_tokens
        self.max_new_tokens = limits.max_new_tokens
        self.vocab_size = weights.embedding.shape[0]
        self.eos_token_ids = eos_token_ids
        self.description = description
        self._weights = weights
        self._device = weights.embedding.device
        self.pipelined = self._device.type == "cuda"
        # The current device belongs to a thread, and the engine's is another one than the loader's.
        self._on_device = (
            functools.partial(torch.cuda.device, self._device) if self.pipelined else nullcontext
        )
        self._cache = state.cache
        self._constraints = state.constraints
        self._graphs = GraphPool() if self.pipelined else None
        self._graphs_version = self._constraints.version
        self._rows: list[Row] = []
        self._cores = torch.get_num_threads()
        self.single_thread_batch_limit = 0

    @translating_errors
    def encode(self, sequences: abc.Sequence[Sequence]) -> None:
        """Encode the prompts end to end and append one row for each, in order."""
        torch.set_num_threads(self._cores)
        first = len(self._rows)
        slots = iter(range(first, first + len(sequences)))
        try:
            for group in self._groups(sequences):
                self._encode_group(group, slots)
        except Exception:
            for slot in range(first, first + len(sequences)):
                self._cache.free(slot)
                self._constraints.free(slot)
            raise
        self._rows.extend(Row(sequence.prompt_tokens) for sequence in sequences)

    def _groups(self, sequences: abc.Sequence[Sequence]) -> abc.Iterator[list[Sequence]]:
        """All at once on a GPU; on a CPU as many as its caches hold."""
        group: list[Sequence] = []
        tokens = 0
        for sequence in sequences:
            if (
                group
                and self._device.type == "cpu"
                and tokens + sequence.prompt_tokens > ENCODER_GROUP_TOKENS
            ):
                yield group
                group, tokens = [], 0
            group.append(sequence)
            tokens += sequence.prompt_tokens
        yield group

    def _encode_group(self, group: list[Sequence], slots: abc.Iterator[int]) -> None:
        lengths = [sequence.prompt_tokens for sequence in group]
        token_ids = torch.tensor([token for sequence in group for token in sequence.input_ids])
        hidden = encode(self._weights, token_ids.to(self._device), lengths)
        for sequence, part, slot in zip(group, hidden.split(lengths), slots, strict=False):
            self._constraints.occupy(slot, sequence.constraint)
            self._cache.occupy(slot, self._weights.cross_kv(rms_norm(part, self._weights)))

    @translating_errors
    def decode_step(self) -> Step:
        """Launch one greedy step for all occupied rows."""
        shape, occupied = self._step_shape(), len(self._rows)
        torch.set_num_threads(1 if occupied <= self.single_thread_batch_limit else self._cores)
        constraints = self._constraints if self._constraints.is_active(occupied) else None

        def function() -> Choices:
            return decode_step(self._weights, self._cache.batch(shape), constraints)

        with self._on_device():
            step: Step
            if self._graphs is None:
                step = ReadyStep(_on_host([part[:occupied] for part in function()]))
            else:
                key = (shape, constraints is not None)
                step = CudaStep(self._current_graphs().run(key, function, self._snapshot), occupied)
        torch.set_num_threads(self._cores)  # whatever else runs on this thread, another runner's loading too
        for row in self._rows:
            row.steps += 1
        return step

    @translating_errors
    def retire(self, slot: int) -> None:
        """Free a slot; the last occupied row moves into it."""
        last = len(self._rows) - 1
        moved = self._rows.pop()
        if slot != last:
            self._rows[slot] = moved
            self._cache.move(last, slot, source_tokens=moved.source_tokens, steps=moved.steps)
            self._constraints.move(last, slot)
        self._cache.free(last)
        self._constraints.free(last)

    @translating_errors
    def reset(self) -> None:
        """Drop all rows."""
        while self._rows:
            self.retire(len(self._rows) - 1)

    def tune_threads(self) -> None:
        """Measure `single_thread_batch_limit`: steps of up to so many rows run on one core."""

        def use_cores(count: int) -> None:
            self.single_thread_batch_limit = self.max_slots if count == 1 else 0

        measured = single_thread_batch_limit(self, self._cores, use_cores) if self._cores > 1 else 0
        self.single_thread_batch_limit = measured

    def _current_graphs(self) -> GraphPool:
        """The graphs; new ones where those captured read tensors that were allocated again since."""
        if self._graphs is None or self._graphs_version != self._constraints.version:
            torch.cuda.synchronize()
            self._graphs, self._graphs_version = GraphPool(), self._constraints.version
        return self._graphs

    def _snapshot(self) -> abc.Callable[[], None]:
        """Remember all state that a step advances; what is returned restores it."""
        restores = [
            part.snapshot() for part in (self._cache, self._constraints) if isinstance(part, _Restorable)
        ]

        def restore() -> None:
            for one in restores:
                one()

        return restore

    def _step_shape(self) -> StepShape:
        """What the next step covers."""
        rows = len(self._rows)
        source = max(row.source_tokens for row in self._rows)
        target = max(row.steps for row in self._rows) + 1
        if not isinstance(self._cache, StaticKvCache):
            return StepShape(rows, source, target)
        sizes = self._cache.sizes
        bucket = next((size for size in ROW_BUCKETS if size >= rows), self.max_slots)
        return StepShape(
            min(bucket, self.max_slots),
            round_up(source, SOURCE_BUCKET),
            min(round_up(target, TARGET_BUCKET), sizes.target),
        )


def _on_host(choices: abc.Sequence[Tensor]) -> list[Choice]:
    return [Choice(*row) for row in zip(*(part.tolist() for part in choices), strict=True)]
