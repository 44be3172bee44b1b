"""Plans of yes and no: the word first, then what it rests on."""

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.execution.time_forms import is_throughout
from api_service.assistant.query.query import Bound, BoundKind, StateTest
from api_service.assistant.rendering.results.claims import claim_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans import pairs, usual
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.group_verdicts import of_groups, word_of
from api_service.assistant.rendering.results.plans.nothing import never
from api_service.assistant.rendering.results.plans.scalars import value_draft
from api_service.assistant.rendering.results.plans.throughout import throughout
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.quantities import value_text
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import moment_roles, value_role
from api_service.metering.measure import Statistic

_REPORTING = (StateTest.SILENT, StateTest.REPORTING)


def verdict(view: View) -> Plan:
    """Yes or no with its witness."""
    plan = _verdict(view)
    word = "yes" if view.result.verdict else "no"
    return Plan(plan.shape, (plan.words[0], word, *plan.words[1:]), plan.roles, plan.templates)


def _verdict(view: View) -> Plan:
    query, rows = view.query, view.result.rows
    if not rows:
        return _empty(view)
    if is_throughout(query, view.finding.bindings) and not view.by_period:
        return throughout(view)
    if rows[0].statistic == Statistic.TREND and query.having is None:
        return _trend(view)
    if pairs.is_directed(view) and not query.usual:
        return _directed(view)
    is_many = query.measure == "last_seen" or query.every or view.by_period or len(rows) > 1
    return of_groups(view) if is_many else _of_one(view, rows[0])


def _of_one(view: View, cell: Cell) -> Plan:
    query = view.query
    if query.usual:
        return _usual(view)
    if query.having is not None:
        return _having(view, cell)
    return _gaps(view, cell) if query.measure == "gaps" else _holds(view, cell)


def _empty(view: View) -> Plan:
    """Nothing fulfils the conditions on readings."""
    if view.query.measure == "last_seen" or (view.query.grouping is not None and not view.by_period):
        return of_groups(view)
    return never(view, Draft(Shape.VERDICT, "never", roles={**view.time_roles()}), word_of(view))


# --- one subject ------------------------------------------------------------------------------------------


def _having(view: View, cell: Cell) -> Plan:
    """ "Yes, the oven used 3 kWh yesterday, more than 2 kWh"."""
    bound = view.query.having
    assert bound is not None  # noqa: S101 - the caller looked
    if cell.role in (CellRole.DIFFERENCE, CellRole.RATIO, CellRole.SHARE):
        return _related_having(view, cell, bound)
    draft, templates = value_draft(view, cell, Shape.VERDICT)
    words, roles = view.result_limit_roles(bound)
    clash = "limit" in draft.roles
    draft.add({"cmp": words}, {"bound" if clash else "limit": roles["limit"]})
    is_not = "" if view.result.verdict else "not "
    if bound.kind is BoundKind.NORMAL:
        draft.words["judged"] = f"which is {'' if view.result.verdict else 'not '}normal"
        suffix = ", {=judged} ({=cmp} {limit})"
    elif bound.kind is BoundKind.POOR:
        draft.words["judged"] = "which is poor" if view.result.verdict else "which is not poor"
        suffix = ", {=judged} (poor is {=cmp} {limit})"
    else:
        draft.words["judged"] = f"{is_not}{words}"
        suffix = ", {=judged} {" + ("bound" if clash else "limit") + "}"
    return draft.plan(templates[:2], suffix, word_of(view))


def _related_having(view: View, cell: Cell, bound: Bound) -> Plan:
    """A difference, ratio or share against a limit."""
    draft = Draft(Shape.VERDICT, cell.role.value, roles=view.device(cell))
    words, roles = view.result_limit_roles(bound)
    draft.words |= {"judged": words if view.result.verdict else f"not {words}"}
    noun = {
        CellRole.DIFFERENCE: "difference in ",
        CellRole.RATIO: "ratio of the ",
        CellRole.SHARE: "share of the total ",
    }
    draft.words["noun"] = noun[cell.role] + value_role(view, cell).label
    pair = pairs.pair_of(view)
    draft.words["of"] = " of {device}" if "device" in draft.roles else ""
    if pair is not None and pair.by_device:
        names = [view.name(side.subject) for side in (pair.first, pair.second)]
        draft.roles["device"] = Role(" and ".join(names), "devices", is_plural=True)
        draft.words["of"] = " between {device}"
    times = view.time_roles(sides=True)
    if "first_time" in times:
        text = " ".join([*([times["window"].text] if "window" in times else [])])
        both = f"{times['first_time'].text} against {times['second_time'].text}"
        times = {"window": Role(f"{both} {text}".strip(), "times")}
    draft.add({}, {**roles, **times, **view.condition_roles(), "value": value_role(view, cell)})
    draft.add({}, note_roles(view, [cell]))
    return draft.plan(
        ("the {=noun}{=of} was {value}[ {window}][ {cond}]",), ", {=judged} {limit}", word_of(view)
    )


