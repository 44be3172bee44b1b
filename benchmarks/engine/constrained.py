"""What constraints cost in a decode step: `python -m benchmarks.engine.constrained`.

Two runners of one model take steps in turns, one with constrained rows. On a CPU with one thread, whose own
time is taken: other processes then count for little.
"""

import argparse
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import T5ForConditionalGeneration
from transformers import logging as transformers_logging

from benchmarks.engine.shapes import random_model
from inference_worker.engine.automaton import Automaton, Constraint
from inference_worker.engine.sequence import Sequence
from inference_worker.t5.loading import load_runner
from inference_worker.t5.runner import T5Runner

BUNDLED = Path(__file__).parents[2] / "inference_worker" / "bundled_model"
PROMPT_TOKENS, NEW_TOKENS = 64, 64
STATES, EDGES, WIDE_EDGES, WIDE_EVERY = 2000, 5, 80, 20


def endless_automaton(vocabulary: int) -> Automaton:
    """Of the query grammar's size for the bundled tokenizer; some states with many edges, none ends."""
    generator = np.random.default_rng(0)
    counts = generator.integers(1, EDGES + 1, STATES)
    counts[::WIDE_EVERY] = WIDE_EDGES
    token_ids = np.concatenate(
        [generator.choice(np.arange(3, vocabulary), count, replace=False) for count in counts]
    )
    return Automaton(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        token_ids.astype(np.int64),
        generator.integers(0, STATES, len(token_ids)),
        np.zeros(len(token_ids), np.int64),
    )


def start(runner: T5Runner, rows: int, constrained: int, constraint: Constraint) -> None:
    """Occupy `rows` slots, the first `constrained` of them with the constraint."""
    chance = random.Random(1)
    runner.reset()
    for row in range(rows):
        prompt = tuple(chance.randrange(3, runner.vocab_size) for _ in range(PROMPT_TOKENS))
        given = constraint if row < constrained else None
        runner.encode([Sequence(prompt, NEW_TOKENS, constraint=given)])


def compare(
    model: Any, rows: int, constrained: int, options: argparse.Namespace
) -> tuple[float, float, float]:
    """Median step without, and median and least difference with constraints, in milliseconds."""
    runners = [
        load_runner(
            model,
            device=options.device,
            dtype=options.dtype,
            max_slots=rows,
            max_source_tokens=PROMPT_TOKENS,
            max_new_tokens=NEW_TOKENS,
            static_shapes=options.static or None,
            threads=1,
        )
        for _ in range(2)
    ]
    automaton = endless_automaton(runners[0].vocab_size)
    constraint = Constraint(automaton, frozenset(), np.ones(automaton.states, np.bool_), ())
    clock = time.thread_time if options.device == "cpu" else time.perf_counter
    plain_ms, apart_ms = [], []
    for _ in range(options.repeats):
        for runner, count in zip(runners, (0, constrained), strict=True):
            start(runner, rows, count, constraint)
        for _ in range(NEW_TOKENS):
            spent = []
            for runner in runners:
                began = clock()
                runner.decode_step().read()
                spent.append((clock() - began) * 1e3)
            plain_ms.append(spent[0])
            apart_ms.append(spent[1] - spent[0])
    return median(plain_ms), median(apart_ms), min(plain_ms)


def main() -> None:
    """Print a line per batch."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.constrained", description=__doc__)
    parser.add_argument("--shape", default="bundled", help="bundled, or a shape of random weights")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--rows", default="1,8,32")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--static", action="store_true", help="fixed shapes on the CPU too, as on a GPU")
    options = parser.parse_args()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    model = (
        T5ForConditionalGeneration.from_pretrained(BUNDLED, dtype=torch.float32).eval()
        if options.shape == "bundled"
        else random_model(options.shape)
    )
    for rows in (int(count) for count in options.rows.split(",")):
        for constrained in sorted({(rows + 1) // 2, rows}):
            step, apart, least = compare(model, rows, constrained, options)
            print(
                f"{options.shape}, {rows} rows, {constrained} constrained: step {step:.3f} ms (least "
                f"{least:.3f}), with constraints {apart:+.3f} ms, {apart / step:+.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
