"""The likeliest readings of a question: T5's own, and those that turn off where it was least sure."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from inference_worker.engine.sequence import GenerationResult
from inference_worker.model.reranker import Reranker, softmax
from shared.generation import ReadingCandidate

MOST_TURNS = 4
"""So many turns are tried, all in one batch."""
WIDEST_TURN = 6.0
"""The margin (natural logarithm) from which on a choice is not doubted."""

Forbidden = tuple[tuple[int, int], ...]
Decode = Callable[[Forbidden], Awaitable[GenerationResult]]


async def decode_candidates(decode: Decode, eos_token_id: int) -> list[GenerationResult]:
    """The greedy output, and for each of its least sure choices the best output without it there.

    A second best output differs from the best one first at some token: up to there the two are the same, so
    forbidding that token finds it. What could not be completed is left out. Raises the engine's errors.
    """
    first = await decode(())
    choices = weakest_choices(first, eos_token_id)
    others = await asyncio.gather(*(decode((choice,)) for choice in choices))
    turned = zip(choices, others, strict=True)
    return [first, *(turn(first, position, other) for (position, _), other in turned if is_whole(other))]


def weakest_choices(result: GenerationResult, eos_token_id: int) -> list[tuple[int, int]]:
    """Position and token of the choices that may well have been others, the least sure one first."""
    choices = zip(result.margins, enumerate((*result.token_ids, eos_token_id)), strict=False)
    return [choice for margin, choice in heapq.nsmallest(MOST_TURNS, choices) if margin < WIDEST_TURN]


def is_whole(result: GenerationResult) -> bool:
    """Whether the end was generated."""
    return result.finish_reason == "eos"


def turn(first: GenerationResult, position: int, other: GenerationResult) -> GenerationResult:
    """An output that turns off from `first` at a position, with the probability that its token has there.

    Its own is taken over what was left once the first choice was forbidden; the best of that is the second
    best of all.
    """
    logprobs = list(other.logprobs)
    logprobs[position] = first.logprobs[position] - first.margins[position]
    return replace(other, logprobs=tuple(logprobs))


def ranked(
    prompt: str, texts: Sequence[str], results: Sequence[GenerationResult], reranker: Reranker | None
) -> list[tuple[ReadingCandidate, GenerationResult]]:
    """Each different text once, the likeliest first; without a reranker T5's probabilities alone count."""
    found: dict[str, GenerationResult] = {}
    for text, result in zip(texts, results, strict=True):
        if text not in found or sum(result.logprobs) > sum(found[text].logprobs):
            found[text] = result
    scored = [(text, sum(result.logprobs)) for text, result in found.items()]
    shares = reranker.shares(prompt, scored) if reranker else softmax([logprob for _, logprob in scored])
    candidates = [
        ReadingCandidate(text, result.logprobs, result.margins, share, is_whole(result))
        for (text, result), share in zip(found.items(), shares, strict=True)
    ]
    pairs = zip(candidates, found.values(), strict=True)
    return sorted(pairs, key=lambda pair: -pair[0].share)
