"""How sure an answer is, 0 to 1: how well it aligns with the data that are there.

A product of independent doubts, each 1 where there is none:

    coverage     0.4 + 0.6 x the covered part of the window, of the worst covered mean, extreme or sum
    freshness    1 for a latest reading of up to two minutes ago, falling to 0.7 at one hour
    certainty    how sure the understanding of the question was
    wording      0.9 + 0.1 x the geometric mean of the model's token probabilities; 0.95 for a composed answer

A refusal gets 0.1, for it aligns with no data. That the claims hold is no factor: an answer with one that
does not is never stored. Each factor only lowers the product, so the confidence is monotone in all of them.
"""

import math
from collections.abc import Sequence

from api_service.assistant.rendering.formatting import AGGREGATES
from api_service.assistant.types import AnswerFacts, Fact
from api_service.assistant.verification.verify import Verdict
from api_service.metering.measure import Statistic

REFUSAL_CONFIDENCE = 0.1
BEST = 0.99
COMPOSED_WORDING = 0.95
FRESH_S, OLD_S, OLD_FRESHNESS = 120.0, 3600.0, 0.7


def confidence(
    sheet: AnswerFacts, verdict: Verdict, answered_by: str, token_logprobs: Sequence[float]
) -> float:
    """The confidence of an answer; `answered_by` is "model" or "facts", the log-probabilities are natural."""
    if sheet.refusal is not None or not sheet.required:
        return REFUSAL_CONFIDENCE
    used = [sheet.facts[index] for index in verdict.facts] or [sheet.facts[index] for index in sheet.required]
    certainty = min(max(sheet.question.certainty, 0.0), 1.0)
    wording = COMPOSED_WORDING if answered_by == "facts" else _wording(token_logprobs)
    return BEST * _coverage(used) * _freshness(used, sheet) * certainty * wording


def _coverage(facts: Sequence[Fact]) -> float:
    covered = [fact.coverage for fact in facts if fact.statistic in AGGREGATES and fact.end > fact.start]
    return 0.4 + 0.6 * min(max(min(covered, default=1.0), 0.0), 1.0)


def _freshness(facts: Sequence[Fact], sheet: AnswerFacts) -> float:
    ages_s = [
        (sheet.moment.now - (fact.at or fact.end)).total_seconds()
        for fact in facts
        if fact.statistic is Statistic.LATEST
    ]
    staleness = (max(ages_s, default=0.0) - FRESH_S) / (OLD_S - FRESH_S)
    return 1.0 - (1.0 - OLD_FRESHNESS) * min(max(staleness, 0.0), 1.0)


def _wording(token_logprobs: Sequence[float]) -> float:
    if not token_logprobs:
        return COMPOSED_WORDING
    return 0.9 + 0.1 * math.exp(min(0.0, sum(token_logprobs) / len(token_logprobs)))
