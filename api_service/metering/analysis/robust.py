"""Statistics that single outliers cannot move; pure."""

from dataclasses import dataclass

import numpy as np

from api_service.metering.blocks import FloatArray

# 1.4826 x MAD estimates the standard deviation of a normal distribution.
# Source: P. J. Rousseeuw and C. Croux, Alternatives to the Median Absolute Deviation, JASA 88 (1993).
NORMAL_CONSISTENCY = 1.4826
UNUSUAL_DEVIATIONS = 3.0
UNUSUAL_SHARE = 0.1


@dataclass(frozen=True)
class Usual:
    """What is usual by earlier values: their median and median absolute deviation."""

    median: float
    mad: float

    def is_unusual(self, value: float) -> bool:
        """More than 3 robust standard deviations and more than a tenth of the median away."""
        distance = abs(value - self.median)
        by_spread = distance > UNUSUAL_DEVIATIONS * NORMAL_CONSISTENCY * self.mad
        return by_spread and distance > UNUSUAL_SHARE * abs(self.median)


def usual_of(values: FloatArray) -> Usual:
    """Of at least one value."""
    median = float(np.median(values))
    return Usual(median, float(np.median(np.abs(values - median))))


def theil_sen_slope(x: FloatArray, y: FloatArray) -> float:
    """The median of the slopes of all pairs of points; at least two points with different `x`.

    Source: P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, JASA 63 (1968).
    """
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] != x[first]
    rise, run = (y[second] - y[first])[apart], (x[second] - x[first])[apart]
    return float(np.median(rise / run))
