"""Random numbers that stay the same on every machine and numpy version.

Only PCG64's plain doubles and the four basic operations are used. Numpy may change the streams of its
distributions between versions (NEP 19), and sine or logarithm differ in the last bit between builds; the
sample file must not.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Floats = NDArray[np.float64]


class Rng:
    """A seeded source of numbers; `key` keeps the streams of a household's devices apart."""

    def __init__(self, seed: int, *key: int) -> None:
        self._bits = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))

    def between(self, low: float, high: float) -> float:
        """One number, uniform in [low, high)."""
        return low + (high - low) * float(self._bits.random())

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return float(self._bits.random()) < probability

    def below(self, count: int) -> int:
        """A whole number in [0, count)."""
        return int(float(self._bits.random()) * count)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, all equally likely."""
        return items[self.below(len(items))]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in random order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def uniform(self, count: int) -> Floats:
        """Shape (count,), uniform in [0, 1)."""
        return self._bits.random(count)

    def noise(self, count: int) -> Floats:
        """Shape (count,), mean 0, standard deviation 1, bell-shaped, within 3.5 (four uniforms summed)."""
        spread = self._bits.random((4, count)).sum(axis=0) - 2.0
        # The variance of four uniforms is 4/12, so its square root is 1 / 1.7320508.
        result: Floats = spread * 1.7320508075688772
        return result
