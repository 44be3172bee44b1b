"""`Runner` for T5: prompts in, one greedy token per row and step out.

Torch lives here, in the other t5_* files, ragged_slots, linears, cuda_graphs and the reference; nowhere else.
"""

import functools
from collections import abc
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from inference_worker.engine.runner import ReadyStep, Step
from inference_worker.engine.sequence import Sequence
from inference_worker.t5.cpu_count import available_cores
from inference_worker.t5.cuda_graphs import GraphPool
from inference_worker.t5.forward import decode_step, encode, rms_norm
from inference_worker.t5.kv_cache import KvCache, SlotSizes, StaticSlots, StepShape
from inference_worker.t5.linears import Linear, PlainLinear, fastest, linear_factory
from inference_worker.t5.thread_tuning import single_thread_batch_limit
from inference_worker.t5.torch_errors import translating_errors
from inference_worker.t5.weights import Formats, T5Weights, check_supported, fuse

ROW_BUCKETS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
SOURCE_BUCKET = 64
TARGET_BUCKET = 32
POSITIONS_STEP = 16
# Longer than this, a CPU's intermediate results leave its caches and cost fresh pages each time.
TOKENS_IN_CACHE = 512
HEAD_SAMPLE = 8192
PROMPT_ROWS = 256


@dataclass
class Row:
    """What the host knows of an occupied slot without asking the device."""

    source_tokens: int
    steps: int = 0


@dataclass(frozen=True)
class Limits:
    """Sizes of a runner."""

    max_slots: int
    max_source_tokens: int
    max_new_tokens: int


class CudaStep:
    """A step in flight: its outputs are copied to pinned memory behind it on the same stream."""

    def __init__(self, token_ids: Tensor, logprobs: Tensor, rows: int) -> None:
        self._token_ids = torch.empty(rows, dtype=token_ids.dtype, pin_memory=True)
        self._logprobs = torch.empty(rows, dtype=logprobs.dtype, pin_memory=True)
        self._token_ids.copy_(token_ids[:rows], non_blocking=True)
        self._logprobs.copy_(logprobs[:rows], non_blocking=True)
        self._done = torch.cuda.Event()
        self._done.record()

    @translating_errors
    def read(self) -> list[tuple[int, float]]:
        """Wait for the copies; tokens and log-probabilities in slot order."""
        self._done.synchronize()
        return list(zip(self._token_ids.tolist(), self._logprobs.tolist(), strict=True))


