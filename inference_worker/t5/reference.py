"""`Runner` over HF `generate`: the oracle of the tests, and a fallback.

A batch is generated to its end at prefill, then returned one token per step; so requests cannot
join or leave a batch midway, and a cancel or a deadline takes effect when the batch is done.
"""

import math
from collections import abc
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList

from inference_worker.engine.automaton import END, START, Constraint
from inference_worker.engine.runner import ReadyStep
from inference_worker.engine.sequence import NO_TOKEN, Choice, Sequence
from inference_worker.t5.torch_errors import translating_errors

DTYPES = {"auto": None, "fp32": torch.float32, "bf16": torch.bfloat16}


class _ConstraintMask(LogitsProcessor):  # type: ignore[misc]
    """Masks what each row's constraint does not allow; `dead_ends`: row to the position without any token."""

    def __init__(self, constraints: abc.Sequence[Constraint | None]) -> None:
        self._constraints = constraints
        self.dead_ends: dict[int, int] = {}

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores (rows, vocabulary) that follow `input_ids` (rows, tokens), -inf where not allowed."""
        for row, constraint in enumerate(self._constraints):
            if constraint is None or row in self.dead_ends:
                continue
            ids = input_ids[row, 1:].tolist()
            allowed = self._after(constraint, ids)
            if allowed is not None and not allowed:
                self.dead_ends[row] = len(ids)
            elif allowed:
                mask = torch.full_like(scores[row], -torch.inf)
                mask[list(allowed)] = 0.0
                scores[row] += mask
        return scores

    @staticmethod
    def _after(constraint: Constraint, ids: list[int]) -> dict[int, int] | None:
        """What may follow; None when the output is complete."""
        state = START
        for position, token_id in enumerate(ids):
            state = constraint.allowed(state, position)[token_id]
            if state == END:
                return None
        return constraint.allowed(state, len(ids))


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
        self._rows: list[list[Choice]] = []

    @translating_errors
    def encode(self, sequences: abc.Sequence[Sequence]) -> None:
        """Generate the whole batch; its tokens are kept for the steps to come."""
        longest = max(sequence.prompt_tokens for sequence in sequences)
        input_ids = torch.full((len(sequences), longest), self._pad)
        mask = torch.zeros_like(input_ids)
        for row, sequence in enumerate(sequences):
            input_ids[row, : sequence.prompt_tokens] = torch.tensor(sequence.input_ids)
            mask[row, : sequence.prompt_tokens] = 1
        constraints = _ConstraintMask([sequence.constraint for sequence in sequences])
        output = self._model.generate(
            input_ids=input_ids.to(self._model.device),
            attention_mask=mask.to(self._model.device),
            max_new_tokens=max(sequence.max_new_tokens for sequence in sequences),
            do_sample=False,
            num_beams=1,
            logits_processor=LogitsProcessorList([constraints]),
            output_scores=True,
            return_dict_in_generate=True,
        )
        tokens = output.sequences[:, 1:]
        scores = torch.stack(output.scores, dim=1).float().log_softmax(-1)
        logprobs = scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
        best = scores.topk(2, -1).values
        margins = best[..., 0] - best[..., 1]
        for row, parts in enumerate(zip(tokens.tolist(), logprobs.tolist(), margins.tolist(), strict=True)):
            choices = [Choice(*choice) for choice in zip(*parts, strict=True)]
            if row in constraints.dead_ends:
                choices[constraints.dead_ends[row]] = Choice(NO_TOKEN, math.nan, math.nan)
            self._rows.append(choices[::-1])

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
