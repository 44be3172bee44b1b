"""Greedy decoding within the grammar, as the engine does it; plain and batched, for scoring in training."""

from collections.abc import Sequence
from typing import Any

import torch

from inference_worker.engine.automaton import END, START
from inference_worker.model.token_grammar import TokenGrammar
from training.learning.batches import padded
from training.reading.reading import Reading
from training.reading.scoring import Answer

MAX_NEW_TOKENS = 48
_BATCH = 64


def read_all(model: Any, tokenizer: Any, grammar: TokenGrammar, readings: Sequence[Reading]) -> list[Answer]:
    """The model's answer to each question, in order."""
    model.eval()
    ids = [tokenizer(reading.prompt).input_ids for reading in readings]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    answers: dict[int, Answer] = {}
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        found = _read_batch(model, grammar, [ids[p] for p in places], [readings[p] for p in places])
        answers |= dict(zip(places, found, strict=True))
    return [answers[place] for place in range(len(ids))]


@torch.inference_mode()
def _read_batch(
    model: Any, grammar: TokenGrammar, ids: Sequence[Sequence[int]], readings: Sequence[Reading]
) -> list[Answer]:
    inputs, mask = padded(ids, 0)
    encoded = model.encoder(input_ids=inputs, attention_mask=mask)
    constraints = [
        grammar.automaton.constrain(grammar.open_guards([kind.value for kind in reading.kinds]))
        for reading in readings
    ]
    states = [START] * len(ids)
    taken: list[list[int]] = [[] for _ in ids]
    sums, margins = [0.0] * len(ids), [float("inf")] * len(ids)
    decoded = torch.zeros((len(ids), 1), dtype=torch.long)
    for position in range(MAX_NEW_TOKENS):
        logits = model(encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=decoded).logits[:, -1]
        chosen = []
        for row, constraint in enumerate(constraints):
            token = 0
            if states[row] != END:
                allowed = constraint.allowed(states[row], position)
                tokens = list(allowed)
                logs = torch.log_softmax(logits[row, tokens].double(), 0)
                best = int(logs.argmax())
                token = tokens[best]
                ranked = logs.topk(min(2, len(tokens))).values
                sums[row] += float(ranked[0])
                if len(tokens) > 1:
                    margins[row] = min(margins[row], float(ranked[0] - ranked[1]))
                states[row] = allowed[token]
                taken[row].append(token)
            chosen.append(token)
        if all(state == END for state in states):
            break
        decoded = torch.cat([decoded, torch.tensor(chosen)[:, None]], 1)
    eos = grammar.eos_token_id
    texts = [" ".join(grammar.decode([t for t in tokens if t != eos])) for tokens in taken]
    return [Answer(*values) for values in zip(texts, sums, margins, strict=True)]
