"""Whose text is served."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The model's text with the log-probabilities (natural) of its tokens, or the composed one."""

    is_model: bool
    token_logprobs: tuple[float, ...] = ()

    @property
    def logprob_mean(self) -> float:
        """The mean log-probability of a token; 0 for a composed text."""
        known = self.token_logprobs if self.is_model else ()
        return min(0.0, sum(known) / len(known)) if known else 0.0
