"""How sure an answer is: 0 to 1, from the data behind it, the understanding and the model's own certainty."""

from collections.abc import Sequence

from api_service.assistant.types import FactSheet
from api_service.assistant.verify import Verdict


def confidence(
    sheet: FactSheet, verdict: Verdict, answered_by: str, token_logprobs: Sequence[float]
) -> float:
    """The confidence of an answer (`answered_by` is "model" or "facts"); below 0.3 for a refusal."""
    if sheet.refusal is not None or not verdict.supported:
        return 0.1
    return 0.9 * sheet.question.certainty
