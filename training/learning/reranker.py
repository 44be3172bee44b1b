"""`python -m training.learning.reranker`: train the linear model that chooses among the reader's candidates.

Each symbol of the query language is one logistic regression over the features of the prompt, trained on the
same pairs as the reader. A minute or two on one core; `python -m training.learning` does it at its end.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from inference_worker.model.reranker import RERANKER_FILE, buckets, symbols_of
from training.learning.checkpoint import BUNDLED
from training.reading.pairs import Pairs, load_voices
from training.reading.reading import Reading

SEED = 7
BUCKETS = 1 << 15
WEIGHT = 0.3
"""What its score counts beside T5's log-probability; from 0.2 to 0.4 the choices are equally good."""
RAREST = 20
"""A symbol in fewer queries is not learnt."""
_BATCH = 256
_WRITTEN_TIMES = 3
_FEATURES_DROPPED = 0.2
_START_LOG_ODDS = -4.0
_LEVELS = 127


@dataclass(frozen=True)
class Course:
    """How long and how fast: generated pairs, passes over them, and the first learning rate."""

    pairs: int = 60_000
    passes: int = 3
    learning_rate: float = 0.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the voices that train, and write the file beside a checkpoint."""
    options = _parser().parse_args(arguments)
    write_reranker(options.out, load_voices().training, options.seed, Course(options.pairs, options.passes))
    return 0


def write_reranker(folder: Path, written: Sequence[Reading], seed: int, course: Course | None = None) -> None:
    """Train on sentences as they were written and on pairs made of them; a seed gives the same file again."""
    course = course or Course()
    made = list(islice(Pairs(written, seed), course.pairs))
    symbols = _frequent([*written, *made])
    place = {symbol: number for number, symbol in enumerate(symbols)}
    rows = [
        (buckets(reading.prompt, BUCKETS), [place[s] for s in symbols_of(reading.target) if s in place])
        for reading in [*_WRITTEN_TIMES * list(written), *made]
    ]
    weights, bias = _trained(rows, len(symbols), seed, course)
    scales = np.maximum(np.abs(weights).max(0) / _LEVELS, np.finfo(np.float32).tiny).astype(np.float32)
    tensors = {"weights": np.rint(weights / scales).astype(np.int8), "scales": scales, "bias": bias}
    save_file(tensors, folder / RERANKER_FILE, {"symbols": json.dumps(symbols), "weight": str(WEIGHT)})


def _frequent(readings: Sequence[Reading]) -> list[str]:
    counts = Counter(symbol for reading in readings for symbol in symbols_of(reading.target))
    return sorted(symbol for symbol, count in counts.items() if count >= RAREST)


def _trained(
    rows: list[tuple[list[int], list[int]]], symbols: int, seed: int, course: Course
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (BUCKETS, symbols) and bias (symbols,) of least cross-entropy, by Adam with a falling rate."""
    rng = random.Random(seed)
    rng.shuffle(rows)
    table = torch.nn.EmbeddingBag(BUCKETS, symbols, mode="sum", sparse=True)
    torch.nn.init.zeros_(table.weight)
    bias = torch.nn.Parameter(torch.full((symbols,), _START_LOG_ODDS))
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.SparseAdam(table.parameters(), lr=course.learning_rate),
        torch.optim.Adam([bias], lr=course.learning_rate),
    ]
    steps = [start for _ in range(course.passes) for start in range(0, len(rows), _BATCH)]
    for step, start in enumerate(steps):
        optimizers[0].param_groups[0]["lr"] = course.learning_rate * (1 - step / len(steps))
        batch = rows[start : start + _BATCH]
        kept = [_kept(features, rng) for features, _ in batch]
        offsets = np.cumsum([0, *(len(features) for features in kept)])[:-1]
        right = torch.zeros(len(batch), symbols)
        for row, (_, present) in enumerate(batch):
            right[row, present] = 1
        log_odds = table(torch.tensor(list(chain.from_iterable(kept))), torch.tensor(offsets)) + bias
        loss = torch.nn.functional.binary_cross_entropy_with_logits(log_odds, right, reduction="sum")
        for optimizer in optimizers:
            optimizer.zero_grad()
        (loss / len(batch)).backward()
        for optimizer in optimizers:
            optimizer.step()
    return table.weight.detach().numpy(), bias.detach().numpy()


def _kept(features: list[int], rng: random.Random) -> list[int]:
    """Most of the features: what is always there would be leant on too much."""
    return [feature for feature in features if rng.random() > _FEATURES_DROPPED] or features


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.learning.reranker", description=__doc__)
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder of the checkpoint")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pairs", type=int, default=Course.pairs, help="pairs made of the sentences")
    parser.add_argument("--passes", type=int, default=Course.passes)
    return parser


if __name__ == "__main__":
    sys.exit(main())
