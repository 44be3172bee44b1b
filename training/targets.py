"""The text that a training example teaches: the first phrasing whose roles are all there."""

from api_service.assistant.rendering.answer import with_note
from api_service.assistant.rendering.answer_plan import AnswerPlan
from api_service.assistant.rendering.templates import fill_template
from shared.generation import SlottedText
from training.phrasings import PHRASINGS


def target(plan: AnswerPlan, style: str) -> SlottedText:
    """The answer to learn for a question of this style; raises `KeyError` for an unknown type of answer."""
    by_style = PHRASINGS[plan.kind]
    for template in by_style.get(style, by_style["plain"]):
        pieces = fill_template(with_note(template, plan), plan.roles, plan.plurals, plan.noun)
        if pieces is not None:
            return pieces
    raise KeyError(f"no phrasing of {plan.kind} fits the roles {sorted(plan.roles)}")
