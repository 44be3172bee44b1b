"""How often a number format changes the bundled model's answer: `python -m benchmarks.engine.formats`."""

import argparse
import random
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration
from transformers import logging as transformers_logging

from inference_worker.engine.core import EngineCore
from inference_worker.engine.runner import Runner
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import GenerationResult, Outcome, ReplySink, Sequence
from inference_worker.t5.loading import load_runner
from inference_worker.t5.reference import load_runner as load_reference
from training.reading.pairs import load_voices

BUNDLED = Path(__file__).parents[2] / "inference_worker" / "bundled_model"
NEW_TOKENS = 64
SLOTS = 16


class _Kept(ReplySink):
    result: GenerationResult | None = None

    def put(self, _: list[int], outcome: Outcome | None) -> None:
        if isinstance(outcome, GenerationResult):
            self.result = outcome


def answers(runner: Runner, prompts: list[list[int]]) -> list[GenerationResult]:
    """Every prompt's answer, in a continuously batched run."""
    core = EngineCore(runner, Scheduler(SLOTS, 4096))
    replies = []
    for prompt in prompts:
        replies.append(_Kept())
        core.scheduler.add(Sequence(tuple(prompt), NEW_TOKENS, reply=replies[-1]))
    while core.has_work:
        core.step()
    return [reply.result for reply in replies if reply.result is not None]


def compare(exact: list[GenerationResult], other: list[GenerationResult]) -> tuple[float, float]:
    """Share of answers with other ids; the largest difference in log-probability of the others."""
    changed = sum(a.token_ids != b.token_ids for a, b in zip(exact, other, strict=True))
    apart = [
        abs(p - q)
        for a, b in zip(exact, other, strict=True)
        if a.token_ids == b.token_ids
        for p, q in zip(a.logprobs, b.logprobs, strict=True)
    ]
    return changed / len(exact), max(apart, default=0.0)


def main() -> None:
    """Print a line per format."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.formats", description=__doc__)
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtypes", default="fp32,bf16,int8", help="int8 on a CPU only")
    parser.add_argument("--seed", type=int, default=99)
    options = parser.parse_args()
    transformers_logging.set_verbosity_error()
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    scoring = [reading for readings in load_voices().scoring.values() for reading in readings]
    asked = random.Random(options.seed).sample(scoring, min(options.examples, len(scoring)))
    prompts = [tokenizer(reading.prompt).input_ids for reading in asked]
    longest, mean = max(map(len, prompts)), sum(map(len, prompts)) / len(prompts)

    def model() -> Any:
        return T5ForConditionalGeneration.from_pretrained(options.model, dtype=torch.float32).eval()

    exact = answers(
        load_reference(
            model(),
            device="cpu",
            dtype="fp32",
            max_slots=SLOTS,
            max_source_tokens=longest,
            max_new_tokens=NEW_TOKENS,
        ),
        prompts,
    )
    print(f"{len(prompts)} questions of unseen voices, {mean:.0f} tokens each")
    for dtype in options.dtypes.split(","):
        runner = load_runner(
            model(),
            device=options.device,
            dtype=dtype,
            max_slots=SLOTS,
            max_source_tokens=longest,
            max_new_tokens=NEW_TOKENS,
        )
        changed, apart = compare(exact, answers(runner, prompts))
        print(f"{runner.description:50s} answers changed {changed:.2%}, log-probabilities within {apart:.1e}")


if __name__ == "__main__":
    main()
