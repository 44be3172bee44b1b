"""`python -m training.learning`: train one model for both tasks from a seed, and score its reading."""

import argparse
import random
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from api_service.assistant.query.automaton import query_automaton
from inference_worker.model.reranker import load_reranker
from inference_worker.model.token_grammar import compile_grammar
from training.learning.batches import Read, Said, losses
from training.learning.checkpoint import BUNDLED, write_checkpoint
from training.learning.choices import Choices
from training.learning.decoding import read_all
from training.learning.loop import Schedule, train
from training.learning.model import (
    Shape,
    WordEmbedding,
    continued_model,
    fold_embedding,
    new_model,
    use_embedding,
)
from training.learning.reranker import Course, write_reranker
from training.learning.tokenizer import build_tokenizer, frequent, save_tokenizer
from training.learning.word_vectors import neighbours
from training.reading.pairs import Pairs, Voices, load_voices
from training.reading.reading import Reading
from training.reading.scoring import report, score_readings
from training.saying.examples import examples

KIND_WORDS = ["read", "last", "device", "group", "time", "hours", "number", "state"]
RARE = 12
"""A word of the generated pairs is a piece of its own from so many uses on; one of the voices always."""
NEIGHBOURS, WATCHED = 600, 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and score; returns the exit code."""
    options = _parser().parse_args(arguments)
    voices = load_voices()
    reading = list(islice(Pairs(voices.training, options.seed), options.pairs))
    saying = examples(options.says, options.seed)
    if options.start:
        tokenizer, model = AutoTokenizer.from_pretrained(options.start), continued_model(options.start)
        tokenizer.save_pretrained(options.out)
    else:
        tokenizer = _tokenizer(options.out, voices, reading, [text for pair in saying for text in pair])
        shape = Shape(d_model=options.width, heads=options.width // 32)
        model = new_model(shape, len(tokenizer), options.seed)
        use_embedding(model, _embedding(tokenizer, model))
    grammar = compile_grammar(query_automaton(), tokenizer)
    schedule = Schedule(
        seed=options.seed, seconds=options.seconds, steps=options.steps, learning_rate=options.learning_rate
    )
    choices = Choices(grammar)
    read, said = _encoded_readings(reading, tokenizer, choices), _encoded_sayings(saying, tokenizer)
    scored = [reading for readings in voices.scoring.values() for reading in readings]
    random.Random(options.seed).shuffle(scored)
    scored = scored[: options.scored]

    def watch(current: Any) -> float:
        part = scored[:WATCHED]
        return score_readings(part, read_all(current, tokenizer, grammar, part)).share()

    train(model, losses(read, said, choices, options.say_share, schedule.batch), schedule, watch)
    fold_embedding(model)
    write_checkpoint(options.out, model, query_automaton())
    course = Course(min(Course.pairs, options.pairs))
    write_reranker(options.out, voices.training, options.seed, course)
    answers = read_all(model, tokenizer, grammar, scored, load_reranker(options.out))
    report(score_readings(scored, answers))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.learning", description=__doc__)
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder of the checkpoint")
    parser.add_argument(
        "--start", type=Path, help="folder of an earlier checkpoint that is trained further (new voices)"
    )
    parser.add_argument("--learning-rate", type=float, default=Schedule.learning_rate)
    parser.add_argument("--seed", type=int, default=20240310)
    parser.add_argument("--pairs", type=int, default=400_000, help="pairs for reading")
    parser.add_argument("--scored", type=int, help="score at most so many sentences (default: all)")
    parser.add_argument("--says", type=int, default=40_000, help="pairs for saying")
    parser.add_argument("--say-share", type=float, default=0.14, help="share of the pairs for saying")
    parser.add_argument("--width", type=int, default=160, help="d_model, a multiple of 32")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument(
        "--seconds", type=float, default=6000.0, help="training ends after so long at the latest"
    )
    return parser


def _tokenizer(folder: Path, voices: Voices, reading: Sequence[Reading], said: Sequence[str]) -> Any:
    symbols = [symbol for symbol in query_automaton().symbols if symbol[0] != "@"]
    written = [pair.prompt for pair in voices.training]
    known = [*frequent(written, 1), *frequent([pair.prompt for pair in reading], RARE), *frequent(said, RARE)]
    words = [*symbols, *KIND_WORDS, *known, *neighbours(known, NEIGHBOURS)]
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(build_tokenizer(words, [*written, *neighbours(known, 10 * NEIGHBOURS)]), folder)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _embedding(tokenizer: Any, model: Any) -> WordEmbedding:
    pieces = [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    return WordEmbedding(pieces, model.config.vocab_size, model.config.d_model)


def _encoded_readings(readings: Sequence[Reading], tokenizer: Any, choices: Choices) -> list[Read]:
    prompts = tokenizer([reading.prompt for reading in readings]).input_ids
    return [
        (ids, choices.encode(reading.target.split(), [kind.value for kind in reading.kinds]))
        for ids, reading in zip(prompts, readings, strict=True)
    ]


def _encoded_sayings(pairs: Sequence[tuple[str, str]], tokenizer: Any) -> list[Said]:
    return list(zip(*(tokenizer(list(texts)).input_ids for texts in zip(*pairs, strict=True)), strict=True))


if __name__ == "__main__":
    sys.exit(main())
