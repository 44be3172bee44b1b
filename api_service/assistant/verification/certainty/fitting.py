"""Fitting the table to judged answers: a logistic regression that stays near the table before; pure.

Weights are kept at 0 or above, so that a doubt never raises the confidence. A doubt that hardly occurs among
the answers keeps the weight that it had: the penalty is the distance to the table before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from api_service.assistant.verification.certainty.features import FEATURES, bounded
from api_service.assistant.verification.certainty.table import Table
from api_service.metering.blocks import FloatArray

STRENGTH = 1.0
"""The penalty, in nats, of a squared distance of 2 from the weight before: that of one answer misjudged."""
STEPS = 4000

Judged = tuple[Mapping[str, float], bool]
"""The features of an answer, and whether it was right."""


def fit(answers: Sequence[Judged], before: Table, source: str) -> Table:
    """The table that makes the judgements most probable; its version is one more than `before`'s.

    Raises `ValueError` without both right and wrong answers.
    """
    right = np.array([is_right for _, is_right in answers], np.float64)
    if not len(right) or right.min() == right.max():
        raise ValueError("fitting needs right and wrong answers")
    doubts = np.array([list(bounded(features).values()) for features, _ in answers])
    rows = np.hstack([np.ones((len(right), 1)), -doubts])
    start = np.array([before.intercept, *(before.weights[feature.name] for feature in FEATURES)])
    found = _minimised(rows, right, start)
    weights = {feature.name: float(found[place + 1]) for place, feature in enumerate(FEATURES)}
    return Table(before.version + 1, source, len(right), float(found[0]), weights)


def blended(before: Table, after: Table, keep: float) -> Table:
    """The fitted table with a part `keep` (0 to 1) of each coefficient of the one before."""

    def between(old: float, new: float) -> float:
        return keep * old + (1 - keep) * new

    weights = {name: between(before.weights[name], weight) for name, weight in after.weights.items()}
    return replace(after, intercept=between(before.intercept, after.intercept), weights=weights)


def _minimised(rows: FloatArray, right: FloatArray, start: FloatArray) -> FloatArray:
    """Accelerated projected gradient descent (FISTA); the step is the inverse of a bound on the curvature."""
    penalty = np.full(len(start), STRENGTH)
    penalty[0] = 0.0  # the intercept is the base rate's
    step = 1.0 / (0.25 * float(np.linalg.norm(rows, 2)) ** 2 + STRENGTH)
    found, ahead, momentum = start.copy(), start.copy(), 1.0
    for _ in range(STEPS):
        errors = 1.0 / (1.0 + np.exp(-np.clip(rows @ ahead, -30, 30))) - right
        moved = ahead - step * (rows.T @ errors + penalty * (ahead - start))
        moved[1:] = np.maximum(moved[1:], 0.0)
        momentum, last = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)), momentum
        ahead = moved + (last - 1.0) / momentum * (moved - found)
        found = moved
    return found
