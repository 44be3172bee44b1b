"""Plans of values beside what is usual for their time."""

from dataclasses import replace

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft
from api_service.assistant.rendering.results.plans.pairs import pairs_list
from api_service.assistant.rendering.results.plans.scalars import value_draft
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.quantities import AMOUNTS, value_text
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import value_role


def usual(view: View) -> Plan:
    """A value beside what is usual for its time."""
    value, typical = usual_pair(view)
    if value is None or typical is None:
        return pairs_list(view, Shape.USUAL)
    draft, templates = value_draft(view, replace(value, role=CellRole.ROW), Shape.USUAL)
    add_usual(draft, value, typical)
    first = view.result.rows[0]
    if first.role is CellRole.RATIO:
        draft.add({}, {"ratio": value_role(view, first, "ratio")})
        return draft.plan(templates, ", {ratio} the usual {usual}")
    return draft.plan(templates, usual_suffix(value, typical))


def usual_pair(view: View) -> tuple[Cell | None, Cell | None]:
    """The only value and what is usual for it; None each where there are several or they are not given."""
    cells = view.result.cells
    values = [c for c in cells if c.role in (CellRole.ROW, CellRole.SIDE)]
    typical = [c for c in cells if c.role is CellRole.USUAL]
    if not typical and len(values) == 2:
        values, typical = values[:1], values[1:]
    return (values[0], typical[0]) if len(values) == len(typical) == 1 else (None, None)


def add_usual(draft: Draft, value: Cell, typical: Cell) -> None:
    """The roles of what is usual and of the difference."""
    difference = replace(value, value=value.number - typical.number, role=CellRole.ROW)
    more = "more" if value.measure in AMOUNTS else "higher"
    less = "less" if value.measure in AMOUNTS else "lower"
    if value.measure in ("switch_ons", "gaps") and value.statistic in ("sum", "count"):
        more, less = "more often", "less often"
    draft.words["more"] = more if difference.number > 0 else less
    usual_role = Role(value_text(replace(typical, role=CellRole.ROW)), "usual value")
    draft.add(
        {}, {"usual": usual_role, "difference": Role(value_text(difference, signed=False), "difference")}
    )


def usual_suffix(value: Cell, typical: Cell) -> str:
    """What follows the value."""
    if value_text(value) == value_text(replace(typical, role=CellRole.ROW)):
        return ", as usual"
    if value.measure in ("switch_ons", "gaps", "samples"):
        return "; {usual} is usual"
    return ", {difference} {=more} than the usual {usual}"
