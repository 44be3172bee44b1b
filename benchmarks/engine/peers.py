"""The engine and what others would use instead, behind one face."""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from benchmarks.engine.shapes import VOCABULARY, random_model
from inference_worker.engine.engine import Engine
from inference_worker.t5.loading import load_runner


@dataclass
class Job:
    """A prompt of so many tokens that wants so many; times are `time.perf_counter()` readings."""

    prompt: list[int]
    new_tokens: int
    arrives_s: float = 0.0
    started: float = 0.0
    first_token: float = 0.0
    finished: float = 0.0


class Peer(Protocol):
    """Something that answers prompts."""

    name: str

    def run(self, jobs: list[Job]) -> None:
        """Answer all of them, arrived at once; every job gets its times."""
        ...

    def serve(self, jobs: list[Job]) -> None:
        """Answer each as it arrives, `arrives_s` after the start."""
        ...

    def close(self) -> None:
        """Give memory back."""
        ...


@dataclass
class StaticBatches:
    """A peer that answers batch after batch: whoever comes later waits, whoever is done early waits too.

    `answer` takes jobs of one batch and a function to call at the first token of job `i`.
    """

    name: str
    answer: Callable[[list[Job], Callable[[int], None]], None]
    max_batch: int = 16
    release: Callable[[], None] = field(default=lambda: None)

    def run(self, jobs: list[Job]) -> None:
        """All at once as a single batch."""
        started = time.perf_counter()
        self._batch(jobs)
        for job in jobs:
            job.started = started

    def serve(self, jobs: list[Job]) -> None:
        """Whatever has arrived, up to `max_batch`, makes the next batch."""
        waiting = sorted(jobs, key=lambda job: job.arrives_s)
        started = time.perf_counter()
        while waiting:
            now = time.perf_counter() - started
            if waiting[0].arrives_s > now:
                time.sleep(waiting[0].arrives_s - now)
                continue
            batch = [job for job in waiting[: self.max_batch] if job.arrives_s <= now]
            waiting = waiting[len(batch) :]
            self._batch(batch)
            for job in batch:
                job.started = started + job.arrives_s

    def _batch(self, jobs: list[Job]) -> None:
        def first(index: int) -> None:
            if not jobs[index].first_token:
                jobs[index].first_token = time.perf_counter()

        self.answer(jobs, first)
        finished = time.perf_counter()
        for job in jobs:
            job.finished = finished
            job.first_token = job.first_token or finished

    def close(self) -> None:
        """Give memory back."""
        self.release()


class ContinuousEngine:
    """This project's engine, through its public asyncio face."""

    def __init__(self, name: str, runner: Any, slots: int) -> None:
        self.name = name
        self._engine = Engine(runner, max_slots=slots, max_waiting=100_000)
        self._engine.start()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, jobs: list[Job]) -> None:
        """All at once."""
        for job in jobs:
            job.arrives_s = 0.0
        self.serve(jobs)

    def serve(self, jobs: list[Job]) -> None:
        """Each when it arrives."""
        asyncio.run_coroutine_threadsafe(self._serve(jobs), self._loop).result()

    async def _serve(self, jobs: list[Job]) -> None:
        begin = time.perf_counter()
        await asyncio.gather(*(self._one(job, begin) for job in jobs))

    async def _one(self, job: Job, begin: float) -> None:
        await asyncio.sleep(begin + job.arrives_s - time.perf_counter())
        job.started = begin + job.arrives_s

        def heard(_: list[int]) -> None:
            job.first_token = job.first_token or time.perf_counter()

        result = await self._engine.generate(job.prompt, max_new_tokens=job.new_tokens, on_tokens=heard)
        job.finished = time.perf_counter()
        if len(result.token_ids) != job.new_tokens:
            raise RuntimeError(f"{self.name} gave {len(result.token_ids)} tokens instead of {job.new_tokens}")

    def close(self) -> None:
        """Stop the engine and its loop."""
        asyncio.run_coroutine_threadsafe(self._engine.stop(0.0), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def engine_peer(shape: str, device: str, dtype: str, slots: int, longest: int) -> Peer:
    """The engine in one number format."""
    runner = load_runner(
        random_model(shape),
        device=device,
        dtype=dtype,
        max_slots=slots,
        max_source_tokens=longest,
        max_new_tokens=128,
    )
    runner.eos_token_ids = frozenset()
    return ContinuousEngine(f"engine {dtype}", runner, slots)


def hf_peer(shape: str, device: str, dtype: torch.dtype, name: str) -> Peer:
    """transformers' `generate`, greedy."""
    held = [random_model(shape).to(device=device, dtype=dtype)]

    def answer(jobs: list[Job], _: Callable[[int], None]) -> None:
        longest = max(len(job.prompt) for job in jobs)
        ids = torch.tensor([job.prompt + [0] * (longest - len(job.prompt)) for job in jobs], device=device)
        mask = torch.tensor(
            [[1] * len(job.prompt) + [0] * (longest - len(job.prompt)) for job in jobs], device=device
        )
        with torch.inference_mode():
            output = held[0].generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max(job.new_tokens for job in jobs),
                do_sample=False,
                num_beams=1,
            )
        output.cpu()

    return StaticBatches(name, answer, release=held.clear)


def ctranslate2_peer(shape: str, device: str, compute_type: str, threads: int, max_batch: int = 16) -> Peer:
    """CTranslate2 with the same weights; it batches statically and calls back for each token."""
    import ctranslate2
    from ctranslate2.converters.transformers import T5Loader

    folder = Path(tempfile.mkdtemp(prefix="ct2-"))
    tokens = ["<pad>", "</s>", "<unk>", *(f"t{number}" for number in range(3, VOCABULARY))]
    spec = T5Loader().get_model_spec(random_model(shape))
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.bos_token = spec.config.decoder_start_token = "<pad>"
    spec.config.eos_token, spec.config.unk_token = "</s>", "<unk>"
    spec.config.add_source_bos = spec.config.add_source_eos = False
    spec.validate()
    spec.optimize(quantization=None if compute_type == "float32" else compute_type)
    spec.save(str(folder))
    held = [
        ctranslate2.Translator(str(folder), device=device, compute_type=compute_type, intra_threads=threads)
    ]
    shutil.rmtree(folder)

    def answer(jobs: list[Job], first: Callable[[int], None]) -> None:
        longest = max(job.new_tokens for job in jobs)

        def heard(step: Any) -> bool:
            if step.step == 0:
                first(step.batch_id)
            return False

        results = held[0].translate_batch(
            [[tokens[token] for token in job.prompt] for job in jobs],
            beam_size=1,
            max_input_length=0,
            min_decoding_length=longest,
            max_decoding_length=longest,
            callback=heard,
        )
        if any(len(result.hypotheses[0]) != longest for result in results):
            raise RuntimeError("CTranslate2 ended early")

    return StaticBatches(f"CTranslate2 {compute_type}", answer, max_batch, release=held.clear)