class T5Runner:
    """Answers to `Runner` with fused weights and preallocated slots.

    With `StaticSlots` every step is rounded up to buckets of rows, prompt and answer length, so that its
    shapes repeat; CUDA graphs need that. With others a step computes exactly what is occupied: for a CPU.
    """

    def __init__(
        self,
        weights: T5Weights,
        limits: Limits,
        *,
        slots: KvCache,
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
        self._graphs = GraphPool() if self.pipelined else None
        self._rows: list[Row] = []
        self._slots = slots
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
                self._slots.free(slot)
            raise
        self._rows.extend(Row(sequence.prompt_tokens) for sequence in sequences)

    def _groups(self, sequences: abc.Sequence[Sequence]) -> abc.Iterator[list[Sequence]]:
        """All at once on a GPU; on a CPU as many as its caches hold."""
        group: list[Sequence] = []
        tokens = 0
        for sequence in sequences:
            if group and self._device.type == "cpu" and tokens + sequence.prompt_tokens > TOKENS_IN_CACHE:
                yield group
                group, tokens = [], 0
            group.append(sequence)
            tokens += sequence.prompt_tokens
        yield group

    def _encode_group(self, group: list[Sequence], slots: abc.Iterator[int]) -> None:
        lengths = [sequence.prompt_tokens for sequence in group]
        token_ids = torch.tensor([token for sequence in group for token in sequence.input_ids])
        hidden = encode(self._weights, token_ids.to(self._device), lengths)
        for part, slot in zip(hidden.split(lengths), slots, strict=False):
            self._slots.occupy(slot, self._weights.cross_kv(rms_norm(part, self._weights)))

    @translating_errors
    def decode_step(self) -> Step:
        """Launch one greedy step for all occupied rows."""
        shape, occupied = self._step_shape(), len(self._rows)
        torch.set_num_threads(1 if occupied <= self.single_thread_batch_limit else self._cores)

        def function() -> tuple[Tensor, Tensor]:
            return decode_step(self._weights, self._slots.batch(shape))

        with self._on_device():
            step: Step
            if self._graphs is None or not isinstance(self._slots, StaticSlots):
                token_ids, logprobs = (values[:occupied].tolist() for values in function())
                step = ReadyStep(list(zip(token_ids, logprobs, strict=True)))
            else:
                step = CudaStep(*self._graphs.run(shape, function, self._slots.snapshot), occupied)
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
            self._slots.move(last, slot, source_tokens=moved.source_tokens, steps=moved.steps)
        self._slots.free(last)

    @translating_errors
    def reset(self) -> None:
        """Drop all rows."""
        while self._rows:
            self.retire(len(self._rows) - 1)

    def measure_cores(self) -> None:
        """Measure `single_thread_batch_limit`: steps of up to so many rows run on one core."""

        def use_cores(count: int) -> None:
            self.single_thread_batch_limit = self.max_slots if count == 1 else 0

        measured = single_thread_batch_limit(self, self._cores, use_cores) if self._cores > 1 else 0
        self.single_thread_batch_limit = measured

    def _step_shape(self) -> StepShape:
        """What the next step covers."""
        rows = len(self._rows)
        source = max(row.source_tokens for row in self._rows)
        target = max(row.steps for row in self._rows) + 1
        if not isinstance(self._slots, StaticSlots):
            return StepShape(rows, source, target)
        sizes = self._slots.sizes
        bucket = next((size for size in ROW_BUCKETS if size >= rows), self.max_slots)
        return StepShape(
            min(bucket, self.max_slots),
            _round_up(source, SOURCE_BUCKET),
            min(_round_up(target, TARGET_BUCKET), sizes.target),
        )


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def load_runner(  # noqa: PLR0913 - the interface that all backends share
    model: Any,
    *,
    device: str,
    dtype: str = "auto",
    max_slots: int,
    max_source_tokens: int,
    max_new_tokens: int,
    threads: int | None = None,
    static_shapes: bool | None = None,
) -> T5Runner:
    """Fuse a `T5ForConditionalGeneration` for serving; the model may be dropped afterwards.

    `device` is cpu, cuda or cuda:N. `dtype` is fp32, bf16, int8 (weights; CPU only) or auto: bf16 on a GPU,
    on the CPU whichever is measured to be the fastest. `threads` is for the whole process, by default the
    cores that it may use. Raises `UnsupportedModel`, and ValueError for an unknown format.
    """
    check_supported(model.config)
    where = torch.device(device)
    if where.type == "cpu":
        torch.set_num_threads(threads or min(torch.get_num_threads(), available_cores()))
    formats, name = _formats(model, where, dtype)
    # One position more than asked for: a pipelined device learns a step late that a row is done.
    sizes = SlotSizes(max_slots, max_source_tokens, _round_up(max_new_tokens + 1, POSITIONS_STEP))
    with torch.inference_mode():
        weights = fuse(model, formats, max_source_tokens=max_source_tokens, max_target_tokens=sizes.target)
        slots = make_slots(weights, sizes, static_shapes=static_shapes)
    eos = model.generation_config.eos_token_id
    runner = T5Runner(
        weights,
        Limits(max_slots, max_source_tokens, max_new_tokens),
        slots=slots,
        eos_token_ids=frozenset([eos] if isinstance(eos, int) else eos or []),
        description=f"T5 {name} on {where}"
        + (f", {torch.get_num_threads()} threads" if formats.is_cpu else ""),
    )
    if formats.is_cpu:
        runner.measure_cores()
    return runner


def make_slots(weights: T5Weights, sizes: SlotSizes, *, static_shapes: bool | None) -> KvCache:
    """Static slots, or by default on a CPU ragged ones, where their compiler is installed."""
    if static_shapes is None:
        static_shapes = weights.embedding.is_cuda or find_spec("numba") is None
    if static_shapes:
        return StaticSlots(weights, replace(sizes, source=_round_up(sizes.source, SOURCE_BUCKET)))
    from inference_worker.t5.ragged_kv_cache import RaggedSlots

    return RaggedSlots(weights, sizes)


def _formats(model: Any, device: torch.device, dtype: str) -> tuple[Formats, str]:
    """What `dtype` means on this device, and its name for the description."""
    if dtype not in ("auto", "fp32", "bf16", "int8"):
        raise ValueError(f"dtype is auto, fp32, bf16 or int8, not {dtype!r}")
    if device.type == "cpu":
        return _cpu_formats(model, device, dtype)
    if dtype == "int8":
        raise ValueError("int8 weights are for the CPU; use bf16 on a GPU")
    kind = torch.float32 if dtype == "fp32" else torch.bfloat16

    def make(weight: Tensor) -> Linear:
        return PlainLinear(weight.to(device), kind)

    return Formats(make, make, make, kind, kind, device), "fp32" if dtype == "fp32" else "bf16"


def _cpu_formats(model: Any, device: torch.device, dtype: str) -> tuple[Formats, str]:
    """Formats of decoder (few rows per product) and encoder (hundreds) are chosen apart.

    int8 is for the decoder's weights, which every step reads, and for the two thirds of the encoder's
    arithmetic that are its feed-forward part. The rest of the encoder in int8 as well would double the
    answers that change (docs/engine.md).
    """
    names = ["fp32", "bf16", "int8"]
    decoder, encoder = dtype, "bf16" if dtype == "int8" else dtype
    dense = dtype
    if dtype == "auto":
        part = model.decoder.block[0].layer[-1].DenseReluDense
        inner = [layer.weight.detach() for layer in part.children() if hasattr(layer, "weight")]
        head = model.lm_head.weight.detach()[:HEAD_SAMPLE]
        decoder = fastest(names, [*inner, head], rows=4)
        encoder = fastest(names[:2], inner, rows=PROMPT_ROWS)
        dense = fastest(names, inner, rows=PROMPT_ROWS) if decoder == "int8" else encoder
    kind = torch.float32 if decoder == "fp32" else torch.bfloat16
    made = [linear_factory(name) for name in (encoder, dense, decoder)]
    formats = Formats(made[0], made[1], made[2], torch.float32, kind, device)
    return formats, f"{decoder} (encoder {encoder if dense == encoder else f'{encoder} and {dense}'})"
