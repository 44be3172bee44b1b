"""From findings to the plan of an answer, the composed text, and the prompt of the model."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from api_service.assistant.execution.cells import Cell, Finding, Findings, Role
from api_service.assistant.rendering.results.plan import STYLES, Plan, filled
from api_service.assistant.rendering.results.plans import (
    choices,
    comparisons,
    nothing,
    scalars,
    tables,
    usual,
    verdicts,
)
from api_service.assistant.rendering.results.shape import Shape, answer_shape
from api_service.assistant.rendering.results.view import View
from api_service.assistant.types import DeviceRef, Moment
from shared.generation import PromptParts, SlottedText

_PLANS: Mapping[Shape, Callable[[View], Plan]] = {
    Shape.SCALAR: scalars.scalar,
    Shape.MOMENT: scalars.moment,
    Shape.SCALARS: tables.table,
    Shape.TABLE: tables.table,
    Shape.PROFILE: tables.profile,
    Shape.RANKING: tables.ranking,
    Shape.WINNER: choices.winner,
    Shape.NAMES: choices.names,
    Shape.COMPARISON: comparisons.compared,
    Shape.COMPARISONS: comparisons.compared,
    Shape.USUAL: usual.usual,
    Shape.RELATION: comparisons.related,
    Shape.SHARE: scalars.share,
    Shape.VERDICT: verdicts.verdict,
    Shape.COUNT: choices.count,
    Shape.RUNS: tables.runs,
    Shape.STATE: scalars.state,
    Shape.TREND: scalars.trend,
    Shape.NOTHING: nothing.nothing,
}
_IN_ROWS: Mapping[Shape, Callable[[View], Plan]] = {
    Shape.STATE: tables.states,
    Shape.TREND: tables.table,
    Shape.MOMENT: tables.table,
}
"""Shapes that have other plans for several rows."""


def plan_of(finding: Finding, moment: Moment, devices: Sequence[DeviceRef] = ()) -> Plan:
    """What the answer of one query consists of; `devices` are all of the site, to tell alike names apart."""
    view = View(finding, moment, tuple(devices))
    shape = answer_shape(finding.query, finding.result)
    if comparisons.is_chosen_time(view):
        return comparisons.chosen_time(view)
    several = len(finding.result.rows) > 1
    if shape in (Shape.TABLE, Shape.PROFILE) and not several and _is_plain(finding.result.rows[0]):
        return scalars.scalar(view)  # a list of one is a value
    if shape is Shape.STATE and finding.result.rows[0].key is not None:
        return tables.profile(view)
    return (_IN_ROWS.get(shape, _PLANS[shape]) if several else _PLANS[shape])(view)


def _is_plain(row: Cell) -> bool:
    """Whether a row is a number of a device or of the site over all of the time that is asked for."""
    return row.role is Role.ROW and row.state is None and isinstance(row.value, float | int)


def plans_of(findings: Findings) -> tuple[Plan, ...]:
    """One plan for each part."""
    return tuple(plan_of(part, findings.moment, findings.devices) for part in findings.parts)


def compose_answer(findings: Findings, style: str = STYLES[0]) -> str:
    """The answer from the findings alone, in the project's own words; a summary's parts one after another."""
    return " ".join(filled(plan.pieces(style), plan.slots) for plan in plans_of(findings))


def build_prompt(
    findings: Findings, question: SlottedText | str = (), texts: tuple[str, ...] = ()
) -> PromptParts | None:
    """What the worker makes its prompt of: the shape and the parts of the plan, all texts in slots.

    `texts` are those of the question's own slots; they follow the plan's. The style follows from it,
    so that the same question is answered in the same words. None for several parts, which are composed.
    """
    if len(findings.parts) != 1:
        return None
    asked = (question,) if isinstance(question, str) else question
    words = " ".join(piece if isinstance(piece, str) else texts[piece] for piece in asked)
    plan = plans_of(findings)[0]
    moved = tuple(piece if isinstance(piece, str) else piece + len(plan.slots) for piece in asked)
    parts = prompt_of(plan, style_of(words), moved)
    return replace(parts, slots=(*plan.slots, *texts))


def prompt_of(plan: Plan, style: str, question: SlottedText = ()) -> PromptParts:
    """The prompt of a plan in a style."""
    facts: list[SlottedText] = [(" ".join(plan.words[1:]),)] if len(plan.words) > 1 else []
    for number, role in enumerate(plan.roles.values()):
        facts.append((f"{role.label}{'s' if role.is_plural else ''} ", number))
    return PromptParts(f"say {style} {plan.words[0]}", question, tuple(facts), plan.slots)


def style_of(question: str) -> str:
    """A short wording for questions of up to four words, else one of the others by a digest of the words."""
    words = question.split()
    if 0 < len(words) <= 4:
        return "short"
    digest = hashlib.sha256(question.encode()).digest()[0]
    return STYLES[digest % 2]
