"""The confidence of an answer: a logistic function of its doubts, with the factors in words; pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.verification.certainty.features import FEATURES, bounded
from api_service.assistant.verification.certainty.table import Table, load_table

LEAST, BEST = 0.01, 0.99
REFUSAL_CONFIDENCE = 0.1
"""Of a text that answers nothing: it rests on no data."""
NOTABLE = 0.05
"""A doubt that lowers the log-odds by less is not worth a word."""


@dataclass(frozen=True)
class Factor:
    """A doubt with what it costs: `effect` is what it adds to the log-odds, below 0."""

    name: str
    words: str
    value: float
    effect: float


@dataclass(frozen=True)
class Confidence:
    """`probability` that the answer is true and answers what was asked; `factors`, the heaviest first."""

    probability: float
    factors: tuple[Factor, ...]


def assess(features: Mapping[str, float], table: Table | None = None) -> Confidence:
    """The confidence by a table (None: the product's own); monotone in every doubt, from 0.01 to 0.99."""
    table = table or load_table()
    values = bounded(features)
    factors = [
        Factor(feature.name, feature.describe(value), value, -table.weights[feature.name] * value)
        for feature in FEATURES
        if (value := values[feature.name]) > 0
    ]
    log_odds = table.intercept + sum(factor.effect for factor in factors)
    notable = sorted((f for f in factors if f.effect <= -NOTABLE), key=lambda factor: factor.effect)
    return Confidence(min(max(logistic(log_odds), LEAST), BEST), tuple(notable))


def logistic(log_odds: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))
