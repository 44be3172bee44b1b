"""`python -m training`: generate data, train tokenizer and model, score them, write the checkpoint."""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from training.evaluate import SHOWN_FAILURES, Scores, generate, score
from training.examples import Example, examples
from training.tokenizer import save_tokenizer, train_tokenizer
from training.train import Point, Recipe, new_model, train
from training.write import write, write_card

BUNDLED = Path(__file__).resolve().parent.parent / "inference_worker" / "bundled_model"
SENTINEL = re.compile(r"<extra_id_\d+>")
WATCHED = 200
HELD_OUT_SEED = 77


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or only score what is there; returns the exit code."""
    options = _parser().parse_args(arguments)
    values = {field.name: getattr(options, field.name) for field in fields(Recipe)}
    recipe = replace(Recipe(), **values)
    held_out = examples(options.scored, HELD_OUT_SEED, held_out=True)
    if options.score_only:
        _report(_score(*_load(options.out), held_out))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    model, tokenizer, curve = _learn(recipe, options.out, held_out)
    shown = next((example for example in held_out if example.kind == "compare.energy"), held_out[0])
    ids = write(options.out, model, tokenizer, shown.prompt)
    scores = _score(model, tokenizer, held_out)
    write_card(options.out, recipe, curve, scores, (shown.prompt, tokenizer.decode(ids)))
    _report(scores)
    print(f"written to {options.out}")
    return 0 if scores.share_supported >= options.at_least else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=BUNDLED, help="folder of the checkpoint (default: the bundled one)"
    )
    parser.add_argument("--scored", type=int, default=2000, help="held-out questions to score on")
    parser.add_argument(
        "--score-only", action="store_true", help="score the checkpoint in --out, train nothing"
    )
    parser.add_argument(
        "--at-least", type=float, default=0.97, help="exit 1 below this share of passing answers"
    )
    for field in fields(Recipe):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(
            name, type=type(field.default), default=field.default, help=f"default {field.default}"
        )
    return parser


def _learn(recipe: Recipe, folder: Path, held_out: Sequence[Example]) -> tuple[Any, Any, list[Point]]:
    started = time.monotonic()
    pairs = examples(recipe.examples, recipe.seed)
    print(f"{len(pairs)} examples in {time.monotonic() - started:.0f} s", flush=True)
    texts = (SENTINEL.sub(" ", text) for pair in pairs for text in (pair.prompt, pair.target_text))
    save_tokenizer(train_tokenizer(texts, recipe.vocab_size), folder)
    tokenizer = _tokenizer(folder)
    sources = tokenizer([pair.prompt for pair in pairs]).input_ids
    goals = tokenizer([pair.target_text for pair in pairs]).input_ids
    model = new_model(recipe, len(tokenizer))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{len(tokenizer)} pieces, {parameters / 1e6:.2f} M parameters", flush=True)

    def watch(_step: int, current: Any) -> float:
        return score(generate(current, tokenizer, held_out[:WATCHED])).share_supported

    return model, tokenizer, train(model, list(zip(sources, goals, strict=True)), recipe, watch)


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _load(folder: Path) -> tuple[Any, Any]:
    from transformers import T5ForConditionalGeneration

    return T5ForConditionalGeneration.from_pretrained(folder, local_files_only=True), _tokenizer(folder)


def _score(model: Any, tokenizer: Any, held_out: Sequence[Example]) -> Scores:
    return score(generate(model, tokenizer, held_out))


def _report(scores: Scores) -> None:
    for kind, total in sorted(scores.total.items()):
        passing, exact = scores.supported[kind] / total, scores.exact[kind] / total
        print(f"{kind:32} {total:5d}  passing {passing:6.1%}  word for word {exact:6.1%}")
    for failed in scores.failures[:SHOWN_FAILURES]:
        print(f"failed: {failed.example.kind}: {failed.text} {failed.problems}")
    share, exact = scores.share_supported, scores.share_exact
    print(f"passing {share:.2%}, word for word {exact:.2%} of {scores.total.total()}")


if __name__ == "__main__":
    sys.exit(main())
