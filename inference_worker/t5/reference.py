"""`Runner` over HF `generate`: the oracle of the tests, and a fallback.

A batch is generated to its end at prefill, then returned one token per step; so requests cannot
join or leave a batch midway, and a cancel or a deadline takes effect when the batch is done.
"""

from collections import abc
from typing import Any

import torch

from inference_worker.engine.runner import ReadyStep
from inference_worker.engine.sequence import Sequence
from inference_worker.t5.torch_errors import translating_errors

DTYPES = {"auto": None, "fp32": torch.float32, "bf16": torch.bfloat16}


class ReferenceRunner:
    """Implements `Runner` with HF `generate`, greedy."""

    pipelined = False

    def __init__(self, model: Any, *, max_slots: int, max_source_tokens: int, max_new_tokens: int) -> None:
        self._model = model.eval()
        self.max_slots = max_slots
        self.max_source_tokens = max_source_tokens
        self.max_new_tokens = max_new_tokens
        self.vocab_size = int(model.config.vocab_size)
        eos = model.generation_config.eos_token_id
        self.eos_token_ids = frozenset([eos] if isinstance(eos, int) else eos or [])
        self._pad = int(model.config.pad_token_id or 0)
        self.description = f"HF generate, {model.dtype} on {model.device}"
        self._rows: list[list[tuple[int, float]]] = []

    @translating_errors
    def encode(self, sequences: abc.Sequence[Sequence]) -> None:
        """Generate the whole batch; its tokens are kept for the steps to come."""
        longest = max(sequence.prompt_tokens for sequence in sequences)
        input_ids = torch.full((len(sequences), longest), self._pad)
        mask = torch.zeros_like(input_ids)
        for row, sequence in enumerate(sequences):
            input_ids[row, : sequence.prompt_tokens] = torch.tensor(sequence.input_ids)
            mask[row, : sequence.prompt_tokens] = 1
        output = self._model.generate(
            input_ids=input_ids.to(self._model.device),
            attention_mask=mask.to(self._model.device),
            max_new_tokens=max(sequence.max_new_tokens for sequence in sequences),
            do_sample=False,
            num_beams=1,
            output_scores=True,
            return_dict_in_generate=True,
        )
        tokens = output.sequences[:, 1:]
        scores = torch.stack(output.scores, dim=1).float().log_softmax(-1)
        logprobs = scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
        for ids, values in zip(tokens.tolist(), logprobs.tolist(), strict=True):
            self._rows.append(list(zip(ids, values, strict=True))[::-1])

    def decode_step(self) -> ReadyStep:
        """Return the next token of every row."""
        return ReadyStep([row.pop() for row in self._rows])

    def retire(self, slot: int) -> None:
        """Free a slot; the last occupied row moves into it."""
        self._rows[slot] = self._rows[-1]
        self._rows.pop()

    def reset(self) -> None:
        """Drop all rows."""
        self._rows.clear()


def load_runner(  # noqa: PLR0913 - the interface that all backends share
    model: Any,
    *,
    device: str,
    dtype: str = "auto",
    max_slots: int,
    max_source_tokens: int,
    max_new_tokens: int,
) -> ReferenceRunner:
    """The reference runner on `device`; `dtype` is auto (the model's own), fp32 or bf16.

    The model is moved and converted in place.
    """
    if dtype not in DTYPES:
        raise ValueError(f"the reference backend runs in {', '.join(DTYPES)}, not in {dtype!r}")
    return ReferenceRunner(
        model.to(device=device, dtype=DTYPES[dtype]),
        max_slots=max_slots,
        max_source_tokens=max_source_tokens,
        max_new_tokens=max_new_tokens,
    )
