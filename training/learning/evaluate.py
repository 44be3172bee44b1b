"""`python -m training.learning.evaluate`: how exactly a checkpoint reads the voices that never train.

Reads as the worker does, with the checkpoint's reranker where it has one (`--greedy` leaves it out).

The shares are those of whole queries, word for word, before anything else of the product looks at them; what
a user gets is measured by `python -m benchmarks.assistant`.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from transformers import AutoTokenizer

from api_service.assistant.query.automaton import query_automaton
from inference_worker.model.reranker import Reranker, load_reranker
from inference_worker.model.token_grammar import compile_grammar
from training.learning.checkpoint import BUNDLED
from training.learning.decoding import read_all
from training.learning.model import continued_model
from training.reading.pairs import load_voices
from training.reading.reading import Reading
from training.reading.scoring import report, score_readings

SEED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Score and print; 1 for a voice that there is not."""
    options = _parser().parse_args(arguments)
    scoring = load_voices().scoring
    if options.voice and options.voice not in scoring:
        print(f"no voice {options.voice!r} scores; there are {', '.join(sorted(scoring))}", file=sys.stderr)
        return 1
    readings = [
        reading for name in sorted(scoring) if options.voice in (None, name) for reading in scoring[name]
    ]
    random.Random(SEED).shuffle(readings)
    reranker = None if options.greedy else load_reranker(options.model)
    _evaluate(options.model, reranker, readings[: options.scored], shows_failures=options.failures)
    return 0


def _evaluate(
    folder: Path, reranker: Reranker | None, readings: Sequence[Reading], *, shows_failures: bool
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    grammar = compile_grammar(query_automaton(), tokenizer)
    answers = read_all(continued_model(folder), tokenizer, grammar, readings, reranker)
    scores = score_readings(readings, answers)
    report(scores)
    for reading, answer in scores.failures if shows_failures else ():
        print(f"\n{reading.prompt}\n  right {reading.target}\n  read  {answer.text}  ({answer.logprob:.2f})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.learning.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=BUNDLED, help="folder of the checkpoint")
    parser.add_argument("--voice", help="only this voice")
    parser.add_argument("--scored", type=int, help="at most so many sentences (default: all)")
    parser.add_argument("--greedy", action="store_true", help="leave the reranker out")
    parser.add_argument("--failures", action="store_true", help="print each query that was read wrongly")
    return parser


if __name__ == "__main__":
    sys.exit(main())
