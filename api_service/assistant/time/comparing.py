"""Words by which two times are two sides of a comparison, or a part and its whole; pure."""

from collections.abc import Sequence
from itertools import pairwise

_GROWTH = frozenset(
    """grew grow grown growth rose rise risen increase increased decrease decreased fell fall dropped change
    changed jumped climbed crept soared shrank ratio""".split()  # noqa: SIM905
)
_GROWING = frozenset({"went", "go", "goes", "gone", "going", "shot"})
"""Words of growth before "up" and "down"."""
_COMPARING = frozenset({"compare", "compared", "comparing", "versus", "vs", "difference", "than", "differ"})
_SETTING_APART = frozenset(
    {"share", "percent", "percentage", "proportion", "fraction", "%", "part", "against"}
)


def is_growth(words: Sequence[str]) -> bool:
    """Whether something grows or shrinks from one time to another."""
    return not _GROWTH.isdisjoint(words) or any(
        word in _GROWING and after in ("up", "down") for word, after in pairwise(words)
    )


def is_comparing(words: Sequence[str]) -> bool:
    """Whether times are compared, by their growth or otherwise."""
    return is_growth(words) or not _COMPARING.isdisjoint(words)


def are_apart(words: Sequence[str]) -> bool:
    """Whether two times are two: sides of a comparison, or a part and its whole."""
    return is_comparing(words) or not _SETTING_APART.isdisjoint(words)
