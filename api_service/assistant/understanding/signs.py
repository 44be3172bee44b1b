"""What the reading of a question tells about how sure it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingSigns:
    """Signs of a reading, for the confidence.

    `logprob_sum` and `logprob_mean` are natural logarithms over the tokens that the grammar left a choice
    for; `smallest_margin` is the least difference between a chosen token and the next best (natural
    logarithm, at most `WIDEST_MARGIN`). `share` (0 to 1) is its probability among the candidates that the
    reader gave. `leftover_weight` sums the weights of the words that the query does
    not hold, `unfounded` counts the parts of it that no word asks for, `mask_certainty` (0 to 1) is that of
    names, times and numbers. `is_second`: the reader's first choice was rejected. `is_follow_up`: the query
    may hold parts of the one before.
    """

    logprob_sum: float = 0.0
    logprob_mean: float = 0.0
    smallest_margin: float = 20.0
    share: float = 1.0
    leftover_weight: float = 0.0
    unfounded: int = 0
    mask_certainty: float = 1.0
    is_second: bool = False
    is_follow_up: bool = False


WIDEST_MARGIN = 20.0
"""Stands for a margin without a second candidate."""
