"""The finished checkpoint as a folder: weights, tokenizer, self-test and the model card."""

import json
from pathlib import Path
from typing import Any

import torch

from training.evaluate import Scores
from training.train import Point, Recipe

SELF_TEST_TOKENS = 48
CARD = Path(__file__).parent / "model_card.md"


def write(folder: Path, model: Any, tokenizer: Any, prompt: str) -> list[int]:
    """Write weights, configuration and self-test; returns the ids of the model's answer to `prompt`."""
    model = model.float().eval()
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "model.safetensors").chmod(0o644)
    _complete_config(folder)
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor([tokenizer(prompt).input_ids]),
            max_new_tokens=SELF_TEST_TOKENS,
            do_sample=False,
            num_beams=1,
        )
    special = {tokenizer.pad_token_id, tokenizer.eos_token_id}
    ids = [token for token in output[0].tolist() if token not in special]
    (folder / "selftest.json").write_text(json.dumps({"prompt": prompt, "ids": ids}) + "\n")
    return ids


def _complete_config(folder: Path) -> None:
    """Say what transformers 5 leaves out: the head is not tied, and which prompts the checkpoint takes."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.pop("scale_decoder_outputs", None)
    config |= {"tie_word_embeddings": False, "askwatt_prompt_style": "slots"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def write_card(
    folder: Path, recipe: Recipe, curve: list[Point], scores: Scores, shown: tuple[str, str]
) -> None:
    """Write the model card; every number in it comes from this run."""
    from safetensors import safe_open

    weights = folder / "model.safetensors"
    with safe_open(weights, framework="pt") as tensors:
        parameters = sum(tensors.get_tensor(name).numel() for name in tensors.keys())  # noqa: SIM118
    from training.question_templates import ASKED

    rows = "\n".join(
        f"| {kind} | {total} | {scores.supported[kind] / total:.1%} | {scores.exact[kind] / total:.1%} | "
        f"{len(scores.phrasings[kind])} |"
        for kind, total in sorted(scores.total.items())
    )
    points = "\n".join(
        f"| {point.step} | {point.loss:.3f} | {point.seconds:.0f} | "
        f"{'' if point.passing is None else format(point.passing, '.1%')} |"
        for point in curve
        if point.passing is not None or point.step in (100, 200, 300)
    )
    card = CARD.read_text(encoding="utf-8").format(
        parameters=parameters / 1e6,
        size=weights.stat().st_size / 1e6,
        prompt=shown[0],
        answer=shown[1],
        examples=recipe.examples,
        types=len(ASKED),
        seed=recipe.seed,
        scored=scores.total.total(),
        supported=scores.share_supported,
        exact=scores.share_exact,
        rows=rows,
        curve=points,
        recipe="\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in recipe.as_dict().items()),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
