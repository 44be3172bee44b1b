"""How well a confidence knows what is right: calibration error, ROC area, bins of a reliability plot."""

from collections.abc import Sequence

import numpy as np

BINS = 10


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, int]]:
    """For each of ten equal bins that holds any: mean confidence, share that is right, how many."""
    confidence, correct = np.asarray(confidences, float), np.asarray(right, float)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        (float(confidence[bins == at].mean()), float(correct[bins == at].mean()), int((bins == at).sum()))
        for at in range(BINS)
        if (bins == at).any()
    ]


def expected_error(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Expected calibration error over ten equal bins; None of nothing."""
    if not confidences:
        return None
    return sum(count * abs(mean - share) for mean, share, count in reliability(confidences, right)) / len(
        confidences
    )


def auroc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right answer has more confidence than a wrong one, ties half; None without both."""
    confidence, correct = np.asarray(confidences, float), np.asarray(right, bool)
    good, bad = confidence[correct], confidence[~correct]
    if not len(good) or not len(bad):
        return None
    above = (good[:, None] > bad[None, :]).mean() + 0.5 * (good[:, None] == bad[None, :]).mean()
    return float(above)
