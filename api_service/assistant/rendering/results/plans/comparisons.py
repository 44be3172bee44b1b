"""Plans of two sides: compared, their difference or ratio, and multiples."""

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import Ask
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.pairs import (
    Pair,
    add_sides,
    compared_draft,
    compared_key,
    equal_templates,
    of_table,
    pair_of,
    pairs_list,
    side_templates,
    with_front,
)
from api_service.assistant.rendering.results.plans.scalars import value_draft
from api_service.assistant.rendering.results.plans.usual import usual
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts import phrasings
from api_service.assistant.rendering.results.texts.nouns import noun_of
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import of_words, value_role

_AGAINST = ": {a_value} against {b_value}"


def compared(view: View) -> Plan:
    """Two sides and their difference, the larger one first."""
    pair = pair_of(view)
    if pair is None:
        return pairs_list(view, Shape.COMPARISONS)
    draft = compared_draft(view, pair.larger_first, Shape.COMPARISON)
    if pair.is_equal:
        return draft.plan(equal_templates(draft, pair), ": {a_value}")
    return draft.plan(side_templates(draft, pair), _AGAINST + "[, a difference of {difference}]")


def is_chosen_time(view: View) -> bool:
    """Whether one of two times was to be chosen by its value."""
    query, result = view.query, view.result
    chooses = query.ask is Ask.WHEN and query.order is not None and query.per is None
    return chooses and bool(result.rows) and len(view.windows) == 2 and query.measure != "last_seen"


def chosen_time(view: View) -> Plan:
    """The one of two times that has more, or less."""
    cell = view.result.rows[0]
    sides = [c for c in view.result.context if c.role is CellRole.SIDE and c.subject == cell.subject]
    is_first = cell.start == view.windows[0].start
    if not sides:
        return _only_time(view, cell, view.windows[0 if is_first else 1].label)
    other = sides[0]
    pair = Pair(cell, other, by_device=False, in_order=is_first)
    draft = compared_draft(view, pair, Shape.WINNER)
    if pair.is_equal:
        return draft.plan(equal_templates(draft, pair), ": {a_value}")
    return draft.plan(side_templates(draft, pair), _AGAINST)


def _only_time(view: View, cell: Cell, label: str) -> Plan:
    """The value of the one of two times that has readings."""
    draft, templates = value_draft(view, cell, Shape.WINNER)
    draft.add({}, {"window": Role(label, "time")})
    return draft.plan(templates[:2], "; the other time has no value to compare with")


# --- relations --------------------------------------------------------------------------------------------


def related(view: View) -> Plan:
    """A difference, a ratio or a multiple."""
    cell = view.result.rows[0]
    if cell.role is CellRole.TIMES:
        return _multiple(view, cell)
    pair = pair_of(view)
    if view.query.usual:
        return usual(view)
    if pair is None:
        return _unpaired(view, cell)
    return _ratio(view, cell, pair) if cell.role is CellRole.RATIO else _difference(view, pair)


def _difference(view: View, pair: Pair) -> Plan:
    draft = compared_draft(view, pair, Shape.RELATION, by="{difference} ")
    if pair.is_equal:
        return draft.plan(equal_templates(draft, pair), ": {a_value}")
    if draft.key in ("switch_ons", "samples"):
        return draft.plan(side_templates(draft, pair), _AGAINST + ", a difference of {difference}")
    return draft.plan(side_templates(draft, pair), _AGAINST)


def _ratio(view: View, cell: Cell, pair: Pair) -> Plan:
    draft = Draft(Shape.RELATION, compared_key(view, pair.first))
    add_sides(view, draft, pair)
    ratio = value_role(view, cell, "ratio")
    draft.add({}, {"ratio": ratio, "a_value": value_role(view, pair.first)})
    draft.add({}, {"b_value": value_role(view, pair.second), **note_roles(view, [cell])})
    table = phrasings.RATIO_DEVICES if pair.by_device else phrasings.RATIO_TIMES
    template = of_table(table, draft, pair)
    return draft.plan(with_front(template), _AGAINST)


def _unpaired(view: View, cell: Cell) -> Plan:
    """A relation of which the result holds no sides."""
    draft = Draft(Shape.RELATION, "alone", roles=view.device(cell))
    name = "difference in" if cell.role is CellRole.DIFFERENCE else "ratio of"
    draft.words |= {"noun": f"{name} {noun_of(cell, view.query.per)}", "of": of_words(cell, draft.roles)}
    draft.add({}, {"value": value_role(view, cell), **view.time_roles(), **view.condition_roles()})
    return draft.plan(("the {=noun}{=of}[ {window}][ {cond}] is {value}",))


def _multiple(view: View, cell: Cell) -> Plan:
    relation = view.query.relation
    factor = view.finding.bindings.numbers[relation.slot] if relation and relation.slot is not None else 1.0
    base = next((c for c in view.result.context if c.role is CellRole.SIDE), None)
    draft = Draft(Shape.RELATION, "multiple", roles=view.device(cell))
    draft.words |= {"noun": noun_of(cell, view.query.per), "of": of_words(cell, draft.roles)}
    draft.add(
        {}, {"factor": Role(factor_text(factor), "factor"), **view.time_roles(), **view.condition_roles()}
    )
    draft.add({}, {"value": value_role(view, cell), **note_roles(view, [cell])})
    if base is not None:
        draft.add({}, {"base": value_role(view, base, "whole value")})
    return draft.plan(
        (
            "{factor} the {=noun}{=of}[ {window}][ {cond}] is {value}[ ({base} in full)]",
            "[{window}, ]{factor} the {=noun}{=of}[ {cond}] is {value}[ ({base} in full)]",
        )
    )


def factor_text(factor: float) -> str:
    """ "half", "a quarter of", "twice", "2.5 times"."""
    known = {0.5: "half", 0.25: "a quarter of", 2.0: "twice", 1 / 3: "a third of"}
    return known.get(factor, f"{factor:.4g} times")