def _gaps(view: View, cell: Cell) -> Plan:
    draft, templates = value_draft(view, cell, Shape.VERDICT)
    return draft.plan(templates[:2], prefix=word_of(view))


def _holds(view: View, cell: Cell) -> Plan:
    """The conditions held: the claim, and the value that shows it."""
    draft = Draft(Shape.VERDICT, "holds", roles={**view.device(cell), **view.time_roles()})
    claim = claim_of(view, "device" in draft.roles)
    if claim is None:
        draft, templates = value_draft(view, cell, Shape.VERDICT)
        return draft.plan(templates[:2], prefix=word_of(view))
    is_yes = bool(view.result.verdict)
    holds = f"{claim.holds} at some time" if _was_off(view) else claim.holds
    draft.add({"claim": holds if is_yes else claim.never}, {**claim.roles, **claim.rest(view)})
    draft.add({}, note_roles(view, [cell]))
    templates = ("{=claim}[ {window}][ {cond}]", "[{window}, ]{=claim}[ {cond}]")
    if claim.bound is None:
        return draft.plan(templates, _state_suffix(view, cell, draft), word_of(view))
    own = view.query.where.bounds[claim.bound].measure is None
    return draft.plan(templates, _value_suffix(view, cell, draft) if own else "", word_of(view))


def _was_off(view: View) -> bool:
    """Whether a device was off at a time of a span, which every device is: not all through it."""
    state = view.query.where.state
    return state is not None and state.test is StateTest.OFF and not view.is_now


def _value_suffix(view: View, cell: Cell, draft: Draft) -> str:
    """The value that shows that a limit was passed."""
    draft.add({}, {"value": value_role(view, cell)})
    if cell.statistic == Statistic.COUNT:
        return "; it happened {value}"
    draft.add({}, moment_roles(view, cell))
    if view.is_now:
        return ": it is {value}[ (last reading {at})]"
    if cell.statistic in ("min", "max"):
        draft.words["end"] = "lowest" if cell.statistic == "min" else "highest"
        return "; the {=end} was {value}[, {at}]"
    draft.words["noun"] = value_role(view, cell).label
    return "; the {=noun} then was {value}[, {at}]"


def _state_suffix(view: View, cell: Cell, draft: Draft) -> str:
    """The recorded state, where it says more than the claim."""
    text = value_text(cell) if isinstance(cell.value, str) else ""
    condition = view.query.where.state
    said = view.state_words(condition) if condition is not None else ""
    draft.add({}, moment_roles(view, cell) if view.is_now else {})
    if not text or text in said or "device" not in draft.roles:  # the state of one of all says nothing
        return "[ (last reading {at})]" if view.is_now else ""
    draft.add({}, {"state": Role(text, "state")})
    return " (state {state}[, last reading {at}])" if view.is_now else " (state {state})"


def _usual(view: View) -> Plan:
    """Whether a value is unusual."""
    value, typical = usual.usual_pair(view)
    if value is None or typical is None:
        return of_groups(view)
    draft, templates = value_draft(view, value, Shape.VERDICT)
    usual.add_usual(draft, value, typical)
    suffix = usual.usual_suffix(value, typical)
    if suffix != ", as usual" and not pairs.is_directed(view):
        suffix += ", which is unusual" if view.result.verdict else ", which is within the usual range"
    return draft.plan(templates[:2], suffix, word_of(view))


def _trend(view: View) -> Plan:
    draft, templates = value_draft(view, view.result.rows[0], Shape.VERDICT)
    return draft.plan(templates, prefix=word_of(view))


def _directed(view: View) -> Plan:
    """Whether the first of two sides is more, or less."""
    pair = pairs.pair_of(view)
    if pair is None:
        plan = pairs.pairs_list(view, Shape.VERDICT)
        return Plan(
            plan.shape, plan.words, plan.roles, tuple(word_of(view) + text for text in plan.templates)
        )
    draft = pairs.compared_draft(view, pair, Shape.VERDICT)
    if pair.first.number == pair.second.number:
        return draft.plan(pairs.equal_templates(draft, pair), ": {a_value}", word_of(view))
    suffix = ": {a_value} against {b_value}"
    return draft.plan(pairs.side_templates(draft, pair), suffix, word_of(view))
