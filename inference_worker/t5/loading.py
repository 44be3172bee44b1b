"""From a transformers model to a `T5Runner` that serves it."""

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import torch

from inference_worker.t5.constraints import StaticConstraints
from inference_worker.t5.cpu.cpu_count import available_cores
from inference_worker.t5.formats import select_formats
from inference_worker.t5.kv_cache import SOURCE_BUCKET, CacheSizes, StaticKvCache, round_up
from inference_worker.t5.runner import Limits, RowState, T5Runner
from inference_worker.t5.weights import T5Weights, check_supported, fuse

POSITIONS_STEP = 16


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
    formats, name = select_formats(model, where, dtype)
    # One position more than asked for: a pipelined device learns a step late that a row is done.
    sizes = CacheSizes(max_slots, max_source_tokens, round_up(max_new_tokens + 1, POSITIONS_STEP))
    with torch.inference_mode():
        weights = fuse(model, formats, max_source_tokens=max_source_tokens, max_target_tokens=sizes.target)
        state = make_row_state(weights, sizes, static_shapes=static_shapes)
    eos = model.generation_config.eos_token_id
    runner = T5Runner(
        weights,
        Limits(max_slots, max_source_tokens, max_new_tokens),
        state=state,
        eos_token_ids=frozenset([eos] if isinstance(eos, int) else eos or []),
        description=f"T5 {name} on {where}"
        + (f", {_threads_text(torch.get_num_threads())}" if formats.is_cpu else ""),
    )
    if formats.is_cpu:
        runner.tune_threads()
    return runner


def make_row_state(weights: T5Weights, sizes: CacheSizes, *, static_shapes: bool | None) -> RowState:
    """In static shapes, or by default on a CPU ragged, where numba is installed."""
    if static_shapes is None:
        static_shapes = weights.embedding.is_cuda or find_spec("numba") is None
    if static_shapes:
        rounded = replace(sizes, source=round_up(sizes.source, SOURCE_BUCKET))
        return RowState(
            StaticKvCache(weights, rounded), StaticConstraints(sizes.slots, weights.embedding.device)
        )
    from inference_worker.t5.cpu.ragged_constraints import RaggedConstraints
    from inference_worker.t5.cpu.ragged_kv_cache import RaggedKvCache

    return RowState(RaggedKvCache(weights, sizes), RaggedConstraints(sizes.slots))


def _threads_text(count: int) -> str:
    return f"{count} thread" if count == 1 else f"{count} threads"
