"""How good the model is: its words filled in and read back by production's own check."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from api_service.assistant.verification.verify import verify
from inference_worker.prompt import SlotFiller
from training.examples import Example
from training.train import padded

MAX_NEW_TOKENS = 96
SHOWN_FAILURES = 20


@dataclass(frozen=True)
class Spoken:
    """What the model said to one example."""

    example: Example
    text: str
    is_exact: bool
    is_supported: bool
    problems: tuple[str, ...]


@dataclass
class Scores:
    """Counts per kind of answer; shares are of `total`."""

    total: Counter[str] = field(default_factory=Counter)
    supported: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    phrasings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    failures: list[Spoken] = field(default_factory=list)

    @property
    def share_supported(self) -> float:
        """Answers in the model's own words that pass the check."""
        return self.supported.total() / max(1, self.total.total())

    @property
    def share_exact(self) -> float:
        """Answers that equal the taught phrasing word for word."""
        return self.exact.total() / max(1, self.total.total())


def generate(model: Any, tokenizer: Any, examples: Sequence[Example], batch: int = 64) -> list[Spoken]:
    """The model's greedy answers, slots filled, checked."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].prompt))
    said: dict[int, Spoken] = {}
    for start in range(0, len(order), batch):
        chunk = order[start : start + batch]
        inputs, mask = padded(tokenizer([examples[i].prompt for i in chunk]).input_ids, 0)
        with torch.inference_mode():
            output = model.generate(
                input_ids=inputs,
                attention_mask=mask,
                max_new_tokens=MAX_NEW_TOKENS,
                do_sample=False,
                num_beams=1,
            )
        for i, ids in zip(chunk, output.tolist(), strict=True):
            said[i] = _spoken(tokenizer, examples[i], ids)
    return [said[i] for i in range(len(examples))]


def _spoken(tokenizer: Any, example: Example, ids: Sequence[int]) -> Spoken:
    never_said = {tokenizer.pad_token_id, tokenizer.eos_token_id}
    words = tokenizer.decode([i for i in ids if i not in never_said], skip_special_tokens=False)
    filler = SlotFiller(example.parts.slots)
    filler.feed(words)
    filler.finish()
    taught = SlotFiller(example.parts.slots)
    taught.feed(example.target_text)
    taught.finish()
    verdict = verify(filler.text, example.sheet)
    return Spoken(example, filler.text, filler.text == taught.text, verdict.supported, verdict.problems)


def score(said: Sequence[Spoken]) -> Scores:
    """The answers counted."""
    scores = Scores()
    for spoken in said:
        kind = spoken.example.kind
        scores.total[kind] += 1
        scores.supported[kind] += spoken.is_supported
        scores.exact[kind] += spoken.is_exact
        if spoken.is_supported:
            scores.phrasings[kind].add(_skeleton(spoken))
        else:
            scores.failures.append(spoken)
    return scores


def _skeleton(spoken: Spoken) -> str:
    """The answer with its slots taken out, to count phrasings."""
    text = spoken.text.casefold()
    for slot in sorted(spoken.example.parts.slots, key=len, reverse=True):
        text = text.replace(slot.casefold(), "_")
    return text
