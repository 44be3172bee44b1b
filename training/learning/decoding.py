"""Reading as the worker does it, plain and batched, for scoring in training.

Greedy within the grammar, or the likeliest of its candidates where there is a reranker.
"""

from collections.abc import Sequence
from typing import Any

import torch

from inference_worker.engine.automaton import END, START, Constraint
from inference_worker.engine.sequence import GenerationResult
from inference_worker.model.candidates import Forbidden, is_whole, ranked, turn, weakest_choices
from inference_worker.model.reranker import Reranker
from inference_worker.model.token_grammar import TokenGrammar
from training.learning.batches import padded
from training.reading.reading import Reading
from training.reading.scoring import Answer

MAX_NEW_TOKENS = 48
_BATCH = 64

Read = tuple[Reading, Forbidden]


def read_all(
    model: Any,
    tokenizer: Any,
    grammar: TokenGrammar,
    readings: Sequence[Reading],
    reranker: Reranker | None = None,
) -> list[Answer]:
    """The model's answer to each question, in order; without a reranker its greedy one."""
    greedy = _decoded(model, tokenizer, grammar, [(reading, ()) for reading in readings])
    found = [[result] for result in greedy]
    if reranker is not None:
        turns = [
            (place, ((position, token),))
            for place, result in enumerate(greedy)
            for position, token in weakest_choices(result, grammar.eos_token_id)
        ]
        others = _decoded(model, tokenizer, grammar, [(readings[place], turn) for place, turn in turns])
        for (place, ((position, _),)), other in zip(turns, others, strict=True):
            if is_whole(other):
                found[place].append(turn(greedy[place], position, other))
    answers = []
    for reading, results in zip(readings, found, strict=True):
        texts = [" ".join(grammar.decode(result.token_ids)) for result in results]
        best, result = ranked(reading.prompt, texts, results, reranker)[0]
        answers.append(Answer(best.text, sum(result.logprobs), min(result.margins, default=float("inf"))))
    return answers


def _decoded(
    model: Any, tokenizer: Any, grammar: TokenGrammar, reads: Sequence[Read]
) -> list[GenerationResult]:
    """The greedy output of each reading without what is forbidden, in order; batched by length."""
    model.eval()
    ids = [tokenizer(reading.prompt).input_ids for reading, _ in reads]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    results: dict[int, GenerationResult] = {}
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        constraints = [_constraint(grammar, *reads[place]) for place in places]
        rows = _decode_batch(model, [ids[place] for place in places], constraints)
        results |= {place: row.result for place, row in zip(places, rows, strict=True)}
    return [results[place] for place in range(len(ids))]


def _constraint(grammar: TokenGrammar, reading: Reading, forbidden: Forbidden) -> Constraint:
    guards = grammar.open_guards([kind.value for kind in reading.kinds])
    return grammar.automaton.constrain(guards, forbidden)


class _Row:
    """One output as it grows."""

    def __init__(self, constraint: Constraint) -> None:
        self._constraint = constraint
        self._state = START
        self._taken: list[int] = []
        self._logprobs: list[float] = []
        self._margins: list[float] = []
        self._ended = "length"

    @property
    def is_done(self) -> bool:
        return self._state == END or self._ended == "dead_end"

    @property
    def result(self) -> GenerationResult:
        is_complete = self._state == END
        taken = self._taken[:-1] if is_complete else self._taken
        reason = "eos" if is_complete else self._ended
        return GenerationResult(
            tuple(taken), tuple(self._logprobs), tuple(self._margins), reason, 0.0, 0.0, 0.0
        )

    def choose(self, logits: torch.Tensor, position: int) -> int:
        """The best allowed token; 0 once it is done."""
        if self.is_done:
            return 0
        allowed = self._constraint.allowed(self._state, position)
        if not allowed:
            self._ended = "dead_end"
            return 0
        tokens = list(allowed)
        ranks = torch.log_softmax(logits[tokens].double(), 0).topk(min(2, len(tokens)))
        best, *rest = ranks.values.tolist()
        token = tokens[int(ranks.indices[0])]
        self._state = allowed[token]
        self._taken.append(token)
        self._logprobs.append(best)
        self._margins.append(best - rest[0] if rest else float("inf"))
        return token


@torch.inference_mode()
def _decode_batch(model: Any, ids: Sequence[Sequence[int]], constraints: Sequence[Constraint]) -> list[_Row]:
    inputs, mask = padded(ids, 0)
    encoded = model.encoder(input_ids=inputs, attention_mask=mask)
    rows = [_Row(constraint) for constraint in constraints]
    decoded = torch.zeros((len(ids), 1), dtype=torch.long)
    for position in range(MAX_NEW_TOKENS):
        logits = model(encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=decoded).logits[:, -1]
        chosen = [row.choose(logits[place], position) for place, row in enumerate(rows)]
        if all(row.is_done for row in rows):
            break
        decoded = torch.cat([decoded, torch.tensor(chosen)[:, None]], 1)
    return rows
