"""The checkpoint's folder beside its tokenizer: weights, configuration, grammar, self-test."""

import json
from pathlib import Path
from typing import Any

import torch

from shared.grammar import Grammar

BUNDLED = Path(__file__).resolve().parents[2] / "inference_worker" / "bundled_model"
SELF_TEST_PROMPT = "read: how much energy did the device <extra_id_0> use time <extra_id_1>"
SELF_TEST_TOKENS = 24


def write_checkpoint(folder: Path, model: Any, grammar: Grammar) -> None:
    """Write all but the tokenizer, which is there; the worker serves the folder."""
    model = model.float().eval()
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "model.safetensors").chmod(0o644)
    _complete_config(folder)
    (folder / "grammar.json").write_text(json.dumps(grammar.as_dict()) + "\n")
    test = {"prompt": SELF_TEST_PROMPT, "ids": _greedy(folder, model)}
    (folder / "selftest.json").write_text(json.dumps(test) + "\n")


def _complete_config(folder: Path) -> None:
    """Say what transformers 5 leaves out: the head is not tied, and which prompts the checkpoint takes."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.pop("scale_decoder_outputs", None)
    config |= {"tie_word_embeddings": False, "askwatt_prompt_style": "slots"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


@torch.inference_mode()
def _greedy(folder: Path, model: Any) -> list[int]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    output = model.generate(
        input_ids=torch.tensor([tokenizer(SELF_TEST_PROMPT).input_ids]),
        max_new_tokens=SELF_TEST_TOKENS,
        do_sample=False,
        num_beams=1,
    )
    special = {tokenizer.pad_token_id, tokenizer.eos_token_id}
    return [token for token in output[0].tolist() if token not in special]
