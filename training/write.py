"""The finished checkpoint as a folder: weights, tokenizer, self-test and the model card."""

import json
from pathlib import Path
from typing import Any

import torch

from training.evaluate import Scores
from training.learn import Point, Recipe

SELF_TEST_TOKENS = 48

CARD = """\
---
license: mit
language: en
library_name: transformers
pipeline_tag: text2text-generation
---
# AskWatt's bundled model

A small T5 v1.1 ({parameters:.2f} million parameters, {size:.1f} MB as float32 safetensors), trained from scratch by
`python -m training` to phrase answers about electrical devices. It is no general language model: it has seen
nothing but the prompts of this project, and it speaks in slots. Names, numbers, units, times and windows stand in
prompt and answer as T5's sentinel tokens `<extra_id_N>` and are filled in afterwards, so the model can neither
invent a digit nor misspell a name. What it can do wrong is take the wrong slot or say "most" for "least"; every
answer is therefore read back against the facts, and one that fails is replaced by a sentence composed from them.

## Prompt
```
{prompt}
```
The model's own greedy answer to it: `{answer}`

## Data
{examples} generated pairs of random households (1 to 25 devices, random statistics, names, time zones and windows),
fact sheets built by the same code that serves, questions of {types} types in several wordings each (whole,
polite, brief, casual; typos; earlier turns that do not matter), and one phrasing per kind of answer and way of asking.
No real household's data, no text from elsewhere. Seed {seed}.

## Scores
On {scored} questions about households with names, and in wordings, that were never trained on:

| | share |
|---|---|
| in the model's own words and passing the check | {supported:.1%} |
| word for word the taught phrasing | {exact:.1%} |

| kind of answer | asked | pass | exact | phrasings used |
|---|---|---|---|---|
{rows}

## Learning curve
| step | loss | seconds | passing on held-out questions |
|---|---|---|---|
{curve}

## Recipe
{recipe}

## Limits
English only. Only the kinds of answers listed above; one sentence each. It follows the wording of the question only
roughly. Its token probabilities are not calibrated by themselves.
"""


def write(folder: Path, model: Any, tokenizer: Any, prompt: str) -> list[int]:
    """Write weights, configuration and self-test; returns the ids of the model's answer to `prompt`."""
    model = model.float().eval()
    model.config.askwatt_prompt_style = "slots"
    model.config.architectures = ["T5ForConditionalGeneration"]
    model.generation_config.max_new_tokens = None
    model.save_pretrained(folder, safe_serialization=True)
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


def write_card(folder: Path, recipe: Recipe, curve: list[Point], scores: Scores, shown: tuple[str, str]) -> None:
    """Write the model card; every number in it comes from this run."""
    from safetensors import safe_open

    weights = folder / "model.safetensors"
    with safe_open(weights, framework="pt") as tensors:
        parameters = sum(tensors.get_tensor(name).numel() for name in tensors.keys())  # noqa: SIM118
    from training.asked import ASKED

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
    card = CARD.format(
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
