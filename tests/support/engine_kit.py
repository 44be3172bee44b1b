"""What the engine's tests share: a runner without a model, tiny random models, and the oracle's answers."""

from collections import abc
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from inference_worker.engine.automaton import Constraint
from inference_worker.engine.runner import ReadyStep
from inference_worker.engine.sequence import Choice, Outcome, ReplySink, Sequence
from tests.support.random_rules import Rules

EOS = 1


class Collected(ReplySink):
    """Keeps what a sequence was told."""

    def __init__(self) -> None:
        self.token_ids: list[int] = []
        self.outcomes: list[Outcome] = []

    def put(self, token_ids: list[int], outcome: Outcome | None) -> None:
        self.token_ids += token_ids
        if outcome is not None:
            self.outcomes.append(outcome)


@dataclass
class FakeRunner:
    """Counts up from the prompt's first token and ends with EOS after `answer_tokens`; checks its own use.

    `faults` are raised by the calls named, one per call, in order; None lets a call pass.
    """

    max_slots: int = 4
    max_source_tokens: int = 100
    max_new_tokens: int = 50
    vocab_size: int = 1000
    answer_tokens: int = 5
    pipelined: bool = False
    max_encode: int = 100
    max_rows: int = 100
    eos_token_ids: frozenset[int] = frozenset({EOS})
    description: str = "counting"
    rows: list[list[int]] = field(default_factory=list)
    encode_sizes: list[int] = field(default_factory=list)
    faults: dict[str, list[Exception | None]] = field(default_factory=dict)
    resets: int = 0

    def _fault(self, call: str) -> None:
        planned = self.faults.get(call)
        if planned and (error := planned.pop(0)) is not None:
            raise error

    def encode(self, sequences: abc.Sequence[Sequence]) -> None:
        self.encode_sizes.append(len(sequences))
        self._fault("encode")
        assert len(self.rows) + len(sequences) <= self.max_slots
        self.rows += [[sequence.input_ids[0], 0] for sequence in sequences]

    def decode_step(self) -> ReadyStep:
        self._fault("decode_step")
        tokens = []
        for row in self.rows:
            tokens.append(Choice(row[0] + row[1] if row[1] < self.answer_tokens else EOS, -0.5, 0.25))
            row[1] += 1
        return ReadyStep(tokens)

    def retire(self, slot: int) -> None:
        self.rows[slot] = self.rows[-1]
        self.rows.pop()

    def reset(self) -> None:
        self.resets += 1
        self.rows.clear()


def tiny_model(kind: str, *, scale: float = 2.0) -> Any:
    """A random T5 whose answers vary: `v1.1` (gated GELU, own head), `v1.0` (ReLU, tied head), or `flat`.

    `flat` has one layer and one head, and dimensions that are no power of two. `scale` multiplies the usual
    initial weights: large ones make answers vary, and rounding matter.
    """
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 4}
    if kind == "flat":
        sizes = {"d_model": 20, "d_kv": 12, "d_ff": 28, "num_layers": 1, "num_heads": 1}
    config = T5Config(
        vocab_size=120,
        feed_forward_proj="relu" if kind == "v1.0" else "gated-gelu",
        tie_word_embeddings=kind == "v1.0",
        decoder_start_token_id=0,
        relative_attention_max_distance=24,
        relative_attention_num_buckets=8,
        **sizes,
    )
    model = T5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "layer_norm" in name:
                weights.uniform_(0.5, 1.5)
            else:
                weights.mul_(scale).add_(torch.randn_like(weights) * 0.1)
        if kind != "v1.0":
            model.lm_head.weight = torch.nn.Parameter(torch.randn(120, config.d_model) * 0.6)
    return model


@dataclass(frozen=True)
class ReferenceAnswer:
    """A prompt, and rules if any, with what HF `generate` answers when it is alone."""

    input_ids: tuple[int, ...]
    rules: Rules | None
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    margins: tuple[float, ...]
    ends: bool

    def expected(self, budget: int) -> "ReferenceAnswer":
        """The answer within a budget."""
        if self.ends and budget > len(self.token_ids):
            return self
        return replace(
            self,
            token_ids=self.token_ids[:budget],
            logprobs=self.logprobs[:budget],
            margins=self.margins[:budget],
            ends=False,
        )

    @property
    def finish_reason(self) -> str:
        return "eos" if self.ends else "length"

    @cached_property
    def constraint(self) -> Constraint | None:
        return None if self.rules is None else self.rules.constraint()


def reference_answer(
    model: Any, prompt: list[int], rules: Rules | None, max_new_tokens: int
) -> ReferenceAnswer:
    """HF's greedy answer in fp32, with its own function for constrained decoding."""
    import torch

    def allowed(_: int, ids: Any) -> list[int]:
        generated = ids[1:].tolist()
        return [EOS] if rules is None or EOS in generated else rules.after(generated)

    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor([prompt]),
            max_new_tokens=max_new_tokens,
            do_sample=False,
            num_beams=1,
            prefix_allowed_tokens_fn=None if rules is None else allowed,
            output_scores=True,
            return_dict_in_generate=True,
        )
    scores = torch.cat(output.scores).double()
    best = scores.topk(2).values
    ids = output.sequences[0, 1:].tolist()
    ends = ids[-1] == EOS
    return ReferenceAnswer(
        tuple(prompt),
        rules,
        tuple(ids[:-1] if ends else ids),
        tuple(scores.log_softmax(-1).amax(-1).tolist()),
        tuple((best[:, 0] - best[:, 1]).tolist()),
        ends,
    )


def reference_answers(
    model: Any, asked: list[tuple[list[int], Rules | None]], max_new_tokens: int, margin: float = 1e-4
) -> list[ReferenceAnswer]:
    """HF's greedy answers, one prompt at a time.

    A prompt is left out where two tokens are within `margin` of each other: which one is greater is then a
    matter of rounding, and no test should hang on it.
    """
    answers = [reference_answer(model, prompt, rules, max_new_tokens) for prompt, rules in asked]
    return [answer for answer in answers if min(answer.margins) >= margin]
